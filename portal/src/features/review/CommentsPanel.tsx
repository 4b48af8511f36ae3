import { MessageSquare } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, classNames, EmptyState, ErrorState, Segments, Skeleton } from "@/ui";
import type { ReviewAccess } from "./access";
import { CommentCard, OutgoingCard } from "./CommentCard";
import styles from "./Comments.module.css";
import { Composer } from "./Composer";
import { type CommentFilter, filterThreads, type Outgoing, type Thread } from "./commentModel";
import type { Timing } from "./media";
import { useRoom } from "./room";
import { placeOf, unsentAt } from "./unsent";
import type { Comments } from "./useComments";

const FILTERS = ["all", "open", "mine"] as const satisfies readonly CommentFilter[];
const FILTER_LABELS = {
  all: "comments.filterAll",
  open: "comments.filterOpen",
  mine: "comments.filterMine",
} as const;

interface CommentsPanelProps {
  access: ReviewAccess;
  version: string;
  comments: Comments;
  threads: readonly Thread[];
  active: string | null;
  onOpen: (thread: Thread) => void;
  composer: RefObject<HTMLTextAreaElement | null>;
}

export function CommentsPanel(props: CommentsPanelProps) {
  const { access, version, comments, threads, active, onOpen, composer } = props;
  const { t } = useTranslation();
  const [filter, setFilter] = useState<CommentFilter>("all");
  const shown = filterThreads(threads, filter, access.me);
  const fresh = comments.outgoing.filter(({ draft }) => draft.parent === null);
  return (
    <section className={styles.panel} aria-label={t("review.comments")}>
      {threads.length > 0 ? (
        <div className={styles.filter}>
          <span>{t("comments.count", { count: comments.query.data?.length ?? 0 })}</span>
          <Segments
            label={t("comments.filter")}
            value={filter}
            options={FILTERS.map((value) => ({ value, label: t(FILTER_LABELS[value]) }))}
            onChange={setFilter}
          />
        </div>
      ) : null}
      <div
        className={styles.list}
        role="log"
        aria-live="polite"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by key too
        tabIndex={0}
        aria-label={t("review.comments")}
      >
        <ListState
          access={access}
          comments={comments}
          threads={threads}
          isFiltered={shown.length < threads.length && shown.length === 0}
        />
        {shown.map((thread) => (
          <ThreadCard
            key={thread.root.id}
            thread={thread}
            access={access}
            comments={comments}
            outgoing={comments.outgoing.filter(({ draft }) => draft.parent === thread.root.id)}
            isActive={thread.root.id === active}
            onOpen={() => onOpen(thread)}
          />
        ))}
        {fresh.map((entry) => (
          <div key={entry.localId} className={styles.thread}>
            <OutgoingCard entry={entry} name={access.me?.name ?? ""} comments={comments} />
          </div>
        ))}
      </div>
      {access.mayComment ? (
        <Composer
          place={placeOf(access, version)}
          mayWriteInternal={access.mayWriteInternal}
          inputRef={composer}
          onSend={comments.send}
        />
      ) : null}
    </section>
  );
}

interface ListStateProps {
  access: ReviewAccess;
  comments: Comments;
  threads: readonly Thread[];
  isFiltered: boolean;
}

function ListState({ access, comments, threads, isFiltered }: ListStateProps) {
  const { t } = useTranslation();
  const { timing } = useRoom();
  const { query, outgoing } = comments;
  if (query.isPending) {
    return (
      <>
        <Skeleton className={styles.skeleton} />
        <Skeleton className={styles.skeleton} />
      </>
    );
  }
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (isFiltered) return <EmptyState icon={<MessageSquare />} text={t("comments.emptyFilter")} />;
  if (threads.length > 0 || outgoing.length > 0) return null;
  return (
    <EmptyState
      icon={<MessageSquare />}
      text={access.mayComment ? t(emptyText(timing)) : t("comments.emptyViewer")}
    />
  );
}

function emptyText(timing: Timing | null) {
  if (!timing) return "comments.emptyNote";
  return timing.unit === "frame" ? "comments.empty" : "comments.emptySound";
}

interface ThreadCardProps {
  thread: Thread;
  access: ReviewAccess;
  comments: Comments;
  outgoing: readonly Outgoing[];
  isActive: boolean;
  onOpen: () => void;
}

function ThreadCard({ thread, access, comments, outgoing, isActive, onOpen }: ThreadCardProps) {
  const { t } = useTranslation();
  const place = placeOf(access, thread.root.version, thread.root.id);
  const [replying, setReplying] = useState(
    () => access.mayComment && unsentAt(sessionStorage, place) !== null,
  );
  const card = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isActive) card.current?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }, [isActive]);
  return (
    <div
      ref={card}
      className={classNames(styles.thread, isActive && styles.active)}
      data-comment={thread.root.id}
    >
      <CommentCard comment={thread.root} access={access} comments={comments} onJump={onOpen} />
      <div className={styles.replies}>
        {thread.replies.map((reply) => (
          <CommentCard key={reply.id} comment={reply} access={access} comments={comments} onJump={onOpen} />
        ))}
        {outgoing.map((entry) => (
          <OutgoingCard key={entry.localId} entry={entry} name={access.me?.name ?? ""} comments={comments} />
        ))}
        {replying ? (
          <Composer
            parent={thread.root.id}
            place={place}
            mayWriteInternal={access.mayWriteInternal}
            onSend={comments.send}
            onDone={() => setReplying(false)}
          />
        ) : null}
      </div>
      {access.mayComment && !replying ? (
        <div className={styles.below}>
          <Button look="quiet" size="small" onPress={() => setReplying(true)}>
            {t("comments.reply")}
          </Button>
        </div>
      ) : null}
    </div>
  );
}
