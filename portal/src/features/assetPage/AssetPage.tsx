import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ArrowLeft, Download, EllipsisVertical, Share2, Trash2, Upload } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Project, reaches, type Version } from "@/api/types";
import { ActivityFeed } from "@/features/activity";
import { addressOfList, trailOf, trashAsset } from "@/features/assets";
import { useMe } from "@/features/auth";
import { HoldControl } from "@/features/holds";
import { projectQuery } from "@/features/projects";
import { ReviewRoom } from "@/features/review";
import { ShareDialog } from "@/features/shares";
import { startUploads, UploadDrop } from "@/features/upload";
import {
  Button,
  buttonClass,
  ConfirmDialog,
  IconButton,
  Menu,
  MenuItem,
  notify,
  notifyError,
  Select,
  usePageTitle,
  useShortcuts,
} from "@/ui";
import styles from "./AssetPage.module.css";
import { Inspector } from "./Inspector";
import { memberAccess } from "./memberAccess";
import { Neighbours } from "./Neighbours";
import { assetQuery, type HeldAsset } from "./queries";
import { Sidecars } from "./Sidecars";
import { type SideTab, SideTabs } from "./SideTabs";
import { StackPanel } from "./StackPanel";
import { VersionFacts } from "./VersionFacts";

/** While a version has not been probed its facts are still to come. */
const UNPROBED_EVERY_MS = 5000;

export function AssetPage() {
  const { assetId } = useParams({ from: "/member/a/$assetId" });
  const { data: asset } = useSuspenseQuery(assetQuery(assetId));
  const { data: project } = useSuspenseQuery(projectQuery(asset.project));
  return <AssetReview key={asset.id} asset={asset} project={project} />;
}

function AssetReview({ asset, project }: { asset: HeldAsset; project: Project }) {
  const { t } = useTranslation();
  const me = useMe();
  const { v, frame, comment } = useSearch({ from: "/member/a/$assetId" });
  const [tab, setTab] = useState<SideTab>("comments");
  const versions = useVersions(asset);
  usePageTitle(asset.title);
  const version = versions.find(({ id }) => id === (v ?? asset.current_version?.id)) ?? versions[0];
  const access = useMemo(
    () => version && memberAccess({ me, project, asset, version }),
    [me, project, asset, version],
  );
  return (
    <>
      <AssetBar asset={asset} project={project} version={version} versions={versions} />
      {version && access ? (
        <ReviewRoom
          key={version.id}
          access={access}
          version={version.id}
          title={asset.title}
          frame={frame}
          comment={comment}
          beside={(comments) => (
            <SideTabs
              tab={tab}
              onTab={setTab}
              comments={comments}
              details={
                <>
                  <HoldControl
                    place={{ kind: "asset", id: asset.id }}
                    isAdmin={reaches(project.role, "admin")}
                  />
                  <Inspector asset={asset} project={project} />
                  <Sidecars asset={asset} version={version.id} mayEdit={reaches(project.role, "editor")} />
                  <VersionFacts version={version} />
                </>
              }
              activity={<ActivityFeed project={project} asset={asset.id} />}
              versions={<StackPanel asset={asset} project={project} shown={version.id} />}
            />
          )}
          download={
            reaches(project.role, "editor") ? (
              <a className={buttonClass()} href={`/api/versions/${version.id}/download`} download>
                <Download />
                {t("review.download")}
              </a>
            ) : null
          }
        />
      ) : null}
      {reaches(project.role, "editor") ? (
        <UploadDrop project={project.id} asset={asset.id} projectName={asset.title} />
      ) : null}
    </>
  );
}

/** The versions of an asset, asked for again until the newest has been probed. */
function useVersions(asset: HeldAsset): readonly Version[] {
  const { data } = useQuery({
    ...assetQuery(asset.id),
    refetchInterval: ({ state }) =>
      state.data?.versions.some(
        ({ preview_state }) => preview_state === "none" || preview_state === "building",
      )
        ? UNPROBED_EVERY_MS
        : false,
  });
  return (data ?? asset).versions;
}

interface AssetBarProps {
  asset: HeldAsset;
  project: Project;
  version: Version | undefined;
  versions: readonly Version[];
}

function AssetBar({ asset, project, version, versions }: AssetBarProps) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: "/a/$assetId" });
  const [sharing, setSharing] = useState(false);
  const mayEdit = reaches(project.role, "editor");
  const last = trailOf(sessionStorage);
  const trail = last?.asset === asset.id && last.filters.project === project.id ? last : null;
  const back = trail ? addressOfList(trail) : {};
  useShortcuts([["Shift+s", () => setSharing(true)]], mayEdit);
  return (
    <header className={styles.bar}>
      <Link
        to="/p/$projectId"
        params={{ projectId: project.id }}
        search={back}
        aria-label={t("review.back", { project: project.name })}
        className={buttonClass({ look: "quiet" })}
      >
        <ArrowLeft />
      </Link>
      <div className={styles.heading}>
        <Link to="/p/$projectId" params={{ projectId: project.id }} search={back} className={styles.crumb}>
          {project.name}
        </Link>
        <h1 title={asset.title}>{asset.title}</h1>
      </div>
      {trail ? <Neighbours trail={trail} /> : null}
      {version && versions.length > 1 ? (
        <div className={styles.versions}>
          <Select
            compact
            label={t("review.versions")}
            value={version.id}
            options={versions.map(({ id, number }) => ({
              value: id,
              label:
                id === asset.current_version?.id
                  ? `${t("review.version", { number })} · ${t("review.current")}`
                  : t("review.version", { number }),
            }))}
            onChange={(id) => void navigate({ search: { v: id }, replace: true })}
          />
        </div>
      ) : null}
      {mayEdit ? (
        <>
          <Button look="primary" onPress={() => setSharing(true)}>
            <Share2 />
            <span className="narrow-hidden">{t("review.share")}</span>
          </Button>
          <AssetMenu asset={asset} version={version} back={back} />
          <ShareDialog
            project={project.id}
            assets={[asset.id]}
            isOpen={sharing}
            onClose={() => setSharing(false)}
          />
        </>
      ) : null}
    </header>
  );
}

interface AssetMenuProps {
  asset: HeldAsset;
  version: Version | undefined;
  /** The words of the list that one came from. */
  back: ReturnType<typeof addressOfList>;
}

function AssetMenu({ asset, version, back }: AssetMenuProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const trash = async (): Promise<void> => {
    setAsking(false);
    try {
      await trashAsset(asset.id);
      notify(t("assets.trashed"));
      await navigate({ to: "/p/$projectId", params: { projectId: asset.project }, search: back });
    } catch (error) {
      notifyError(t("ui.notDone"), error);
    }
  };
  return (
    <>
      <Menu
        label={t("ui.more")}
        placement="bottom end"
        trigger={
          <IconButton label={t("ui.more")}>
            <EllipsisVertical />
          </IconButton>
        }
      >
        <MenuItem
          label={t("review.uploadVersion")}
          icon={<Upload />}
          onAction={() => picker.current?.click()}
        />
        <MenuItem
          label={t("review.download")}
          icon={<Download />}
          isDisabled={!version}
          onAction={() => version && location.assign(`/api/versions/${version.id}/download`)}
        />
        <MenuItem label={t("review.trash")} icon={<Trash2 />} danger onAction={() => setAsking(true)} />
      </Menu>
      <input
        ref={picker}
        type="file"
        hidden
        aria-label={t("review.uploadVersion")}
        onChange={({ currentTarget }) => {
          startUploads(currentTarget.files ?? [], { project: asset.project, asset: asset.id });
          currentTarget.value = "";
        }}
      />
      <ConfirmDialog
        title={t("review.trash")}
        text={t("review.trashAsk", { title: asset.title })}
        action={t("review.trash")}
        isOpen={asking}
        onConfirm={() => void trash()}
        onClose={() => setAsking(false)}
      />
    </>
  );
}
