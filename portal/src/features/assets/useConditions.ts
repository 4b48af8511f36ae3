import { useNavigate } from "@tanstack/react-router";
import type { Conditions } from "./filters";

/** Puts other conditions into the address; what is searched and how it is shown stays. */
export function useConditions(): (conditions: Conditions) => void {
  const navigate = useNavigate({ from: "/p/$projectId" });
  return (conditions) =>
    void navigate({
      search: ({ q, sort, view, trashed, editing }) => ({ ...conditions, q, sort, view, trashed, editing }),
      replace: true,
    });
}
