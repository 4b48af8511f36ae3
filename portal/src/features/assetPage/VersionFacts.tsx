import { useTranslation } from "react-i18next";
import type { Version } from "@/api/types";
import { parseRate } from "@/player";
import { formatBytes, formatDateTime, formatDuration } from "@/ui";
import styles from "./AssetPage.module.css";
import {
  colorOf,
  contentsOf,
  exposureOf,
  loudnessOf,
  packageOf,
  partOf,
  placeOf,
  rangesOf,
} from "./factsModel";

/** What is known of a file, in the words of those who work with it. */
export function VersionFacts({ version }: { version: Version }) {
  const { t } = useTranslation();
  const rate = parseRate(version.frame_rate);
  const { meta } = version;
  const media = partOf(meta, "media");
  const qc = partOf(meta, "qc");
  const text = contentsOf(media);
  const rows: readonly (readonly [string, string | null])[] = [
    [t("review.facts.name"), version.name],
    [t("review.facts.kind"), `${t(`assets.kinds.${version.kind}`)} (${version.type})`],
    [t("review.facts.size"), formatBytes(version.size)],
    [t("review.facts.duration"), version.duration === null ? null : formatDuration(version.duration)],
    [
      t("review.facts.picture"),
      version.width && version.height ? `${version.width} × ${version.height}` : null,
    ],
    [
      t("review.facts.rate"),
      rate ? `${Number((rate.num / rate.den).toFixed(3))} (${version.frame_rate})` : null,
    ],
    [t("review.facts.frames"), version.frame_count === null ? null : String(version.frame_count)],
    [
      t("review.facts.start"),
      version.start_timecode &&
        `${version.start_timecode}${version.drop_frame ? ` (${t("review.dropFrame")})` : ""}`,
    ],
    [t("review.facts.channels"), version.channels === null ? null : String(version.channels)],
    [t("review.facts.pages"), version.page_count === null ? null : String(version.page_count)],
    [t("review.facts.cues"), text.cues === null ? null : String(text.cues)],
    [t("review.facts.lines"), text.lines === null ? null : String(text.lines)],
    [t("review.facts.language"), text.language],
    [t("review.facts.codec"), [version.codec, version.audio_codec].filter(Boolean).join(", ") || null],
    [t("review.facts.container"), version.container],
    [t("review.facts.color"), colorOf(version.color, version.color_space, version.hdr)],
    [t("review.facts.captured"), version.captured_at && formatDateTime(version.captured_at)],
    [t("review.facts.camera"), version.camera],
    [t("review.facts.lens"), version.lens],
    [t("review.facts.exposure"), exposureOf(partOf(meta, "exif"))],
    [t("review.facts.place"), placeOf(version.latitude, version.longitude)],
    [t("review.facts.package"), packageOf(partOf(meta, "package"))],
    [t("review.facts.loudness"), loudnessOf(partOf(meta, "loudness"))],
    [t("review.facts.black"), rangesOf(qc, "black")],
    [t("review.facts.freeze"), rangesOf(qc, "freeze")],
    [t("review.facts.silence"), rangesOf(qc, "silence")],
    [t("review.facts.clipped"), rangesOf(qc, "clipped")],
    [t("review.facts.added"), formatDateTime(version.created_at)],
    [t("review.facts.locked"), version.locked_until && formatDateTime(version.locked_until)],
    [t("review.facts.sha256"), version.sha256],
  ];
  return (
    <dl className={styles.facts}>
      {rows.map(([name, value]) => (value === null ? null : <Fact key={name} name={name} value={value} />))}
    </dl>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}
