import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Asset } from "@/api/types";
import { projectFieldsQuery } from "@/features/fields";
import styles from "./AssetCard.module.css";
import { foundIn, type Highlight, piecesOf } from "./highlights";

/** A text with what was found in it marked. */
function Marked({ text, ranges }: Pick<Highlight, "text" | "ranges">) {
  let at = 0;
  return piecesOf(text, ranges).map((piece) => {
    at += piece.text.length;
    return piece.isFound ? <mark key={at}>{piece.text}</mark> : piece.text;
  });
}

/** The title of an asset, with what was found in it marked. */
export function FoundTitle({ asset }: { asset: Asset }) {
  const { title } = foundIn(asset.highlights);
  return title && title.text === asset.title ? <Marked {...title} /> : asset.title;
}

/** Where beside its title an asset says what was searched for. */
export function FoundBeside({ asset }: { asset: Asset }) {
  const { beside } = foundIn(asset.highlights);
  const word = usePlaceWord(asset.project, beside?.in);
  if (!beside) return null;
  return (
    <span className={styles.found} title={`${word}: ${beside.text}`}>
      <span className={styles.where}>{word}</span> <Marked {...beside} />
    </span>
  );
}

const PLACES = ["tag", "name", "comment", "sidecar"] as const;

function usePlaceWord(project: string, place: string | undefined): string {
  const { t } = useTranslation();
  const isField = place?.startsWith("field.") ?? false;
  const { data: fields = [] } = useQuery({ ...projectFieldsQuery(project), enabled: isField });
  const known = PLACES.find((each) => each === place);
  if (known) return t(`found.${known}`);
  return fields.find(({ key }) => `field.${key}` === place)?.name ?? place ?? "";
}
