import { useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Playback } from "@/api/types";
import { Progress } from "@/ui";
import type { ReviewAccess } from "./access";
import { type Building, buildingOf, roughly } from "./building";
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
  const building = buildingOf(playback, job);
  return (
    <>
      {playback.poster ? <img className={styles.poster} src={playback.poster} alt="" /> : null}
      <div className={styles.building} role="status">
        <h2>{playback.preparing ? t("review.preparing") : buildingTitle(t, building.secondsLeft)}</h2>
        <Progress label={t("preview.building")} value={building.progress ?? undefined} />
        {building.renditions.length > 0 ? <Renditions building={building} /> : null}
        <p>
          {playback.preparing
            ? t("review.preparingText")
            : building.position
              ? t("preview.ahead", { count: building.position })
              : t("review.buildingText")}
        </p>
      </div>
    </>
  );
}

/** "Building previews, about 2 minutes". */
export function buildingTitle(t: TFunction, secondsLeft: number | null): string {
  if (secondsLeft === null) return t("preview.building");
  const { key, count } = roughly(secondsLeft);
  return t("preview.buildingAbout", { time: t(`preview.about.${key}`, { count }) });
}

function Renditions({ building }: { building: Building }) {
  const { t } = useTranslation();
  return (
    <ul className={styles.renditions}>
      {building.renditions.map(({ name, state, progress }) => (
        <li key={name}>
          <span>{nameOf(t, name)}</span>
          <Progress
            label={nameOf(t, name)}
            value={state === "succeeded" ? 1 : progress}
            tone={state === "succeeded" ? "ok" : "accent"}
          />
        </li>
      ))}
    </ul>
  );
}

const NAMED = ["poster", "thumbnails", "storyboard", "waveform", "audio", "mp4", "pages"] as const;

/** Rungs of the ladder are named after their height. */
function nameOf(t: TFunction, name: string): string {
  const known = NAMED.find((each) => each === name);
  return known ? t(`preview.renditions.${known}`) : name;
}
