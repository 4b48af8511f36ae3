import { MapPin, Pencil, Send } from "lucide-react";
import { type KeyboardEvent, type Ref, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFrame } from "@/player";
import { Button, Checkbox, classNames } from "@/ui";
import styles from "./Comments.module.css";
import type { Anchor, Draft } from "./commentModel";
import type { Timing } from "./media";
import { positionLabel, type Room, type Sketch, useRoom } from "./room";
import { drawingOf } from "./shapes";
import { keepUnsent, unsentAt } from "./unsent";
import { useWithin } from "./useWithin";

interface ComposerProps {
  /** Left out for a new thread. */
  parent?: string;
  /** Where what is written is kept until it is sent. */
  place: string;
  mayWriteInternal: boolean;
  inputRef?: Ref<HTMLTextAreaElement>;
  onSend: (draft: Draft) => Promise<boolean>;
  onDone?: () => void;
}

/** Writes a comment on the frame that is shown, or on the marked range. Typing pauses. */
export function Composer({ parent, place, mayWriteInternal, inputRef, onSend, onDone }: ComposerProps) {
  const { t } = useTranslation();
  const room = useRoom();
  const { timing } = room;
  const isReply = parent !== undefined;
  const sketch = isReply ? null : room.sketch;
  const { body, setBody, internal, setInternal } = useUnsent(place, sketch);
  const [anchored, setAnchored] = useState(true);
  // A drawing is nothing without its picture.
  const isAnchored = !isReply && (anchored || (sketch?.shapes.length ?? 0) > 0);

  const send = async (): Promise<void> => {
    if (body.trim() === "") return;
    const sent = await onSend({
      body,
      ...placeIn(room, isAnchored),
      parent: parent ?? null,
      internal,
      drawing: drawingOf(sketch?.shapes ?? []),
    });
    if (!sent) return;
    // What is gone with the box, as in a reply, hears of nothing afterwards.
    keepUnsent(sessionStorage, place, null);
    setBody("");
    room.setRange(null);
    sketch?.set([]);
    sketch?.turn(false);
    onDone?.();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void send();
    }
    if (event.key === "Escape") {
      if (isReply) onDone?.();
      else if (event.currentTarget instanceof HTMLElement) event.currentTarget.blur();
    }
  };
  const placeholder = usePlaceholder(isReply, isAnchored);
  const { isWithin, handlers } = useWithin();
  const isWriting = isWithin || body !== "" || Boolean(sketch?.isOn || sketch?.shapes.length);

  return (
    <form
      className={classNames(styles.composer, isReply && styles.inline, isWriting && styles.isWriting)}
      {...handlers}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <textarea
        ref={inputRef}
        // biome-ignore lint/a11y/noAutofocus: a reply field appears because someone asked for it
        autoFocus={isReply}
        aria-label={placeholder}
        placeholder={placeholder}
        className={styles.input}
        rows={isReply ? 1 : 2}
        maxLength={10_000}
        value={body}
        onChange={(event) => {
          room.player.pause();
          setBody(event.target.value);
        }}
        onKeyDown={onKeyDown}
      />
      <div className={styles.row}>
        {timing && !isReply ? (
          <AnchorToggle timing={timing} anchored={isAnchored} onChange={setAnchored} />
        ) : null}
        {room.page && !isReply ? (
          <Toggle
            label={t("comments.page", { page: room.page.current })}
            hint={t("comments.onPage")}
            anchored={isAnchored}
            onChange={setAnchored}
          />
        ) : null}
        {sketch ? <DrawToggle sketch={sketch} /> : null}
        {mayWriteInternal ? (
          <Checkbox isSelected={internal} onChange={setInternal}>
            <span title={t("comments.internalHint")}>{t("comments.internal")}</span>
          </Checkbox>
        ) : null}
        <Button type="submit" look="primary" size="small" isDisabled={body.trim() === ""}>
          <Send />
          {isReply ? t("comments.reply") : t("comments.send")}
        </Button>
      </div>
    </form>
  );
}

/** What is written, kept until it is sent, with where it was written and what is drawn to go with it. */
function useUnsent(place: string, sketch: Sketch | null) {
  const { timing, range, player } = useRoom();
  const [kept] = useState(() => unsentAt(sessionStorage, place));
  const [body, setBody] = useState(kept?.body ?? "");
  const [internal, setInternal] = useState(kept?.internal ?? false);
  const shapes = sketch?.shapes;
  useEffect(() => {
    const at = timing ? currentAnchor(range, player.clock.current) : null;
    keepUnsent(sessionStorage, place, { body, internal, at, ...(shapes && { shapes }) });
  }, [place, body, internal, shapes, timing, range, player]);
  return { body, setBody, internal, setInternal };
}

/** What a comment would be on now. */
function placeIn({ timing, range, player, page }: Room, isAnchored: boolean) {
  return {
    anchor: timing && isAnchored ? currentAnchor(range, player.clock.current) : null,
    page: page && isAnchored ? page.current : null,
  };
}

function usePlaceholder(isReply: boolean, isAnchored: boolean): string {
  const { t } = useTranslation();
  const { timing, page } = useRoom();
  if (isReply) return t("comments.placeholderReply");
  if (timing && isAnchored)
    return t(timing.unit === "frame" ? "comments.placeholder" : "comments.placeholderTime");
  return t(page && isAnchored ? "comments.placeholderPage" : "comments.placeholderNote");
}

/** Begins and ends drawing on the picture, and says how much is drawn. */
function DrawToggle({ sketch }: { sketch: Sketch }) {
  const { t } = useTranslation();
  const { player } = useRoom();
  return (
    <button
      type="button"
      aria-pressed={sketch.isOn}
      aria-label={t("comments.draw")}
      title={`${t("comments.draw")} (D)`}
      className={classNames(styles.anchor, styles.draw)}
      onClick={() => {
        player.pause();
        sketch.turn(!sketch.isOn);
      }}
    >
      <Pencil aria-hidden="true" />
      {sketch.shapes.length > 0 ? sketch.shapes.length : null}
    </button>
  );
}

/** The marked range, else the frame on screen. */
function currentAnchor(range: Anchor | null, frame: number): Anchor {
  return range ?? { from: frame, to: frame + 1 };
}

interface AnchorToggleProps {
  timing: Timing;
  anchored: boolean;
  onChange: (anchored: boolean) => void;
}

function AnchorToggle({ timing, anchored, onChange }: AnchorToggleProps) {
  const { t } = useTranslation();
  const { player, range } = useRoom();
  const { frame } = useFrame(player);
  const { from, to } = currentAnchor(range, frame);
  const label = range
    ? `${positionLabel(from, timing)} – ${positionLabel(to - 1, timing)}`
    : positionLabel(from, timing);
  return <Toggle label={label} hint={t("comments.onFrame")} anchored={anchored} onChange={onChange} />;
}

interface ToggleProps {
  label: string;
  hint: string;
  anchored: boolean;
  onChange: (anchored: boolean) => void;
}

function Toggle({ label, hint, anchored, onChange }: ToggleProps) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      aria-pressed={anchored}
      className={classNames(styles.anchor, anchored && "mono")}
      title={anchored ? hint : t("comments.general")}
      onClick={() => onChange(!anchored)}
    >
      <MapPin aria-hidden="true" />
      {anchored ? label : t("comments.general")}
    </button>
  );
}
