import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { EllipsisVertical, FolderClosed, Pencil, Plus, Sparkles, Trash2 } from "lucide-react";
import { type DragEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { assetsKey, collectionsKey } from "@/api/keys";
import type { Collection } from "@/api/types";
import {
  ConfirmDialog,
  classNames,
  ErrorState,
  IconButton,
  Menu,
  MenuItem,
  notify,
  notifyError,
  Skeleton,
} from "@/ui";
import { CollectionDialog } from "./CollectionDialog";
import styles from "./Collections.module.css";
import { addToCollection, collectionsQuery, deleteCollection } from "./queries";
import { type Branch, treeOf } from "./tree";

/** What a dragged selection of assets is carried as: their ids, as JSON. */
export const ASSETS_DRAG = "application/x-dam-assets";

interface CollectionsPanelProps {
  project: string;
  mayEdit: boolean;
}

/** The collections of a project: open one, make and arrange them, drop assets into them. */
export function CollectionsPanel({ project, mayEdit }: CollectionsPanelProps) {
  const { t } = useTranslation();
  const collections = useQuery(collectionsQuery(project));
  const [edited, setEdited] = useState<Collection | "new" | null>(null);
  const [doomed, setDoomed] = useState<Collection | null>(null);
  return (
    <section className={styles.panel} aria-label={t("collections.title")}>
      <header className={styles.head}>
        <h2>{t("collections.title")}</h2>
        {mayEdit ? (
          <IconButton label={t("collections.new")} size="small" onPress={() => setEdited("new")}>
            <Plus />
          </IconButton>
        ) : null}
      </header>
      {collections.isPending ? <Skeleton className={styles.skeleton} /> : null}
      {collections.isError ? (
        <ErrorState error={collections.error} onRetry={() => void collections.refetch()} />
      ) : null}
      {collections.data?.length === 0 ? <p className={styles.empty}>{t("collections.empty")}</p> : null}
      <ul>
        {treeOf(collections.data ?? []).map((branch) => (
          <Row
            key={branch.collection.id}
            branch={branch}
            mayEdit={mayEdit}
            onEdit={setEdited}
            onDelete={setDoomed}
          />
        ))}
      </ul>
      <CollectionDialog
        project={project}
        collections={collections.data ?? []}
        collection={edited}
        onClose={() => setEdited(null)}
      />
      <Deletion collection={doomed} onClose={() => setDoomed(null)} />
    </section>
  );
}

interface RowProps {
  branch: Branch;
  mayEdit: boolean;
  onEdit: (collection: Collection) => void;
  onDelete: (collection: Collection) => void;
}

function Row({ branch: { collection, depth }, mayEdit, onEdit, onDelete }: RowProps) {
  const { t } = useTranslation();
  const isSmart = collection.kind === "smart";
  const drop = useDrop(collection, mayEdit && !isSmart);
  return (
    <li className={classNames(styles.row, drop.isOver && styles.over)} {...drop.handlers}>
      <Link
        to="/p/$projectId"
        params={{ projectId: collection.project }}
        search={{ collection: collection.id }}
        activeOptions={{ includeSearch: true }}
        className={styles.link}
        style={{ paddingInlineStart: `${8 + depth * 14}px` }}
      >
        {isSmart ? <Sparkles aria-label={t("collections.smart")} /> : <FolderClosed aria-hidden="true" />}
        <span className={styles.name}>{collection.name}</span>
        <span className={styles.count}>{collection.asset_count}</span>
      </Link>
      {mayEdit ? (
        <Menu
          label={t("collections.actions", { name: collection.name })}
          placement="bottom end"
          trigger={
            <IconButton label={t("collections.actions", { name: collection.name })} size="small">
              <EllipsisVertical />
            </IconButton>
          }
        >
          <MenuItem label={t("ui.edit")} icon={<Pencil />} onAction={() => onEdit(collection)} />
          <MenuItem label={t("ui.delete")} icon={<Trash2 />} danger onAction={() => onDelete(collection)} />
        </Menu>
      ) : null}
    </li>
  );
}

/** Takes assets dragged from the grid; the same is in the menu of a selection. */
function useDrop(collection: Collection, isEnabled: boolean) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [isOver, setOver] = useState(false);
  const addition = useMutation({
    mutationFn: (ids: readonly string[]) => addToCollection(collection.id, ids),
    onSuccess: async (_answer, ids) => {
      notify(t("collections.added", { count: ids.length, name: collection.name }));
      await queryClient.invalidateQueries({ queryKey: collectionsKey(collection.project) });
      await queryClient.invalidateQueries({ queryKey: assetsKey(collection.project) });
    },
    onError: (error) => notifyError(t("ui.notDone"), error),
  });
  const isOurs = (event: DragEvent): boolean => isEnabled && event.dataTransfer.types.includes(ASSETS_DRAG);
  const handlers = {
    onDragOver: (event: DragEvent): void => {
      if (!isOurs(event)) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent): void => {
      if (!isOurs(event)) return;
      event.preventDefault();
      setOver(false);
      addition.mutate(idsOf(event.dataTransfer.getData(ASSETS_DRAG)));
    },
  };
  return { isOver, handlers };
}

function idsOf(carried: string): string[] {
  const ids: unknown = JSON.parse(carried);
  return Array.isArray(ids) ? ids.map(String) : [];
}

function Deletion({ collection, onClose }: { collection: Collection | null; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const deletion = useMutation({
    mutationFn: (doomed: Collection) => deleteCollection(doomed.id),
    onSuccess: async (_answer, doomed) => {
      notify(t("collections.deleted", { name: doomed.name }));
      onClose();
      await queryClient.invalidateQueries({ queryKey: collectionsKey(doomed.project) });
    },
    onError: (error) => notifyError(t("ui.notDone"), error),
  });
  return (
    <ConfirmDialog
      title={t("collections.deleteTitle", { name: collection?.name ?? "" })}
      text={t("collections.deleteAsk")}
      action={t("ui.delete")}
      isOpen={collection !== null}
      isPending={deletion.isPending}
      onConfirm={() => collection && deletion.mutate(collection)}
      onClose={onClose}
    />
  );
}
