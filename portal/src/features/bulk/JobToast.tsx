import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { problemOfJob } from "@/api/jobs";
import { assetsKey, collectionsKey, searchesKey } from "@/api/keys";
import type { Job } from "@/api/types";
import {
  Actions,
  Button,
  buttonClass,
  Dialog,
  formatDateTime,
  notifyError,
  notifyLasting,
  Progress,
  ToastTitle,
} from "@/ui";
import styles from "./Bulk.module.css";
import {
  type BulkFault,
  fileAddress,
  followersOf,
  handedOverOf,
  hasEnded,
  type LeftBehind,
  resultOf,
} from "./model";
import { cancelJob, followedJobQuery, undoJob } from "./queries";

interface Followed {
  job: Job;
  project: string;
  mayUndo: boolean;
  /** How it is taken back, where that is another job than its undo: only as a whole. */
  takeBack?: (() => Promise<Job>) | undefined;
  /** What is said when it has ended well, where it is not about a number of assets. */
  success?: string;
}

/** Shows how a job over many assets goes, until it is closed. */
export function followJob(followed: Followed): void {
  notifyLasting((close) => <JobToast {...followed} onClose={close} />);
}

/** What has ended well goes by itself after so long. */
const LASTS_MS = 15_000;

function JobToast(props: Followed & { onClose: () => void }) {
  const { job: started, project, takeBack, success, onClose } = props;
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [followed, setFollowed] = useState(started);
  const [shown, setShown] = useState<"faults" | "left" | null>(null);
  const { data } = useQuery(followedJobQuery(followed.id));
  const job = data ?? followed;
  const isUndo = followed.id !== started.id;
  const words = useJobWords(job, isUndo);
  const ended = hasEnded(job);
  const { errors, failed } = resultOf(job);
  const followers = followersOf(job);
  const left = followers?.left ?? [];
  useEffect(() => {
    if (!ended) return;
    void queryClient.invalidateQueries({ queryKey: assetsKey(project) });
    void queryClient.invalidateQueries({ queryKey: collectionsKey(project) });
    void queryClient.invalidateQueries({ queryKey: searchesKey(job.organization) });
    void queryClient.invalidateQueries({ queryKey: ["asset"] });
  }, [ended, queryClient, project, job.organization]);
  const file = job.state === "succeeded" ? handedOverOf(job) : null;
  const isFine = job.state === "succeeded" && failed + left.length === 0 && file === null && shown === null;
  useEffect(() => {
    if (!isFine) return;
    const timer = setTimeout(onClose, LASTS_MS);
    return () => clearTimeout(timer);
  }, [isFine, onClose]);
  const onError = (error: Error): void => notifyError(t("ui.notDone"), error);
  const undo = useMutation({
    mutationFn: () => (takeBack ? takeBack() : undoJob(started.id)),
    onSuccess: setFollowed,
    onError,
  });
  const isUndoable = ended && !isUndo && mayTakeBack(props, job);
  const cancellation = useMutation({ mutationFn: () => cancelJob(job.id), onError });
  return (
    <div className={styles.toast}>
      <p>
        <ToastTitle>{job.state === "succeeded" && success ? success : words}</ToastTitle>
        {/* Seen, not said: every step of it would be announced. */}
        {ended ? null : <span aria-hidden="true"> {Math.round(job.progress * 100)} %</span>}
      </p>
      {ended ? null : <Progress label={t("bulk.progress")} value={job.progress} />}
      {file?.expiresAt ? (
        <p className={styles.kept}>{t("bulk.keptUntil", { time: formatDateTime(file.expiresAt) })}</p>
      ) : null}
      {ended && followers && followers.changed > 0 ? (
        <p className={styles.kept}>{t("bulk.followed", { count: followers.changed })}</p>
      ) : null}
      {ended && left.length > 0 ? (
        <p className={styles.kept}>{t("bulk.leftBehind", { count: left.length })}</p>
      ) : null}
      <div className={styles.toastActions}>
        {ended ? null : (
          <Button size="small" isPending={cancellation.isPending} onPress={() => cancellation.mutate()}>
            {t("ui.cancel")}
          </Button>
        )}
        {isUndoable ? (
          <Button size="small" isPending={undo.isPending} onPress={() => undo.mutate()}>
            {t("bulk.undo")}
          </Button>
        ) : null}
        {file ? (
          <a href={fileAddress(job.id)} download className={buttonClass({ size: "small" })}>
            {t("bulk.download")}
          </a>
        ) : null}
        {errors.length > 0 ? (
          <Button size="small" onPress={() => setShown("faults")}>
            {t("bulk.showErrors")}
          </Button>
        ) : null}
        {left.length > 0 ? (
          <Button size="small" onPress={() => setShown("left")}>
            {t("bulk.showLeft")}
          </Button>
        ) : null}
      </div>
      <Faults faults={errors} isOpen={shown === "faults"} onClose={() => setShown(null)} />
      <Left left={left} isOpen={shown === "left"} onClose={() => setShown(null)} />
    </div>
  );
}

/** Something was done, and can be undone: by the job itself, or, where all of it was done, by another. */
function mayTakeBack({ mayUndo, takeBack }: Followed, job: Job): boolean {
  const { done, failed } = resultOf(job);
  return done > 0 && (mayUndo || (takeBack !== undefined && failed === 0));
}

function useJobWords(job: Job, isUndo: boolean): string {
  const { t } = useTranslation();
  const { done, failed, skipped } = resultOf(job);
  const file = handedOverOf(job);
  const parts = [
    t(isUndo ? "bulk.undone" : "bulk.done", { count: done }),
    failed > 0 && t("bulk.failed", { count: failed }),
    skipped > 0 && t("bulk.skipped", { count: skipped }),
  ].filter(Boolean);
  switch (job.state) {
    case "succeeded":
      return file === null ? parts.join(", ") : t("bulk.exported", { count: file.rows });
    case "cancelled":
      return `${t("bulk.cancelled")}: ${parts.join(", ")}`;
    case "failed":
      return `${t("ui.notDone")}: ${problemOfJob(job).message}`;
    default:
      return t(isUndo ? "bulk.undoing" : "bulk.working");
  }
}

interface FaultsProps {
  faults: readonly BulkFault[];
  isOpen: boolean;
  onClose: () => void;
}

function Faults({ faults, isOpen, onClose }: FaultsProps) {
  const { t } = useTranslation();
  return (
    <Dialog wide title={t("bulk.errors")} isOpen={isOpen} onClose={onClose}>
      <ul className={styles.faults}>
        {faults.map(({ id, detail }) => (
          <li key={id}>
            <a href={`/a/${id}`} target="_blank" rel="noreferrer">
              {t("bulk.openAsset")}
            </a>{" "}
            {detail}
          </li>
        ))}
      </ul>
      <Actions>
        <Button onPress={onClose}>{t("ui.close")}</Button>
      </Actions>
    </Dialog>
  );
}

interface LeftProps {
  left: readonly LeftBehind[];
  isOpen: boolean;
  onClose: () => void;
}

function Left({ left, isOpen, onClose }: LeftProps) {
  const { t } = useTranslation();
  return (
    <Dialog wide title={t("bulk.leftTitle")} isOpen={isOpen} onClose={onClose}>
      <ul className={styles.faults}>
        {left.map(({ id, kind, name, detail }) => (
          <li key={id}>
            {t(`bulk.leftKinds.${kind}`)} <strong>{name}</strong>: {detail}
          </li>
        ))}
      </ul>
      <Actions>
        <Button onPress={onClose}>{t("ui.close")}</Button>
      </Actions>
    </Dialog>
  );
}
