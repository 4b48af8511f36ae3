import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ArrowUpToLine, Columns2, EllipsisVertical, Layers, Split, Upload } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Project, reaches, type Version } from "@/api/types";
import { ApprovalBadge } from "@/features/approvals";
import { HoldControl } from "@/features/holds";
import { startUploads } from "@/features/upload";
import {
  Badge,
  Button,
  buttonClass,
  formatAgo,
  formatBytes,
  IconButton,
  Menu,
  MenuItem,
  notify,
  notifyError,
} from "@/ui";
import styles from "./AssetPage.module.css";
import { AttachDialog } from "./AttachDialog";
import { detachVersion, type HeldAsset, promoteVersion } from "./queries";
import { useStackRefresh } from "./useStackRefresh";

interface StackPanelProps {
  asset: HeldAsset;
  project: Project;
  shown: string | undefined;
}

/** The versions of an asset: which is current, and what can be done about it. */
export function StackPanel({ asset, project, shown }: StackPanelProps) {
  const { t } = useTranslation();
  const [attaching, setAttaching] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const mayEdit = reaches(project.role, "editor");
  const versions = [...asset.versions].sort((one, other) => other.number - one.number);
  return (
    <section className={styles.inspector} aria-label={t("stack.title")}>
      <ul className={styles.stack}>
        {versions.map((version) => (
          <StackRow
            key={version.id}
            asset={asset}
            version={version}
            isShown={version.id === shown}
            mayEdit={mayEdit}
          />
        ))}
      </ul>
      {versions.length > 1 ? (
        <Link
          to="/a/$assetId/compare"
          params={{ assetId: asset.id }}
          search={compared(versions, shown)}
          className={buttonClass()}
        >
          <Columns2 />
          {t("compare.open")}
        </Link>
      ) : null}
      {shown ? (
        <HoldControl place={{ kind: "version", id: shown }} isAdmin={reaches(project.role, "admin")} />
      ) : null}
      {mayEdit ? (
        <div className={styles.stackActions}>
          <Button onPress={() => picker.current?.click()}>
            <Upload />
            {t("review.uploadVersion")}
          </Button>
          <Button onPress={() => setAttaching(true)}>
            <Layers />
            {t("stack.attach")}
          </Button>
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
        </div>
      ) : null}
      <AttachDialog asset={asset} isOpen={attaching} onClose={() => setAttaching(false)} />
    </section>
  );
}

/** The version that is shown beside the one before it; of the oldest, beside the newest. */
function compared(versions: readonly Version[], shown: string | undefined) {
  const index = Math.max(
    0,
    versions.findIndex(({ id }) => id === shown),
  );
  const isOldest = index === versions.length - 1;
  return { a: versions[isOldest ? index : index + 1]?.id, b: versions[isOldest ? 0 : index]?.id };
}

interface StackRowProps {
  asset: HeldAsset;
  version: Version;
  isShown: boolean;
  mayEdit: boolean;
}

function StackRow({ asset, version, isShown, mayEdit }: StackRowProps) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: "/a/$assetId" });
  const refresh = useStackRefresh(asset);
  const isCurrent = version.id === asset.current_version?.id;
  const name = t("review.version", { number: version.number });
  const onError = (error: Error): void => notifyError(t("ui.notDone"), error);
  const promotion = useMutation({
    mutationFn: () => promoteVersion(version.id),
    onSuccess: async () => {
      notify(t("stack.promoted", { name }));
      await navigate({ search: {}, replace: true });
      await refresh();
    },
    onError,
  });
  const detachment = useMutation({
    mutationFn: () => detachVersion(version.id),
    onSuccess: async (fresh) => {
      notify(t("stack.detached", { name, title: fresh.title }));
      if (isShown) await navigate({ search: {}, replace: true });
      await refresh();
    },
    onError,
  });
  return (
    <li className={styles.stackRow} aria-current={isShown ? "true" : undefined}>
      <Link
        to="/a/$assetId"
        params={{ assetId: asset.id }}
        search={{ v: version.id }}
        className={styles.stackName}
      >
        <span>
          {name} {isCurrent ? <Badge tone="accent">{t("review.current")}</Badge> : null}{" "}
          <ApprovalBadge state={version.approval.state} />{" "}
          {version.held ? <Badge tone="warn">{t("holds.held")}</Badge> : null}
        </span>
        <small>
          {version.name} · {formatBytes(version.size)} · {formatAgo(version.created_at)}
        </small>
      </Link>
      {mayEdit && asset.versions.length > 1 ? (
        <Menu
          label={t("stack.actions", { name })}
          placement="bottom end"
          trigger={
            <IconButton
              label={t("stack.actions", { name })}
              size="small"
              isPending={promotion.isPending || detachment.isPending}
            >
              <EllipsisVertical />
            </IconButton>
          }
        >
          <MenuItem
            label={t("stack.promote")}
            icon={<ArrowUpToLine />}
            isDisabled={isCurrent}
            onAction={() => promotion.mutate()}
          />
          <MenuItem label={t("stack.detach")} icon={<Split />} onAction={() => detachment.mutate()} />
        </Menu>
      ) : null}
    </li>
  );
}
