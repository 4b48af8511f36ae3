import { useSuspenseQuery } from "@tanstack/react-query";
import type { Me } from "@/api/types";
import { meQuery } from "./api";

/** Whoever is logged in; only inside pages that need a log-in. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}
