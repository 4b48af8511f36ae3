import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { leaveTrail, type Trail, useAssetWindows } from "@/features/assets";
import { IconButton, useShortcuts } from "@/ui";
import styles from "./AssetPage.module.css";
import { openAsset } from "./opening";

/** Which of the two was pressed on the page before: each asset has a page of its own, and the focus must not get lost. */
let pressed: 1 | -1 | null = null;

/** To the assets before and after this one in the list in which it was opened. */
export function Neighbours({ trail }: { trail: Trail }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { asset, index, filters } = trail;
  const list = useAssetWindows(filters, Math.max(0, index - 1), index + 2);
  // The list may have changed since: what stands elsewhere now has no neighbours that anybody would expect.
  const isThere = list.at(index)?.id === asset;
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    if (pressed === null) return;
    const [before, after] = nav.current?.querySelectorAll("button") ?? [];
    const wanted = pressed === 1 ? after : before;
    pressed = null;
    (wanted?.disabled ? (before === wanted ? after : before) : wanted)?.focus();
  }, []);
  const go = (step: 1 | -1): void => {
    const other = isThere ? list.at(index + step) : undefined;
    if (!other) return;
    pressed = nav.current?.contains(document.activeElement) ? step : null;
    leaveTrail(sessionStorage, { ...trail, asset: other.id, index: index + step });
    void navigate({ to: "/a/$assetId", params: { assetId: other.id }, replace: true });
  };
  useShortcuts([
    ["Alt+ArrowUp", () => go(-1)],
    ["Alt+ArrowDown", () => go(1)],
  ]);
  useAtHand(isThere ? list.at(index - 1)?.id : undefined);
  useAtHand(isThere ? list.at(index + 1)?.id : undefined);
  if (!isThere) return null;
  return (
    <nav ref={nav} className={styles.neighbours} aria-label={t("neighbours.title")}>
      <IconButton
        label={t("neighbours.before")}
        shortcut="Alt ↑"
        isDisabled={index === 0}
        onPress={() => go(-1)}
      >
        <ChevronLeft />
      </IconButton>
      <span className="narrow-hidden">
        {t(list.isExact ? "neighbours.place" : "neighbours.placeMore", {
          place: index + 1,
          count: list.total,
        })}
      </span>
      <IconButton
        label={t("neighbours.after")}
        shortcut="Alt ↓"
        isDisabled={index + 1 >= list.total}
        onPress={() => go(1)}
      >
        <ChevronRight />
      </IconButton>
    </nav>
  );
}

/** Whoever looks through a list goes to the next asset before long. */
function useAtHand(asset: string | undefined): void {
  const queryClient = useQueryClient();
  useEffect(() => {
    if (asset !== undefined) void openAsset(queryClient, { asset, isPreload: true });
  }, [queryClient, asset]);
}
