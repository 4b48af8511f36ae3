import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Job, Playback } from "@/api/types";
import { Progress } from "@/ui";
import type { ReviewAccess } from "./access";
import { runningJobQuery } from "./queries";
import styles from "./Viewer.module.css";

interface BuildingStateProps {
  access: ReviewAccess;
  version: string;
  playback: Playback;
}

/** What is being made of a new file, while there is nothing to play yet. */
export function BuildingState({ access, version, playback }: BuildingStateProps) {
  const { t } = useTranslation();
  const job = useQuery(runningJobQuery(access, version, true)).data ?? null;
  return (
    <>
      {playback.poster ? <img className={styles.poster} src={playback.poster} alt="" /> : null}
      <div className={styles.building} role="status">
        <h2>{t("review.buildingTitle")}</h2>
        <Progress label={t("review.buildingTitle")} value={job ? job.progress : undefined} />
        <p>{stageText(job) ? t(`preview.stages.${stageText(job) ?? "hls"}`) : t("review.buildingText")}</p>
      </div>
    </>
  );
}

const STAGES = ["probe", "hls", "mp4", "poster", "thumbnails", "storyboard", "waveform", "loudness"] as const;

/** The rendition that is being made now. */
function stageText(job: Job | null): (typeof STAGES)[number] | null {
  const running = job?.renditions.find((rendition) => rendition.state === "running");
  if (!running) return null;
  // A rung of the ladder is named after its height; its sound is a rendition of its own.
  if (/^\d+p$/.test(running.name) || running.name === "audio") return "hls";
  return STAGES.find((stage) => running.name.startsWith(stage)) ?? null;
}
