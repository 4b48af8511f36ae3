import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Pencil } from "lucide-react";
import { useTranslation } from "react-i18next";
import { assetsKey, collectionsKey } from "@/api/keys";
import { type Project, reaches } from "@/api/types";
import { changeSearch, collectionsQuery } from "@/features/collections";
import { Button, notify, notifyError } from "@/ui";
import { addressOf } from "./model";
import styles from "./Searches.module.css";

interface EditSearchButtonProps {
  project: Project;
  collection: string;
}

/** Opens what a smart collection searches for, to be changed like any other search. */
export function EditSearchButton({ project, collection: id }: EditSearchButtonProps) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: "/p/$projectId" });
  const { data: collections = [] } = useQuery(collectionsQuery(project.id));
  const query = collections.find((each) => each.id === id)?.query;
  if (!query || !reaches(project.role, "editor")) return null;
  const { words } = addressOf(query, project.id);
  return (
    <Button
      size="small"
      look="quiet"
      onPress={() =>
        void navigate({ search: { ...words, view: undefined, trashed: undefined, editing: id } })
      }
    >
      <Pencil />
      {t("searches.edit")}
    </Button>
  );
}

interface EditedSearchProps {
  project: Project;
  /** The smart collection whose search is being changed. */
  collection: string;
  /** The list that is shown, as its parameters. */
  query: Readonly<Record<string, string>>;
}

/** Says whose search is being changed, and keeps what is shown now. */
export function EditedSearch({ project, collection: id, query }: EditedSearchProps) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: "/p/$projectId" });
  const queryClient = useQueryClient();
  const { data: collections = [] } = useQuery(collectionsQuery(project.id));
  const collection = collections.find((each) => each.id === id && each.kind === "smart");
  const leave = (): void => void navigate({ search: { collection: id } });
  const saving = useMutation({
    mutationFn: () => changeSearch(id, query),
    onSuccess: async ({ name }) => {
      notify(t("searches.saved", { name }));
      leave();
      await queryClient.invalidateQueries({ queryKey: collectionsKey(project.id) });
      await queryClient.invalidateQueries({ queryKey: assetsKey(project.id) });
    },
    onError: (error) => notifyError(t("ui.notDone"), error),
  });
  if (!collection) return null;
  return (
    <section className={styles.edited} aria-label={t("searches.edit")}>
      <p>{t("searches.editing", { name: collection.name })}</p>
      <Button size="small" onPress={leave}>
        {t("ui.cancel")}
      </Button>
      <Button size="small" look="primary" isPending={saving.isPending} onPress={() => saving.mutate()}>
        {t("ui.save")}
      </Button>
    </section>
  );
}
