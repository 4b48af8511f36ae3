import { useInfiniteQuery } from "@tanstack/react-query";
import { Eye } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Share } from "@/api/types";
import { Actions, Button, Dialog, EmptyState, ErrorState, formatDateTime, Skeleton } from "@/ui";
import { type Access, accessesQuery } from "./queries";
import styles from "./Shares.module.css";

interface AccessesProps {
  /** The link; null while nobody asks. */
  share: Share | null;
  onClose: () => void;
}

/** Who came by a link, when, and for what. */
export function Accesses({ share, onClose }: AccessesProps) {
  const { t } = useTranslation();
  const name = share?.name || t("shares.untitled");
  return (
    <Dialog wide title={t("accesses.title", { name })} isOpen={share !== null} onClose={onClose}>
      {share ? <Log share={share.id} /> : null}
      <Actions>
        <Button onPress={onClose}>{t("ui.close")}</Button>
      </Actions>
    </Dialog>
  );
}

function Log({ share }: { share: string }) {
  const { t } = useTranslation();
  const accesses = useInfiniteQuery(accessesQuery(share));
  if (accesses.isPending) return <Skeleton className={styles.skeleton} />;
  if (accesses.isError) return <ErrorState error={accesses.error} onRetry={() => void accesses.refetch()} />;
  const rows = accesses.data.pages.flatMap((page) => page.results);
  if (rows.length === 0) return <EmptyState icon={<Eye />} text={t("accesses.empty")} />;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <section className={styles.log} tabIndex={0} aria-label={t("accesses.log")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("accesses.when")}</th>
              <th scope="col">{t("accesses.who")}</th>
              <th scope="col">{t("accesses.what")}</th>
              <th scope="col">{t("accesses.from")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((access) => (
              <Row key={access.id} access={access} />
            ))}
          </tbody>
        </table>
      </section>
      {accesses.hasNextPage ? (
        <Button isPending={accesses.isFetchingNextPage} onPress={() => void accesses.fetchNextPage()}>
          {t("activity.more")}
        </Button>
      ) : null}
    </>
  );
}

/** What the server records; words for anything else are its own. */
const ACTIONS = [
  "view",
  "unlock",
  "unlock-failed",
  "assets",
  "playback",
  "comments",
  "comment",
  "comment-refused",
  "approvals",
  "approval",
  "approval-refused",
  "download",
  "download-refused",
  "other",
] as const;

function Row({ access: { at, guest, action, asset, ip, user_agent } }: { access: Access }) {
  const { t } = useTranslation();
  const known = ACTIONS.find((each) => each === action);
  const told = known ? t(`accesses.actions.${known}`) : action;
  return (
    <tr>
      <td>
        <time dateTime={at}>{formatDateTime(at)}</time>
      </td>
      <td>
        {guest?.name || t("accesses.nobody")}
        {guest?.email ? <small>{guest.email}</small> : null}
      </td>
      <td>{asset ? <a href={`/a/${asset}`}>{told}</a> : told}</td>
      <td title={user_agent}>{ip ?? "—"}</td>
    </tr>
  );
}
