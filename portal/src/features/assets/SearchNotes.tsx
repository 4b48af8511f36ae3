import { useTranslation } from "react-i18next";
import { literally } from "./highlights";
import styles from "./ProjectPage.module.css";
import type { AssetList } from "./useAssetWindows";

interface SearchNotesProps {
  q: string;
  list: Pick<AssetList, "notes" | "corrected">;
  onSearch: (q: string) => void;
}

/** How a search was read: what was taken for mistyped, with a way back, and what could not be read. */
export function SearchNotes({ q, list: { corrected, notes }, onSearch }: SearchNotesProps) {
  const { t } = useTranslation();
  const mistyped = Object.entries(corrected);
  if (mistyped.length + notes.length === 0) return null;
  return (
    <div role="status" className={styles.note}>
      {mistyped.map(([typed, words]) => {
        const asTyped = literally(q, typed);
        return (
          <p key={typed}>
            {t("facets.corrected", { typed, words: words.join(", ") })}{" "}
            {asTyped ? (
              <button type="button" className={styles.asTyped} onClick={() => onSearch(asTyped)}>
                {t("facets.asTyped", { typed })}
              </button>
            ) : null}
          </p>
        );
      })}
      {notes.length > 0 ? <p>{notes.join(" ")}</p> : null}
    </div>
  );
}
