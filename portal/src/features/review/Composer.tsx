import { MapPin, Send } from "lucide-react";
import { type KeyboardEvent, type Ref, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFrame } from "@/player";
import { Button, Checkbox, classNames } from "@/ui";
import styles from "./Comments.module.css";
import type { Anchor, Draft } from "./commentModel";
import type { Timing } from "./media";
import { positionLabel, useRoom } from "./room";

interface ComposerProps {
  /** Left out for a new thread. */
  parent?: string;
  mayWriteInternal: boolean;
  inputRef?: Ref<HTMLTextAreaElement>;
  onSend: (draft: Draft) => Promise<boolean>;
  onDone?: () => void;
}

/** Writes a comment on the frame that is shown, or on the marked range. Typing pauses. */
export function Composer({ parent, mayWriteInternal, inputRef, onSend, onDone }: ComposerProps) {
  const { t } = useTranslation();
  const room = useRoom();
  const [body, setBody] = useState("");
  const [anchored, setAnchored] = useState(true);
  const [internal, setInternal] = useState(false);
  const isReply = parent !== undefined;
  const { timing } = room;

  const send = async (): Promise<void> => {
    if (body.trim() === "") return;
    const anchor =
      timing && anchored && !isReply ? currentAnchor(room.range, room.player.clock.current) : null;
    const page = room.page && anchored && !isReply ? room.page.current : null;
    const sent = await onSend({ body, anchor, page, parent: parent ?? null, internal });
    if (!sent) return;
    setBody("");
    room.setRange(null);
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
  const placeholder = isReply
    ? t("comments.placeholderReply")
    : timing && anchored
      ? t(timing.unit === "frame" ? "comments.placeholder" : "comments.placeholderTime")
      : room.page && anchored
        ? t("comments.placeholderPage")
        : t("comments.placeholderNote");

  return (
    <form
      className={classNames(styles.composer, isReply && styles.inline)}
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
          <AnchorToggle timing={timing} anchored={anchored} onChange={setAnchored} />
        ) : null}
        {room.page && !isReply ? (
          <Toggle
            label={t("comments.page", { page: room.page.current })}
            hint={t("comments.onPage")}
            anchored={anchored}
            onChange={setAnchored}
          />
        ) : null}
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
