import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ArrowLeft, ArrowLeftRight } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Project, Version } from "@/api/types";
import { assetQuery, type HeldAsset, memberAccess } from "@/features/assetPage";
import { useMe } from "@/features/auth";
import { projectQuery } from "@/features/projects";
import { playbackQuery } from "@/features/review";
import {
  buttonClass,
  EmptyState,
  ErrorState,
  IconButton,
  PageBar,
  pageStyles,
  Select,
  usePageTitle,
} from "@/ui";
import styles from "./Compare.module.css";
import { CompareFilms } from "./CompareFilms";
import { CompareStills } from "./CompareStills";
import { isFilm, type Shown, stillOf } from "./model";

/** Two versions of an asset at the same moment, side by side or one wiped over the other. */
export function ComparePage() {
  const { assetId } = useParams({ from: "/member/a/$assetId/compare" });
  const { data: asset } = useSuspenseQuery(assetQuery(assetId));
  const { data: project } = useSuspenseQuery(projectQuery(asset.project));
  return <Compare key={asset.id} asset={asset} project={project} />;
}

interface CompareProps {
  asset: HeldAsset;
  project: Project;
}

function Compare({ asset, project }: CompareProps) {
  const { t } = useTranslation();
  const { a, b, frame } = useSearch({ from: "/member/a/$assetId/compare" });
  const versions = [...asset.versions].sort((one, other) => other.number - one.number);
  usePageTitle(t("compare.titleOf", { title: asset.title }));
  const right = versions.find(({ id }) => id === b) ?? versions[0];
  const left = versions.find(({ id }) => id === a) ?? versions.find(({ id }) => id !== right?.id);
  return (
    <>
      <PageBar
        title={t("compare.title")}
        crumb={
          <Link to="/a/$assetId" params={{ assetId: asset.id }} className={pageStyles.crumb}>
            {asset.title}
          </Link>
        }
        before={
          <Link
            to="/a/$assetId"
            params={{ assetId: asset.id }}
            aria-label={t("review.back", { project: asset.title })}
            className={buttonClass({ look: "quiet" })}
          >
            <ArrowLeft />
          </Link>
        }
      >
        {left && right ? <Choice versions={versions} left={left} right={right} /> : null}
      </PageBar>
      {left && right ? (
        <Two key={`${left.id} ${right.id}`} {...{ asset, project, left, right, frame }} />
      ) : (
        <EmptyState icon={<ArrowLeftRight />} text={t("compare.one")} />
      )}
    </>
  );
}

interface ChoiceProps {
  versions: readonly Version[];
  left: Version;
  right: Version;
}

function Choice({ versions, left, right }: ChoiceProps) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: "/a/$assetId/compare" });
  const options = versions.map(({ id, number }) => ({ value: id, label: t("review.version", { number }) }));
  const choose = (a: string, b: string): void =>
    void navigate({ search: (before) => ({ ...before, a, b }), replace: true });
  return (
    <div className={styles.choice}>
      <Select
        compact
        label={t("compare.left")}
        value={left.id}
        options={options}
        // Choosing what stands on the other side changes the sides.
        onChange={(id) => choose(id, id === right.id ? left.id : right.id)}
      />
      <IconButton label={t("compare.swap")} onPress={() => choose(right.id, left.id)}>
        <ArrowLeftRight />
      </IconButton>
      <Select
        compact
        label={t("compare.right")}
        value={right.id}
        options={options}
        onChange={(id) => choose(id === left.id ? right.id : left.id, id)}
      />
    </div>
  );
}

interface TwoProps extends CompareProps {
  left: Version;
  right: Version;
  frame: number | undefined;
}

function Two({ asset, project, left, right, frame }: TwoProps) {
  const { t } = useTranslation();
  const one = useShown({ asset, project, version: left });
  const other = useShown({ asset, project, version: right });
  const failed = [one, other].find(({ query }) => query.isError && !query.data);
  if (failed?.query.error) {
    return <ErrorState error={failed.query.error} onRetry={() => void failed.query.refetch()} />;
  }
  if (!one.shown || !other.shown) {
    return <div className={styles.waiting} role="status" aria-label={t("ui.loading")} />;
  }
  if (isFilm(one.shown.playback) && isFilm(other.shown.playback)) {
    return <CompareFilms left={one.shown} right={other.shown} startAt={frame ?? 0} />;
  }
  if (stillOf(one.shown.playback) && stillOf(other.shown.playback)) {
    return <CompareStills left={one.shown} right={other.shown} />;
  }
  return <EmptyState icon={<ArrowLeftRight />} text={t("compare.cannot")} />;
}

/** A version with what is played of it. */
function useShown({ asset, project, version }: CompareProps & { version: Version }) {
  const { t } = useTranslation();
  const me = useMe();
  const access = useMemo(() => memberAccess({ me, project, asset, version }), [me, project, asset, version]);
  const query = useQuery(playbackQuery(access, version.id));
  const name = t("review.version", { number: version.number });
  const shown: Shown | null = query.data ? { access, version: version.id, name, playback: query.data } : null;
  return { query, shown };
}
