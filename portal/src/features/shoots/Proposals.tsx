import { useQuery } from "@tanstack/react-query";
import { Check, MapPin, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Project, ShootProposal } from "@/api/types";
import { AssetStrip } from "@/features/projectViews";
import { Button, ErrorState, notify, Skeleton } from "@/ui";
import { dismiss, dismissedOf, forgetDismissed, positionOf, spanOf } from "./model";
import { COVERS, proposalsQuery } from "./queries";
import styles from "./Shoots.module.css";

interface ProposalsProps {
  project: Project;
  onAccept: (proposal: ShootProposal) => void;
}

/** What may be shoots, by when and where it was recorded: to be accepted or dismissed. */
export function Proposals({ project, onAccept }: ProposalsProps) {
  const { t } = useTranslation();
  const proposals = useQuery(proposalsQuery(project.id));
  const [dismissed, setDismissed] = useState(() => dismissedOf(localStorage));
  if (proposals.isPending) return <Skeleton className={styles.skeleton} />;
  if (proposals.isError)
    return <ErrorState error={proposals.error} onRetry={() => void proposals.refetch()} />;
  const shown = proposals.data.filter(({ id }) => !dismissed.includes(id));
  const hidden = proposals.data.length - shown.length;
  if (proposals.data.length === 0) return null;
  return (
    <section className={styles.section} aria-label={t("shoots.proposed")}>
      <header className={styles.sectionHead}>
        <h3>{t("shoots.proposed")}</h3>
        <p>{t("shoots.proposedHint")}</p>
        {hidden > 0 ? (
          <Button size="small" look="quiet" onPress={() => setDismissed(forgetDismissed(localStorage))}>
            {t("shoots.showDismissed", { count: hidden })}
          </Button>
        ) : null}
      </header>
      <ul className={styles.cards}>
        {shown.map((proposal) => (
          <Proposal
            key={proposal.id}
            project={project}
            proposal={proposal}
            onAccept={() => onAccept(proposal)}
            onDismiss={() => {
              setDismissed(dismiss(localStorage, proposal.id));
              notify(t("shoots.dismissed", { name: proposal.name }));
            }}
          />
        ))}
      </ul>
    </section>
  );
}

interface ProposalProps {
  project: Project;
  proposal: ShootProposal;
  onAccept: () => void;
  onDismiss: () => void;
}

function Proposal({ project, proposal, onAccept, onDismiss }: ProposalProps) {
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
      <div className={styles.answers}>
        <Button
          size="small"
          look="primary"
          aria-label={t("shoots.acceptOf", { name: proposal.name })}
          onPress={onAccept}
        >
          <Check />
          {t("shoots.accept")}
        </Button>
        <Button size="small" aria-label={t("shoots.dismissOf", { name: proposal.name })} onPress={onDismiss}>
          <X />
          {t("shoots.dismiss")}
        </Button>
      </div>
    </li>
  );
}
