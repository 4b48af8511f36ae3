import { useNavigate } from "@tanstack/react-router";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useTranslation } from "react-i18next";
import { classNames } from "@/ui";
import styles from "./AssetCard.module.css";
import { type Column, sortAfter } from "./filters";

const COLUMNS: readonly { name: "title" | "kind" | "duration" | "size" | "created"; by: Column }[] = [
  { name: "title", by: "title" },
  { name: "kind", by: "kind" },
  { name: "duration", by: "duration" },
  { name: "size", by: "size" },
  { name: "created", by: "created_at" },
];
/** What a narrow screen has no room for. */
const WIDE = new Set(["kind", "size", "created"]);

/** The columns of the list; a press on one orders by it, another turns the order round. */
export function ListHead({ sort }: { sort: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: "/p/$projectId" });
  const heads = COLUMNS.map(({ name, by }) => {
    const isDown = sort === `-${by}`;
    return (
      <span key={name} className={WIDE.has(name) ? styles.wide : undefined}>
        <button
          type="button"
          aria-pressed={isDown || sort === by}
          className={styles.sorting}
          onClick={() =>
            void navigate({
              search: (before) => ({ ...before, sort: sortAfter(sort, by) }),
              replace: true,
            })
          }
        >
          {t(`assets.columns.${name}`)}
          {isDown ? <ArrowDown aria-hidden="true" /> : null}
          {sort === by ? <ArrowUp aria-hidden="true" /> : null}
        </button>
      </span>
    );
  });
  heads.splice(
    -1,
    0,
    <span key="comments" className={styles.wide}>
      {t("assets.columns.comments")}
    </span>,
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: what orders the list is no set of fields
    <div role="group" aria-label={t("assets.sort")} className={classNames(styles.row, styles.listHead)}>
      <span />
      <span />
      {heads}
    </div>
  );
}
