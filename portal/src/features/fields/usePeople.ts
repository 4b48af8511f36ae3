import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Field } from "@/api/types";
import type { Person } from "./FieldInput";
import { colleaguesQuery } from "./queries";

/** Who can be chosen, asked for only where a field is about people. */
export function usePeople(organization: string, fields: readonly Pick<Field, "type">[]): readonly Person[] {
  const { data } = useQuery({
    ...colleaguesQuery(organization),
    enabled: fields.some(({ type }) => type === "person"),
  });
  return useMemo(
    () =>
      // Whoever is only invited has no id yet.
      (data ?? []).flatMap(({ user }) => (user.id ? [{ id: user.id, name: user.name || user.email }] : [])),
    [data],
  );
}
