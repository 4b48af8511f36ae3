import { useNavigate } from "@tanstack/react-router";
import { Film, SearchX, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Project } from "@/api/types";
import { UploadButton } from "@/features/upload";
import { Button, EmptyState, ErrorState, Skeleton } from "@/ui";
import { type AssetFilters, isFiltered } from "./filters";
import styles from "./ProjectPage.module.css";
import type { AssetList } from "./useAssetWindows";

interface ListStateProps {
  list: AssetList | null;
  filters: AssetFilters;
  project: Project;
  mayEdit: boolean;
}

/** Stands over the grid while it has nothing to show. */
export function ListState({ list, filters, project, mayEdit }: ListStateProps) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: "/p/$projectId" });
  if (!list || list.isPending) {
    return (
      <div className={styles.skeletons} aria-hidden="true">
        {Array.from({ length: 18 }, (_, index) => `s${index}`).map((key) => (
          <Skeleton key={key} />
        ))}
      </div>
    );
  }
  if (list.error && list.total === 0) {
    return (
      <div className={styles.over}>
        <ErrorState error={list.error} onRetry={list.retry} />
      </div>
    );
  }
  if (list.total > 0) return null;
  return (
    <div className={styles.over}>
      {isFiltered(filters) ? (
        <EmptyState
          icon={<SearchX />}
          text={t("assets.noMatch")}
          action={
            <Button
              onPress={() =>
                void navigate({
                  search: ({ sort, view, trashed }) => ({ sort, view, trashed }),
                  replace: true,
                })
              }
            >
              {t("assets.clearFilters")}
            </Button>
          }
        />
      ) : filters.trashed ? (
        <EmptyState icon={<Trash2 />} text={t("library.trashEmpty")} />
      ) : (
        <EmptyState
          icon={<Film />}
          text={mayEdit ? t("assets.empty") : t("assets.emptyViewer")}
          action={mayEdit ? <UploadButton label={t("assets.uploadFiles")} project={project.id} /> : undefined}
        />
      )}
    </div>
  );
}
