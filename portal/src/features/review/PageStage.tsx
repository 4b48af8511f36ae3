import { ChevronLeft, ChevronRight } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Pages } from "@/api/types";
import { IconButton, useShortcuts } from "@/ui";
import { useRoom } from "./room";
import { StillStage } from "./StillStage";
import styles from "./Viewer.module.css";

interface PageStageProps {
  pages: Pages;
  title: string;
}

/** The address of one page, from the template that playback answers. */
export function pageUrl(pages: Pages, page: number): string {
  return pages.image.replace("{n}", String(page));
}

/** A document to read: one page at a time, turned by keys, buttons, or its number. */
export function PageStage({ pages, title }: PageStageProps) {
  const { t } = useTranslation();
  const { page } = useRoom();
  const [size, setSize] = useState({ width: 1272, height: 1800 });
  const current = page?.current ?? 1;
  const last = page?.shown ?? 1;
  const go = (to: number): void => page?.go(to);
  useShortcuts([
    ["ArrowLeft", () => go(current - 1)],
    ["ArrowRight", () => go(current + 1)],
    ["PageUp", () => go(current - 1)],
    ["PageDown", () => go(current + 1)],
    ["Home", () => go(1)],
    ["End", () => go(last)],
  ]);
  const url = pageUrl(pages, current);
  return (
    <div className={styles.pages}>
      <StillStage
        key={current}
        url={url}
        title={t("review.pageOf", { title, page: current })}
        {...size}
        onSize={setSize}
      />
      {current < last ? <img hidden alt="" src={pageUrl(pages, current + 1)} /> : null}
      <div className={styles.turn}>
        <IconButton
          label={t("review.previousPage")}
          shortcut="←"
          size="small"
          isDisabled={current <= 1}
          onPress={() => go(current - 1)}
        >
          <ChevronLeft />
        </IconButton>
        <PageField key={current} current={current} count={pages.count} go={go} />
        <IconButton
          label={t("review.nextPage")}
          shortcut="→"
          size="small"
          isDisabled={current >= last}
          onPress={() => go(current + 1)}
        >
          <ChevronRight />
        </IconButton>
        {current === last && last < pages.count ? (
          <span className={styles.more}>
            {t("review.morePages", { shown: pages.shown, count: pages.count })}
          </span>
        ) : null}
      </div>
    </div>
  );
}

function PageField({ current, count, go }: { current: number; count: number; go: (page: number) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(String(current));
  const submit = (event?: FormEvent): void => {
    event?.preventDefault();
    const wanted = Number(text);
    if (Number.isInteger(wanted) && wanted > 0) go(wanted);
    setText(String(current));
  };
  return (
    <form onSubmit={submit}>
      <input
        inputMode="numeric"
        aria-label={t("review.page")}
        value={text}
        size={Math.max(2, text.length)}
        onChange={(event) => setText(event.target.value)}
        onBlur={() => submit()}
      />
      <span>{t("review.ofPages", { count })}</span>
    </form>
  );
}
