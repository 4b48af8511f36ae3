import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { problemOfJob } from "@/api/jobs";
import { assetsKey } from "@/api/keys";
import type { Job, Project } from "@/api/types";
import { fileAddress, followedJobQuery, handedOverOf, hasEnded } from "@/features/bulk";
import { sendFile } from "@/features/upload";
import { Actions, Button, Dialog, notifyError, Progress } from "@/ui";
import { type Chosen, ImportForm } from "./ImportForm";
import styles from "./Imports.module.css";
import { reportOf } from "./model";
import { type ImportRequest, startImport } from "./queries";
import { Report } from "./Report";

interface ImportDialogProps {
  project: Project;
  isOpen: boolean;
  onClose: () => void;
}

/** Brings metadata of a file to the assets: tried first, and done when what it would do has been seen. */
export function ImportDialog({ project, isOpen, onClose }: ImportDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog wide title={t("imports.title")} isOpen={isOpen} onClose={onClose}>
      <Steps project={project} onClose={onClose} />
    </Dialog>
  );
}

interface Run {
  readonly request: ImportRequest;
  readonly job: Job;
}

function Steps({ project, onClose }: { project: Project; onClose: () => void }) {
  const { t } = useTranslation();
  const [run, setRun] = useState<Run | null>(null);
  const [sent, setSent] = useState(0);
  const stop = useRef(new AbortController());
  useEffect(() => {
    const { current } = stop;
    return () => current.abort();
  }, []);
  const onError = (error: Error): void => {
    if (!stop.current.signal.aborted) notifyError(t("ui.notDone"), error);
  };
  const trial = useMutation({
    mutationFn: async ({ file, format, ...options }: Chosen): Promise<Run> => {
      setSent(0);
      const { signal } = stop.current;
      const upload = await sendFile(file, { project: project.id, signal, onProgress: setSent });
      const request = { ...options, upload, format, dry_run: true };
      return { request, job: await startImport(request) };
    },
    onSuccess: setRun,
    onError,
  });
  const start = useMutation({
    mutationFn: async ({ request }: Run): Promise<Run> => {
      const real = { ...request, dry_run: false };
      return { request: real, job: await startImport(real) };
    },
    onSuccess: setRun,
    onError,
  });
  if (trial.isPending) {
    return (
      <div className={styles.waiting}>
        <p role="status">{t("imports.sending")}</p>
        <Progress label={t("imports.sending")} value={sent} />
      </div>
    );
  }
  if (run === null) {
    return <ImportForm project={project} onChoose={(chosen) => trial.mutate(chosen)} onClose={onClose} />;
  }
  return (
    <Running
      key={run.job.id}
      project={project}
      run={run}
      isStarting={start.isPending}
      onBack={() => setRun(null)}
      onStart={() => start.mutate(run)}
      onClose={onClose}
    />
  );
}

interface RunningProps {
  project: Project;
  run: Run;
  isStarting: boolean;
  onBack: () => void;
  onStart: () => void;
  onClose: () => void;
}

function Running({ project, run, isStarting, onBack, onStart, onClose }: RunningProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const isTrial = run.request.dry_run === true;
  const { data } = useQuery(followedJobQuery(run.job.id));
  const job = data ?? run.job;
  const ended = hasEnded(job);
  useEffect(() => {
    if (!ended || isTrial) return;
    void queryClient.invalidateQueries({ queryKey: assetsKey(project.id) });
    void queryClient.invalidateQueries({ queryKey: ["asset"] });
  }, [ended, isTrial, queryClient, project.id]);
  if (!ended) {
    const words = isTrial ? t("imports.checking") : t("imports.importing");
    return (
      <div className={styles.waiting}>
        <p role="status">{words}</p>
        <Progress label={words} value={job.progress} />
        {isTrial ? null : <p className={styles.hint}>{t("imports.goesOn")}</p>}
      </div>
    );
  }
  const report = reportOf(job);
  const file = handedOverOf(job);
  return (
    <>
      {job.state === "succeeded" ? (
        <Report report={report} isTrial={isTrial} file={file && { ...file, address: fileAddress(job.id) }} />
      ) : (
        <p role="alert" className={styles.failed}>
          {problemOfJob(job).message || t("ui.failed")}
        </p>
      )}
      <Actions>
        {isTrial ? <Button onPress={onBack}>{t("imports.another")}</Button> : null}
        <Button onPress={onClose}>{isTrial ? t("ui.cancel") : t("ui.close")}</Button>
        {isTrial && job.state === "succeeded" ? (
          <Button look="primary" isDisabled={report.changed === 0} isPending={isStarting} onPress={onStart}>
            {t("imports.start", { count: report.changed })}
          </Button>
        ) : null}
      </Actions>
    </>
  );
}
