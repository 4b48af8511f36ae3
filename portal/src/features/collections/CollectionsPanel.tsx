import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { ChevronRight, EllipsisVertical, FolderClosed, Pencil, Plus, Sparkles, Trash2 } from "lucide-react";
import { type DragEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { assetsKey, collectionsKey } from "@/api/keys";
import type { Collection } from "@/api/types";
import {
  ConfirmDialog,
  classNames,
  IconButton,
  Menu,
  MenuItem,
  notify,
  notifyError,
  SideSection,
  sideStyles,
} from "@/ui";
import { CollectionDialog } from "./CollectionDialog";
import styles from "./Collections.module.css";
import { ASSETS_DRAG, COLLECTION_DRAG, idsOf } from "./drag";
import { addToCollection, changeCollection, collectionsQuery, deleteCollection } from "./queries";
import { type Branch, mayNest, nestedOf } from "./tree";

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
  const toTop = useDrop(project, null, mayEdit, collections.data ?? []);
  return (
    <SideSection
      title={t("collections.title")}
      rows={collections}
      empty={t("collections.empty")}
      drop={toTop}
      action={
        mayEdit ? (
          <IconButton label={t("collections.new")} size="small" onPress={() => setEdited("new")}>
            <Plus />
          </IconButton>
        ) : null
      }
    >
      <Branches
        branches={nestedOf(collections.data ?? [])}
        collections={collections.data ?? []}
        mayEdit={mayEdit}
        onEdit={setEdited}
        onDelete={setDoomed}
      />
      <CollectionDialog
        project={project}
        collections={collections.data ?? []}
        collection={edited}
        onClose={() => setEdited(null)}
      />
      <Deletion collection={doomed} onClose={() => setDoomed(null)} />
    </SideSection>
  );
}

interface BranchesProps {
  branches: readonly Branch[];
  collections: readonly Collection[];
  mayEdit: boolean;
  onEdit: (collection: Collection) => void;
  onDelete: (collection: Collection) => void;
}

function Branches({ branches, ...rest }: BranchesProps) {
  return (
    <ul>
      {branches.map((branch) => (
        <BranchRow key={branch.collection.id} branch={branch} {...rest} />
      ))}
    </ul>
  );
}

type BranchRowProps = Omit<BranchesProps, "branches"> & { branch: Branch };

function BranchRow({ branch, ...rest }: BranchRowProps) {
  const { t } = useTranslation();
  const { collection, depth, branches } = branch;
  const [isOpen, setOpen] = useState(true);
  const isSmart = collection.kind === "smart";
  const search = useSearch({ strict: false });
  const drop = useDrop(collection.project, collection, rest.mayEdit, rest.collections);
  const isHere = search.collection === collection.id;
  return (
    <li>
      <div
        className={classNames(sideStyles.row, drop.isOver && sideStyles.over)}
        style={{ paddingInlineStart: `${depth * 14}px` }}
        {...drop.handlers}
      >
        {branches.length > 0 ? (
          <button
            type="button"
            className={styles.fold}
            aria-expanded={isOpen}
            aria-label={t("collections.inside", { name: collection.name })}
            onClick={() => setOpen(!isOpen)}
          >
            <ChevronRight aria-hidden="true" />
          </button>
        ) : (
          <span className={styles.leaf} />
        )}
        <Link
          to="/p/$projectId"
          params={{ projectId: collection.project }}
          search={isSmart ? { collection: collection.id } : { collection: collection.id, sort: "position" }}
          aria-current={isHere ? "page" : undefined}
          activeProps={NOT_BY_ROUTER}
          className={sideStyles.link}
          draggable={rest.mayEdit}
          onDragStart={(event) => event.dataTransfer.setData(COLLECTION_DRAG, collection.id)}
        >
          {isSmart ? <Sparkles aria-label={t("collections.smart")} /> : <FolderClosed aria-hidden="true" />}
          <span className={sideStyles.name} title={collection.name}>
            {collection.name}
          </span>
          <span className={sideStyles.count}>
            {collection.asset_count}
            {collection.asset_count_exact ? "" : "+"}
          </span>
        </Link>
        {rest.mayEdit ? (
          <RowMenu
            collection={collection}
            onEdit={() => rest.onEdit(collection)}
            onDelete={() => rest.onDelete(collection)}
          />
        ) : null}
      </div>
      {isOpen && branches.length > 0 ? <Branches branches={branches} {...rest} /> : null}
    </li>
  );
}

/** The order of the list is part of the address, but a collection is open in any order. */
const NOT_BY_ROUTER = {} as const;

interface RowMenuProps {
  collection: Collection;
  onEdit: () => void;
  onDelete: () => void;
}

function RowMenu({ collection, onEdit, onDelete }: RowMenuProps) {
  const { t } = useTranslation();
  const label = t("collections.actions", { name: collection.name });
  return (
    <Menu
      label={label}
      placement="bottom end"
      trigger={
        <IconButton label={label} size="small">
          <EllipsisVertical />
        </IconButton>
      }
    >
      <MenuItem label={t("ui.edit")} icon={<Pencil />} onAction={onEdit} />
      <MenuItem label={t("ui.delete")} icon={<Trash2 />} danger onAction={onDelete} />
    </Menu>
  );
}

/** Takes assets dragged from the grid, and other collections to be put inside; menus and dialogs do the same. */
function useDrop(
  project: string,
  target: Collection | null,
  isEnabled: boolean,
  collections: readonly Collection[],
) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [isOver, setOver] = useState(false);
  const refresh = async (): Promise<void> => {
    await queryClient.invalidateQueries({ queryKey: collectionsKey(project) });
    await queryClient.invalidateQueries({ queryKey: assetsKey(project) });
  };
  const onError = (error: Error): void => notifyError(t("ui.notDone"), error);
  const addition = useMutation({
    mutationFn: async ({ into, ids }: { into: Collection; ids: readonly string[] }) => {
      await addToCollection(into.id, ids);
      return into;
    },
    onSuccess: async (into, { ids }) => {
      notify(t("collections.added", { count: ids.length, name: into.name }));
      await refresh();
    },
    onError,
  });
  const nesting = useMutation({
    mutationFn: (id: string) => changeCollection(id, { parent: target?.id ?? null }),
    onSuccess: refresh,
    onError,
  });
  const takes = ({ dataTransfer: { types } }: DragEvent): boolean =>
    isEnabled &&
    (types.includes(COLLECTION_DRAG) || (types.includes(ASSETS_DRAG) && target?.kind === "manual"));
  const handlers = {
    onDragOver: (event: DragEvent): void => {
      if (!takes(event)) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent): void => {
      if (!takes(event)) return;
      event.preventDefault();
      setOver(false);
      const carried = event.dataTransfer.getData(ASSETS_DRAG);
      if (carried && target) addition.mutate({ into: target, ids: idsOf(carried) });
      const id = event.dataTransfer.getData(COLLECTION_DRAG);
      if (id && mayNest(collections, id, target?.id ?? null)) nesting.mutate(id);
    },
  };
  return { isOver, handlers };
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
