import type { Job } from "./types";

/** Why a job failed: the short name of its problem, and the reason in words. */
export function problemOfJob(job: Job): { code: string; message: string } {
  const { type, detail, title } = job.error ?? {};
  const code = typeof type === "string" ? type.split("/").at(-1) : undefined;
  const message = [detail, title].find((text) => typeof text === "string" && text !== "");
  return { code: code || "other", message: typeof message === "string" ? message : "" };
}
