import { BadgeCheck, MessageSquareWarning, Undo2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Approval, ApprovalState } from "@/api/types";
import { ApprovalBadge } from "@/features/approvals";
import {
  Actions,
  Avatar,
  Badge,
  Button,
  Dialog,
  Form,
  formatAgo,
  formatDateTime,
  IconButton,
  TextArea,
  useShortcuts,
} from "@/ui";
import styles from "./Approvals.module.css";
import type { ReviewAccess } from "./access";
import { type Approvals, useApprovals } from "./useApprovals";

/** One who asks for changes outweighs those who approve, as on the server. */
export function standing(approvals: readonly Approval[]): ApprovalState {
  if (approvals.some(({ state }) => state === "changes_requested")) return "changes_requested";
  return approvals.length > 0 ? "approved" : "none";
}

interface ApprovalsPanelProps {
  access: ReviewAccess;
  version: string;
}

/** What was decided of this version and by whom, and the buttons to decide. */
export function ApprovalsPanel({ access, version }: ApprovalsPanelProps) {
  const { t } = useTranslation();
  const approvals = useApprovals(access, version);
  const { own, isPending } = approvals;
  const [asking, setAsking] = useState(false);
  useShortcuts(
    [
      ["Shift+a", () => void approvals.decide("approved")],
      ["Shift+r", () => setAsking(true)],
    ],
    access.mayDecide,
  );
  const decided = approvals.query.data ?? [];
  if (decided.length === 0 && !access.mayDecide) return null;
  return (
    <section className={styles.panel} aria-label={t("approvals.title")}>
      <div className={styles.state} role="status">
        <Standing approvals={approvals} decided={decided} />
        {decided.some((each) => each.void) ? <Badge tone="danger">{t("approvals.void")}</Badge> : null}
      </div>
      {decided.length > 0 ? (
        <ul className={styles.decisions}>
          {decided.map((each) => (
            <DecisionRow key={each.id} approval={each} />
          ))}
        </ul>
      ) : null}
      {access.mayDecide ? (
        <div className={styles.buttons}>
          <Button
            size="small"
            look={own?.state === "approved" ? "primary" : "secondary"}
            isDisabled={isPending}
            aria-pressed={own?.state === "approved"}
            onPress={() => void approvals.decide("approved")}
          >
            <BadgeCheck />
            {t("approvals.approve")}
          </Button>
          <Button
            size="small"
            look={own?.state === "changes_requested" ? "primary" : "secondary"}
            isDisabled={isPending}
            aria-pressed={own?.state === "changes_requested"}
            onPress={() => setAsking(true)}
          >
            <MessageSquareWarning />
            {t("approvals.requestChanges")}
          </Button>
          {own ? (
            <IconButton
              size="small"
              label={t("approvals.withdraw")}
              isDisabled={isPending}
              onPress={() => void approvals.withdraw()}
            >
              <Undo2 />
            </IconButton>
          ) : null}
        </div>
      ) : null}
      <Dialog title={t("approvals.requestChanges")} isOpen={asking} onClose={() => setAsking(false)}>
        <NoteForm
          note={own?.state === "changes_requested" ? own.note : ""}
          onClose={() => setAsking(false)}
          isPending={isPending}
          onSend={async (note) => {
            if (await approvals.decide("changes_requested", note)) setAsking(false);
          }}
        />
      </Dialog>
    </section>
  );
}

/** What all decisions come to; nothing is said as long as they are not known. */
function Standing({ approvals: { query }, decided }: { approvals: Approvals; decided: readonly Approval[] }) {
  const { t } = useTranslation();
  if (query.isPending) return null;
  if (query.isError) {
    return (
      <>
        <span role="alert">{query.error.message}</span>
        <Button size="small" look="quiet" onPress={() => void query.refetch()}>
          {t("ui.retry")}
        </Button>
      </>
    );
  }
  return decided.length > 0 ? (
    <ApprovalBadge state={standing(decided)} />
  ) : (
    <span>{t("approvals.states.none")}</span>
  );
}

function DecisionRow({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  const { reviewer, state, note, decided_at } = approval;
  return (
    <li className={styles.decision}>
      <Avatar name={reviewer.name} small />
      <span className={styles.who}>
        {reviewer.name} {reviewer.kind === "guest" ? <Badge>{t("comments.guest")}</Badge> : null}
        <small>
          {t(`approvals.states.${state}`)} ·{" "}
          <time dateTime={decided_at} title={formatDateTime(decided_at)}>
            {formatAgo(decided_at)}
          </time>
        </small>
      </span>
      {note ? <p className={styles.note}>{note}</p> : null}
    </li>
  );
}

interface NoteFormProps {
  note: string;
  isPending: boolean;
  /** What was refused stays in the box. */
  onSend: (note: string) => Promise<void>;
  onClose: () => void;
}

/** The server takes no longer note. */
const LONGEST_NOTE = 2000;

function NoteForm({ note, isPending, onSend, onClose }: NoteFormProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(note);
  const isTooLong = text.trim().length > LONGEST_NOTE;
  return (
    <Form isPending={isPending} onSubmit={() => void (isTooLong || onSend(text.trim()))}>
      <TextArea
        label={t("approvals.note")}
        value={text}
        onChange={setText}
        errors={isTooLong ? [t("approvals.noteTooLong", { count: LONGEST_NOTE })] : undefined}
        autoFocus
      />
      <Actions>
        <Button onPress={onClose}>{t("ui.cancel")}</Button>
        <Button type="submit" look="primary" isDisabled={isTooLong} isPending={isPending}>
          {t("approvals.requestChanges")}
        </Button>
      </Actions>
    </Form>
  );
}
