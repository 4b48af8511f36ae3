import { keepPreviousData, useInfiniteQuery, useMutation, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Pencil, Tags, Trash2 } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { type Project, reaches } from "@/api/types";
import { followJob } from "@/features/bulk";
import { projectQuery } from "@/features/projects";
import { ProjectFrame } from "@/features/projectViews";
import {
  Button,
  ConfirmDialog,
  EmptyState,
  ErrorState,
  IconButton,
  notifyError,
  SearchField,
  Skeleton,
} from "@/ui";
import { deleteTag, tagsQuery } from "./queries";
import { RenameDialog } from "./RenameDialog";
import styles from "./Tags.module.css";

type Tag = components["schemas"]["TagOutput"];

/** The tags of a project, to be renamed, made one, and taken away. */
export function TagsPage() {
  const { t } = useTranslation();
  const { projectId } = useParams({ from: "/member/p/$projectId/tags" });
  const { data: project } = useSuspenseQuery(projectQuery(projectId));
  const [q, setQ] = useState("");
  const asked = useDeferredValue(q.trim());
  const tags = useInfiniteQuery({
    ...tagsQuery(project.id, asked),
    placeholderData: keepPreviousData,
  });
  const [renamed, setRenamed] = useState<string | null>(null);
  const [doomed, setDoomed] = useState<Tag | null>(null);
  const rows = tags.data?.pages.flatMap((page) => page.results) ?? [];
  return (
    <ProjectFrame project={project} title={t("tags.title")}>
      <SearchField label={t("tags.find")} value={q} onChange={setQ} className={styles.search} />
      {tags.isPending ? <Skeleton className={styles.skeleton} /> : null}
      {tags.isError ? <ErrorState error={tags.error} onRetry={() => void tags.refetch()} /> : null}
      {tags.isSuccess && rows.length === 0 ? (
        <EmptyState icon={<Tags />} text={asked ? t("tags.noMatch") : t("tags.empty")} />
      ) : null}
      <ul className={styles.tags} aria-label={t("tags.title")}>
        {rows.map((tag) => (
          <TagRow
            key={tag.name}
            project={project}
            tag={tag}
            onRename={() => setRenamed(tag.name)}
            onDelete={() => setDoomed(tag)}
          />
        ))}
      </ul>
      {tags.hasNextPage ? (
        <div>
          <Button isPending={tags.isFetchingNextPage} onPress={() => void tags.fetchNextPage()}>
            {t("activity.more")}
          </Button>
        </div>
      ) : null}
      <RenameDialog
        project={project.id}
        tag={renamed}
        known={rows.map(({ name }) => name)}
        onClose={() => setRenamed(null)}
      />
      <Deletion project={project.id} tag={doomed} onClose={() => setDoomed(null)} />
    </ProjectFrame>
  );
}

interface TagRowProps {
  project: Project;
  tag: Tag;
  onRename: () => void;
  onDelete: () => void;
}

function TagRow({ project, tag: { name, count }, onRename, onDelete }: TagRowProps) {
  const { t } = useTranslation();
  return (
    <li className={styles.tag}>
      <Link
        to="/p/$projectId"
        params={{ projectId: project.id }}
        search={{ tag: name }}
        className={styles.name}
      >
        {name}
      </Link>
      <span className={styles.count}>{t("folders.assets", { count })}</span>
      {reaches(project.role, "editor") ? (
        <>
          <IconButton label={t("tags.renameOf", { name })} size="small" onPress={onRename}>
            <Pencil />
          </IconButton>
          <IconButton label={t("tags.deleteOf", { name })} size="small" onPress={onDelete}>
            <Trash2 />
          </IconButton>
        </>
      ) : null}
    </li>
  );
}

interface DeletionProps {
  project: string;
  tag: Tag | null;
  onClose: () => void;
}

function Deletion({ project, tag, onClose }: DeletionProps) {
  const { t } = useTranslation();
  const deletion = useMutation({
    mutationFn: (doomed: Tag) => deleteTag(project, doomed.name),
    onSuccess: (job) => {
      onClose();
      followJob({ job, project, mayUndo: true });
    },
    onError: (error) => notifyError(t("ui.notDone"), error),
  });
  return (
    <ConfirmDialog
      title={t("tags.deleteOf", { name: tag?.name ?? "" })}
      text={t("tags.deleteAsk", { count: tag?.count ?? 0 })}
      action={t("ui.delete")}
      isOpen={tag !== null}
      isPending={deletion.isPending}
      onConfirm={() => tag && deletion.mutate(tag)}
      onClose={onClose}
    />
  );
}
