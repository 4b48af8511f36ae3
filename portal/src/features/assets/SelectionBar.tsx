import { Share2, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Project, reaches } from "@/api/types";
import { BulkBar } from "@/features/bulk";
import { ArrangeMenu, RemoveButton } from "@/features/collections";
import { TakeOutButton } from "@/features/shoots";
import { PurgeButton } from "@/features/trash";
import { Button, IconButton } from "@/ui";
import { type AssetFilters, wholeOf } from "./filters";
import styles from "./ProjectPage.module.css";
import type { Selection, SelectionAction } from "./selection";
import type { AssetList } from "./useAssetWindows";

interface SelectionBarProps {
  project: Project;
  filters: AssetFilters;
  selection: Selection;
  list: AssetList | null;
  onSelect: (action: SelectionAction) => void;
  onShare: () => void;
  /** The collection whose order may be changed, and what is selected of it in that order. */
  arrange: { collection: string; order: () => readonly string[] } | null;
}

/** How many assets are selected, and what can be done to them. */
export function SelectionBar(props: SelectionBarProps) {
  const { t } = useTranslation();
  const { project, filters, selection, list, onSelect, onShare, arrange } = props;
  const { ids, isAll } = selection;
  if (ids.size === 0) return null;
  const total = list?.total ?? 0;
  const count = isAll ? total : ids.size;
  const clear = (): void => onSelect({ type: "clear" });
  const mayEdit = reaches(project.role, "editor");
  return (
    <div className={styles.selection}>
      <span aria-live="polite">
        {isAll ? t("bulk.allSelected", { count }) : t("assets.selected", { count })}
      </span>
      <IconButton label={t("assets.clearSelection")} onPress={clear}>
        <X />
      </IconButton>
      {mayEdit && !isAll && total > ids.size ? (
        <Button look="quiet" onPress={() => onSelect({ type: "all" })}>
          {t("bulk.allMatching", { count: total })}
        </Button>
      ) : null}
      {mayEdit && !isAll && !filters.trashed ? (
        <Button onPress={onShare}>
          <Share2 />
          {t("assets.share")}
        </Button>
      ) : null}
      {arrange && !isAll ? <ArrangeMenu project={project.id} {...arrange} /> : null}
      {mayEdit && !isAll && filters.conditions.collection ? (
        <RemoveButton
          project={project.id}
          collection={filters.conditions.collection}
          assets={[...ids]}
          onDone={clear}
        />
      ) : null}
      {mayEdit && !isAll && filters.conditions.shoot ? (
        <TakeOutButton
          project={project.id}
          shoot={filters.conditions.shoot}
          assets={[...ids]}
          onDone={clear}
        />
      ) : null}
      <BulkBar
        project={project}
        selection={isAll ? { query: wholeOf(filters, list?.meant ?? "") } : { ids: [...ids] }}
        count={count}
        trashed={filters.trashed}
        onStarted={clear}
      />
      {filters.trashed && !isAll && reaches(project.role, "admin") ? (
        <PurgeButton project={project.id} assets={[...ids]} onDone={clear} />
      ) : null}
    </div>
  );
}
