import type { components } from "./schema";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type Organization = Me["organizations"][number];
export type Client = Schemas["Client"];
export type Project = Schemas["Project"];
export type Role = Schemas["Role"];
export type Member = Schemas["Member"];
export type Asset = Schemas["Asset"];
export type AssetDetail = Schemas["AssetDetail"];
export type Kind = Schemas["Kind"];
export type Version = Schemas["Version"];
export type PreviewState = Schemas["PreviewState"];
export type Playback = Schemas["Playback"];
export type Comment = Schemas["Comment"];
export type CommentWrite = Schemas["CommentWrite"];
export type Job = Schemas["Job"];
export type JobState = Schemas["JobState"];
export type Share = Schemas["Share"];
export type ShareCreated = Schemas["ShareCreated"];
export type ShareCreate = Schemas["ShareCreate"];
export type ShareView = Schemas["ShareView"];
export type Upload = Schemas["Upload"];
export type PartUrl = Schemas["PartUrl"];

const RANK: Readonly<Record<Role, number>> = { viewer: 0, reviewer: 1, editor: 2, admin: 3 };

/** Whether a role that the server reported reaches another; the server decides again at every request. */
export function reaches(role: Role | null | undefined, needed: Role): boolean {
  return role != null && RANK[role] >= RANK[needed];
}
