import { api, body } from "@/api/client";
import type { components } from "@/api/schema";
import type { Job } from "@/api/types";

export type ImportRequest = components["schemas"]["ImportInputRequest"];

export function startImport(request: ImportRequest): Promise<Job> {
  return body(api.POST("/api/assets/import", { body: request }));
}
