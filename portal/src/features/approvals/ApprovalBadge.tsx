import { BadgeCheck, MessageSquareWarning } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ApprovalState } from "@/api/types";
import { Badge } from "@/ui";

/** What reviewers decided, as a mark; nothing where nothing is decided. */
export function ApprovalBadge({ state }: { state: ApprovalState }) {
  const { t } = useTranslation();
  if (state === "none") return null;
  return state === "approved" ? (
    <Badge tone="ok">
      <BadgeCheck aria-hidden="true" />
      {t("approvals.states.approved")}
    </Badge>
  ) : (
    <Badge tone="warn">
      <MessageSquareWarning aria-hidden="true" />
      {t("approvals.states.changes_requested")}
    </Badge>
  );
}
