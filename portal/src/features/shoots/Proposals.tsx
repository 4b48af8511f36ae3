import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, MapPin, RotateCcw, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { assetsKey } from "@/api/keys";
import type { Project, ShootProposal } from "@/api/types";
import { AssetStrip } from "@/features/projectViews";
import { Button, ErrorState, notify, notifyError, Skeleton } from "@/ui";
import { positionOf, spanOf } from "./model";
import { COVERS, dismissProposal, proposalsQuery, takeBackProposal } from "./queries";
import styles from "./Shoots.module.css";

interface ProposalsProps {
  project: Project;
  onAccept: (proposal: ShootProposal) => void;
}

/** What may be shoots, by when and where it was recorded: to be accepted, or dismissed for everybody. */
export function Proposals({ project, onAccept }: ProposalsProps) {
  const { t } = useTranslation();
  const proposals = useQuery(proposalsQuery(project.id, "open"));
  const dismissed = useQuery(proposalsQuery(project.id, "dismissed"));
  const [showsDismissed, setShowsDismissed] = useState(false);
  if (proposals.isPending) return <Skeleton className={styles.skeleton} />;
  if (proposals.isError)
    return <ErrorState error={proposals.error} onRetry={() => void proposals.refetch()} />;
  const left = dismissed.data ?? [];
  if (proposals.data.length + left.length === 0) return null;
  return (
    <section className={styles.section} aria-label={t("shoots.proposed")}>
      <header className={styles.sectionHead}>
        <h3>{t("shoots.proposed")}</h3>
        <p>{t(proposals.data.length > 0 ? "shoots.proposedHint" : "shoots.proposedNone")}</p>
        {left.length > 0 ? (
          <Button
            size="small"
            look="quiet"
            aria-expanded={showsDismissed}
            onPress={() => setShowsDismissed(!showsDismissed)}
          >
            {t(showsDismissed ? "shoots.hideDismissed" : "shoots.showDismissed", { count: left.length })}
          </Button>
        ) : null}
      </header>
      <ul className={styles.cards}>
        {proposals.data.map((proposal) => (
          <Proposal key={proposal.id} project={project} proposal={proposal}>
            <Button
              size="small"
              look="primary"
              aria-label={t("shoots.acceptOf", { name: proposal.name })}
              onPress={() => onAccept(proposal)}
            >
              <Check />
              {t("shoots.accept")}
            </Button>
            <DismissButton project={project.id} proposal={proposal} />
          </Proposal>
        ))}
      </ul>
      {showsDismissed && left.length > 0 ? (
        <ul className={styles.cards} aria-label={t("shoots.dismissedOnes")}>
          {left.map((proposal) => (
            <Proposal key={proposal.id} project={project} proposal={proposal}>
              <TakeBackButton project={project.id} proposal={proposal} />
            </Proposal>
          ))}
        </ul>
      ) : null}
    </section>
  );
}

interface AnswerProps {
  project: string;
  proposal: ShootProposal;
}

/** Answers a proposal, says so, and asks for all of them anew: no feed tells of them. */
function useAnswer(
  answer: (project: string, proposal: string) => Promise<void>,
  said: string,
  of: AnswerProps,
) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => answer(of.project, of.proposal.id),
    onSuccess: async () => {
      notify(said);
      await queryClient.invalidateQueries({ queryKey: [...assetsKey(of.project), "shoot-proposals"] });
    },
    onError: (error) => notifyError(t("ui.notDone"), error),
  });
}

function DismissButton(props: AnswerProps) {
  const { t } = useTranslation();
  const { name } = props.proposal;
  const answer = useAnswer(dismissProposal, t("shoots.dismissed", { name }), props);
  return (
    <Button
      size="small"
      isPending={answer.isPending}
      aria-label={t("shoots.dismissOf", { name })}
      onPress={() => answer.mutate()}
    >
      <X />
      {t("shoots.dismiss")}
    </Button>
  );
}

function TakeBackButton(props: AnswerProps) {
  const { t } = useTranslation();
  const { name } = props.proposal;
  const answer = useAnswer(takeBackProposal, t("shoots.tookBack", { name }), props);
  return (
    <Button
      size="small"
      isPending={answer.isPending}
      aria-label={t("shoots.takeBackOf", { name })}
      onPress={() => answer.mutate()}
    >
      <RotateCcw />
      {t("shoots.takeBack")}
    </Button>
  );
}

interface ProposalProps {
  project: Project;
  proposal: ShootProposal;
  /** What can be answered. */
  children: ReactNode;
}

function Proposal({ project, proposal, children }: ProposalProps) {
  const { t, i18n } = useTranslation();
  const position = positionOf(proposal);
  return (
    <li className={styles.proposal}>
      <AssetStrip
        covers
        label={t("shoots.picturesOf", { name: proposal.name })}
        project={project.id}
        conditions={{
          captured__gte: proposal.captured_from,
          captured__lte: proposal.captured_to,
          sort: "captured_at",
        }}
        most={COVERS}
      />
      <div className={styles.facts}>
        <strong>{proposal.name}</strong>
        <span>{spanOf(proposal.captured_from, proposal.captured_to, i18n.language)}</span>
        {position ? (
          <span className={styles.place}>
            <MapPin aria-hidden="true" />
            {position}
          </span>
        ) : null}
        <span>{t("folders.assets", { count: proposal.asset_count })}</span>
      </div>
      <div className={styles.answers}>{children}</div>
    </li>
  );
}
