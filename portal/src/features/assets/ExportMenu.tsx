import { useMutation } from "@tanstack/react-query";
import { Download, FileInput } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Project, reaches } from "@/api/types";
import { followJob, startBulk } from "@/features/bulk";
import { IconButton, Menu, MenuItem, notifyError } from "@/ui";
import { type AssetFilters, wholeOf } from "./filters";
import type { AssetList } from "./useAssetWindows";

const ImportDialog = lazy(() =>
  import("@/features/imports").then(({ ImportDialog: dialog }) => ({ default: dialog })),
);

const FORMATS = ["csv", "jsonl", "xmp"] as const;
type Format = (typeof FORMATS)[number];
/** More than so many are written in the background, to be fetched when they are ready. */
const MANY = 10_000;

interface ExportMenuProps {
  project: Project;
  filters: AssetFilters;
  list: AssetList | null;
}

/** Takes the metadata of everything that the list shows away as a file, and brings some back. */
export function ExportMenu({ project, filters, list }: ExportMenuProps) {
  const { t } = useTranslation();
  const [isImporting, setImporting] = useState(false);
  const mayEdit = reaches(project.role, "editor");
  const query = wholeOf(filters, list?.meant ?? "");
  const writing = useMutation({
    mutationFn: (format: Format) => startBulk({ query }, { export: { format } }),
    onSuccess: (job) => followJob({ job, project: project.id, mayUndo: false }),
    onError: (error) => notifyError(t("ui.notDone"), error),
  });
  const save = (format: Format): void => {
    if (mayEdit && (list?.total ?? 0) > MANY) writing.mutate(format);
    else location.assign(`/api/assets/export?${new URLSearchParams({ ...query, format })}`);
  };
  return (
    <>
      <Menu
        label={t("library.export")}
        placement="bottom end"
        trigger={
          <IconButton label={t("library.export")} isPending={writing.isPending}>
            <Download />
          </IconButton>
        }
      >
        {FORMATS.map((format) => (
          <MenuItem
            key={format}
            label={t(`library.formats.${format}`)}
            icon={<Download />}
            onAction={() => save(format)}
          />
        ))}
        {mayEdit ? (
          <MenuItem label={t("imports.open")} icon={<FileInput />} onAction={() => setImporting(true)} />
        ) : null}
      </Menu>
      <Suspense>
        {isImporting ? <ImportDialog project={project} isOpen onClose={() => setImporting(false)} /> : null}
      </Suspense>
    </>
  );
}
