import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton, Menu, MenuItem } from "@/ui";
import { type AssetFilters, parametersOf } from "./filters";

const FORMATS = ["csv", "jsonl", "xmp"] as const;

/** Takes the metadata of everything that the list shows away as a file. */
export function ExportMenu({ filters }: { filters: AssetFilters }) {
  const { t } = useTranslation();
  const save = (format: (typeof FORMATS)[number]): void => {
    const asked = new URLSearchParams({ ...parametersOf(filters), format });
    location.assign(`/api/assets/export?${asked}`);
  };
  return (
    <Menu
      label={t("library.export")}
      placement="bottom end"
      trigger={
        <IconButton label={t("library.export")}>
          <Download />
        </IconButton>
      }
    >
      {FORMATS.map((format) => (
        <MenuItem key={format} label={t(`library.formats.${format}`)} onAction={() => save(format)} />
      ))}
    </Menu>
  );
}
