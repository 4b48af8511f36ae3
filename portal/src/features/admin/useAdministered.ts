import { useSearch } from "@tanstack/react-router";
import type { Organization } from "@/api/types";
import { useMe } from "@/features/auth";

/** The organisations that one administers, and which of them the address means: the first where it says none. */
export function useAdministered(): { all: readonly Organization[]; shown: Organization | undefined } {
  const me = useMe();
  const { org } = useSearch({ strict: false });
  const all = me.organizations.filter(({ role }) => role === "admin");
  return { all, shown: all.find(({ id }) => id === org) ?? all[0] };
}
