import { type UseQueryResult, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Approval, Decision } from "@/api/types";
import { notifyError } from "@/ui";
import type { ReviewAccess } from "./access";
import { approvalsQuery } from "./queries";

export interface Approvals {
  readonly query: UseQueryResult<Approval[]>;
  /** What the one who looks has decided. */
  readonly own: Approval | null;
  readonly isPending: boolean;
  /** False when it was not taken. */
  readonly decide: (state: Decision, note?: string) => Promise<boolean>;
  readonly withdraw: () => Promise<void>;
}

/** What reviewers decided of a version, and deciding oneself. */
export function useApprovals(access: ReviewAccess, version: string): Approvals {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const options = approvalsQuery(access, version);
  const query = useQuery(options);
  const [isPending, setPending] = useState(false);
  const tryTo = async (work: () => Promise<unknown>): Promise<boolean> => {
    if (isPending) return false;
    setPending(true);
    try {
      await work();
      return true;
    } catch (error) {
      notifyError(t("ui.notDone"), error);
      return false;
    } finally {
      setPending(false);
      await queryClient.invalidateQueries({ queryKey: options.queryKey });
    }
  };
  return {
    query,
    own: query.data?.find(({ reviewer }) => reviewer.id !== null && reviewer.id === access.me?.id) ?? null,
    isPending,
    decide: async (state, note = "") =>
      (await access.beforeComment()) && (await tryTo(() => access.decide(version, { state, note }))),
    withdraw: async () => {
      await tryTo(() => access.withdraw(version));
    },
  };
}
