import { Pencil } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Comment } from "@/api/types";
import { Avatar, Badge, Button, formatAgo, formatDateTime } from "@/ui";
import type { ReviewAccess } from "./access";
import styles from "./Comments.module.css";
import { anchorOf, type Outgoing } from "./commentModel";
import { positionLabel, useRoom } from "./room";
import { keepUnsent, placeOf, unsentAt } from "./unsent";
import type { Comments } from "./useComments";

// Guests have none, so their page does without menus.
const CommentTools = lazy(() =>
  import("./CommentTools").then(({ CommentTools: tools }) => ({ default: tools })),
);

interface CommentCardProps {
  comment: Comment;
  access: ReviewAccess;
  comments: Comments;
  onJump: () => void;
}

export function CommentCard({ comment, access, comments, onJump }: CommentCardProps) {
  const { t } = useTranslation();
  const place = placeOf(access, comment.version, `edit.${comment.id}`);
  const [editing, setEditing] = useState(() => unsentAt(sessionStorage, place) !== null);
  const stopEditing = (): void => {
    keepUnsent(sessionStorage, place, null);
    setEditing(false);
  };
  const { author } = comment;
  return (
    <article className={`${styles.comment} ${comment.resolved ? styles.isResolved : ""}`}>
      <Avatar name={author.name} small />
      <header className={styles.head}>
        <span className={styles.author}>{author.name}</span>
        {author.kind === "guest" ? <Badge>{t("comments.guest")}</Badge> : null}
        <time className={styles.ago} dateTime={comment.created_at} title={formatDateTime(comment.created_at)}>
          {formatAgo(comment.created_at)}
          {comment.edited_at ? `, ${t("comments.edited")}` : null}
        </time>
        {access.changeComment || access.linkTo ? (
          <Suspense>
            <CommentTools
              comment={comment}
              access={access}
              comments={comments}
              onEdit={() => setEditing(true)}
            />
          </Suspense>
        ) : null}
      </header>
      <div className={styles.text}>
        {editing ? (
          <EditForm comment={comment} place={place} comments={comments} onDone={stopEditing} />
        ) : (
          <p className={styles.body}>
            <Place comment={comment} onJump={onJump} />
            {comment.internal || comment.resolved ? (
              <span className={styles.badges}>
                {comment.internal ? <Badge tone="warn">{t("comments.internal")}</Badge> : null}
                {comment.resolved ? <Badge tone="ok">{t("comments.resolved")}</Badge> : null}
              </span>
            ) : null}
            {comment.body}
          </p>
        )}
      </div>
    </article>
  );
}

function Place({ comment, onJump }: { comment: Comment; onJump: () => void }) {
  const { t } = useTranslation();
  const said = useSaid(comment);
  const hasDrawing = Boolean(comment.annotation);
  if (comment.parent || (!said && !hasDrawing)) return null;
  const spoken = [said?.spoken, hasDrawing && t("comments.drawing")].filter(Boolean).join(", ");
  return (
    <button type="button" className={styles.place} aria-label={spoken} onClick={onJump}>
      {said?.text}
      {hasDrawing ? <Pencil aria-hidden="true" /> : null}
    </button>
  );
}

/** Where a comment stands: as it is read, and as it is heard. */
function useSaid(comment: Comment): { text: string; spoken: string } | null {
  const { t } = useTranslation();
  const { timing, page } = useRoom();
  if (comment.page && page) {
    const text = t("comments.page", { page: comment.page });
    return { text, spoken: text };
  }
  const anchor = anchorOf(comment);
  if (!anchor || !timing) return null;
  const from = comment.timecode ?? positionLabel(anchor.from, timing);
  const isRange = anchor.to > anchor.from + 1;
  return {
    text: isRange ? `${from} – ${positionLabel(anchor.to - 1, timing)}` : from,
    spoken: t("comments.jump", { timecode: from }),
  };
}

interface EditFormProps {
  comment: Comment;
  /** Where what is written is kept until it is saved. */
  place: string;
  comments: Comments;
  onDone: () => void;
}

function EditForm({ comment, place, comments, onDone }: EditFormProps) {
  const { t } = useTranslation();
  const [body, setBody] = useState(() => unsentAt(sessionStorage, place)?.body ?? comment.body);
  useEffect(() => {
    keepUnsent(sessionStorage, place, body === comment.body ? null : { body, internal: false, at: null });
  }, [place, body, comment.body]);
  const save = async (): Promise<void> => {
    if (body.trim() === "") return;
    if (await comments.change(comment.id, { body: body.trim() })) onDone();
  };
  return (
    <form
      className={`${styles.composer} ${styles.inline}`}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <textarea
        // biome-ignore lint/a11y/noAutofocus: the field appears because someone asked to edit
        autoFocus
        aria-label={t("ui.edit")}
        className={styles.input}
        maxLength={10_000}
        value={body}
        onChange={(event) => setBody(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") onDone();
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void save();
        }}
      />
      <div className={styles.row}>
        <Button look="quiet" size="small" onPress={onDone}>
          {t("ui.cancel")}
        </Button>
        <Button type="submit" look="primary" size="small">
          {t("ui.save")}
        </Button>
      </div>
    </form>
  );
}

interface OutgoingCardProps {
  entry: Outgoing;
  name: string;
  comments: Comments;
}

/** A comment that the server does not have yet. */
export function OutgoingCard({ entry, name, comments }: OutgoingCardProps) {
  const { t } = useTranslation();
  const failed = entry.state === "failed";
  return (
    <article className={`${styles.comment} ${failed ? "" : styles.pending}`} aria-busy={!failed}>
      <Avatar name={name} small />
      <header className={styles.head}>
        <span className={styles.author}>{name}</span>
        <span className={styles.ago}>{failed ? t("comments.notSent") : t("comments.sending")}</span>
      </header>
      <div className={styles.text}>
        <p className={styles.body}>{entry.draft.body}</p>
        {failed ? (
          <div className={styles.problem} role="alert">
            <span>{entry.problem}</span>
            <Button size="small" onPress={() => comments.retry(entry)}>
              {t("ui.retry")}
            </Button>
            <Button look="quiet" size="small" onPress={() => comments.discard(entry)}>
              {t("comments.discard")}
            </Button>
          </div>
        ) : null}
      </div>
    </article>
  );
}
