import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { FolderPlus, SearchX } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Organization } from "@/api/types";
import { KINDS, SearchNotes, searchOf } from "@/features/assets";
import { useMe } from "@/features/auth";
import { projectsQuery } from "@/features/projects";
import {
  Button,
  EmptyState,
  ErrorState,
  SearchField,
  Select,
  Skeleton,
  usePageTitle,
  useShortcuts,
} from "@/ui";
import { FindCard } from "./FindCard";
import type { Question } from "./model";
import { countsQuery, findsQuery } from "./queries";
import styles from "./Search.module.css";

/** One search over all projects of an organisation that the person may see. */
export function SearchPage() {
  const { t } = useTranslation();
  const me = useMe();
  usePageTitle(t("search.title"));
  const { org } = useSearch({ from: "/member/search" });
  const organization = me.organizations.find(({ id }) => id === org) ?? me.organizations[0];
  if (!organization) return <EmptyState icon={<FolderPlus />} text={t("projects.noOrganization")} />;
  return <SearchOf organization={organization} organizations={me.organizations} />;
}

interface SearchOfProps {
  organization: Organization;
  organizations: readonly Organization[];
}

function SearchOf({ organization, organizations }: SearchOfProps) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: "/search" });
  const { q = "", project, kind } = useSearch({ from: "/member/search" });
  const question: Question = { org: organization.id, q, project, kind };
  const { box, typed, setTyped } = useTyping(q, (next) =>
    navigate({ search: (before) => ({ ...before, q: next || undefined }), replace: true }),
  );
  return (
    <div className={styles.page}>
      <h1 className="visually-hidden">{t("search.title")}</h1>
      <search className={styles.head}>
        <SearchField
          label={t("search.label")}
          value={typed}
          onChange={setTyped}
          inputRef={box}
          className={styles.box}
        />
        <Choices question={question} />
        {organizations.length > 1 ? (
          <Select
            compact
            label={t("projects.organization")}
            value={organization.id}
            options={organizations.map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(org) => void navigate({ search: { org, q: q || undefined } })}
          />
        ) : null}
      </search>
      <Finds question={question} onSearch={setTyped} />
    </div>
  );
}

/** How long after the last letter the search is sent. */
const TYPING_MS = 250;

/** What stands in the box, sent a moment after the last letter. */
function useTyping(q: string, send: (q: string) => Promise<void>) {
  const box = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(q);
  const sending = useRef(send);
  useEffect(() => {
    sending.current = send;
  });
  useEffect(() => setTyped(q), [q]);
  useEffect(() => {
    if (typed === q) return;
    const timer = setTimeout(() => void sending.current(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, q]);
  useEffect(() => box.current?.focus(), []);
  useShortcuts([["/", () => box.current?.focus()]]);
  return { box, typed, setTyped };
}

const ALL = "all";

/** In which project, and which kind, with how many of each there are. */
function Choices({ question }: { question: Question }) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: "/search" });
  const counts = useQuery(countsQuery(question)).data;
  const { data: projects = [] } = useQuery(projectsQuery(question.org, undefined));
  const counted = (
    values: readonly { value: string; count: number }[] | undefined,
    value: string,
  ): string => {
    const count = values?.find((each) => each.value === value)?.count;
    return count ? ` (${count})` : "";
  };
  return (
    <>
      <Select
        compact
        label={t("search.project")}
        value={projects.some(({ id }) => id === question.project) ? (question.project ?? ALL) : ALL}
        options={[
          { value: ALL, label: t("search.allProjects") },
          ...projects.map(({ id, name }) => ({ value: id, label: name + counted(counts?.projects, id) })),
        ]}
        onChange={(value) =>
          void navigate({
            search: (before) => ({ ...before, project: value === ALL ? undefined : value }),
            replace: true,
          })
        }
      />
      <Select
        compact
        label={t("assets.kind")}
        value={KINDS.find((kind) => kind === question.kind) ?? ALL}
        options={[
          { value: ALL, label: t("assets.allKinds") },
          ...KINDS.map((kind) => ({
            value: kind,
            label: t(`assets.kinds.${kind}`) + counted(counts?.kinds, kind),
          })),
        ]}
        onChange={(value) =>
          void navigate({
            search: (before) => ({ ...before, kind: value === ALL ? undefined : value }),
            replace: true,
          })
        }
      />
    </>
  );
}

interface FindsProps {
  question: Question;
  onSearch: (q: string) => void;
}

function Finds({ question, onSearch }: FindsProps) {
  const { t } = useTranslation();
  const finds = useInfiniteQuery(findsQuery(question));
  const { data: projects = [] } = useQuery(projectsQuery(question.org, undefined));
  if (finds.isError && !finds.data) {
    return <ErrorState error={finds.error} onRetry={() => void finds.refetch()} />;
  }
  if (finds.isPending) {
    return (
      <div className={styles.grid} aria-busy="true">
        {["a", "b", "c", "d", "e", "f", "g", "h"].map((key) => (
          <Skeleton key={key} className={styles.skeleton} />
        ))}
      </div>
    );
  }
  const [first] = finds.data.pages;
  const rows = finds.data.pages.flatMap(({ results }) => results);
  const total = first?.count;
  return (
    <>
      <p role="status" className={styles.count}>
        {total ? t(total.exact ? "assets.count" : "assets.countMore", { count: total.value }) : null}
      </p>
      {first && question.q ? <SearchNotes q={question.q} list={searchOf(first)} onSearch={onSearch} /> : null}
      {rows.length === 0 ? (
        <EmptyState icon={<SearchX />} text={t(question.q ? "search.none" : "search.empty")} />
      ) : null}
      <ul className={styles.grid} aria-label={t("search.finds")} aria-busy={finds.isPlaceholderData}>
        {rows.map((asset) => (
          <FindCard
            key={asset.id}
            asset={asset}
            project={projects.find(({ id }) => id === asset.project)?.name ?? ""}
          />
        ))}
      </ul>
      {finds.hasNextPage ? (
        <div className={styles.more}>
          <Button isPending={finds.isFetchingNextPage} onPress={() => void finds.fetchNextPage()}>
            {t("search.more")}
          </Button>
        </div>
      ) : null}
    </>
  );
}
