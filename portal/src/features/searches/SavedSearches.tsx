import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Search, Users, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { searchesKey } from "@/api/keys";
import type { Project, SavedSearch } from "@/api/types";
import { useMe } from "@/features/auth";
import { IconButton, notify, notifyError, SideSection, sideStyles } from "@/ui";
import { addressOf } from "./model";
import { deleteSearch, searchesQuery } from "./queries";

/** Searches that were kept: one's own, and those that colleagues share. */
export function SavedSearches({ project }: { project: Project }) {
  const { t } = useTranslation();
  const searches = useQuery(searchesQuery(project.organization));
  return (
    <SideSection title={t("searches.title")} rows={searches} empty={t("searches.empty")}>
      <ul>
        {(searches.data ?? []).map((search) => (
          <Row key={search.id} search={search} project={project} />
        ))}
      </ul>
    </SideSection>
  );
}

function Row({ search, project }: { search: SavedSearch; project: Project }) {
  const { t } = useTranslation();
  const me = useMe();
  const queryClient = useQueryClient();
  const deletion = useMutation({
    mutationFn: () => deleteSearch(search.id),
    onSuccess: async () => {
      notify(t("searches.deleted", { name: search.name }));
      await queryClient.invalidateQueries({ queryKey: searchesKey(project.organization) });
    },
    onError: (error) => notifyError(t("ui.notDone"), error),
  });
  const { projectId, words } = addressOf(search.query, project.id);
  return (
    <li className={sideStyles.row}>
      <Link
        to="/p/$projectId"
        params={{ projectId }}
        search={words}
        activeOptions={{ exact: true, includeSearch: true }}
        className={sideStyles.link}
      >
        <Search aria-hidden="true" />
        <span className={sideStyles.name}>{search.name}</span>
        {search.shared ? <Users aria-label={t("searches.shared")} /> : null}
      </Link>
      {search.owner === me.id ? (
        <IconButton
          label={t("searches.delete", { name: search.name })}
          size="small"
          isPending={deletion.isPending}
          onPress={() => deletion.mutate()}
        >
          <X />
        </IconButton>
      ) : null}
    </li>
  );
}
