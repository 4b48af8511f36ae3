import type { components } from "./schema";

type Schemas = components["schemas"];

export type Me = Schemas["MeOutput"];
export type Organization = Schemas["MembershipOutput"];
/** What an organisation tells of itself; `Organization` is what a member knows of it. */
export type OrganizationDetail = Schemas["OrganizationOutput"];
export type Client = Schemas["ClientOutput"];
export type Project = Schemas["ProjectOutput"];
export type Role = Schemas["RoleEnum"];
export type Member = Schemas["MemberOutput"];
export type Asset = Schemas["AssetOutput"];
export type AssetDetail = Schemas["AssetDetailOutput"];
export type Kind = Asset["kind"];
export type Version = Schemas["VersionOutput"];
export type PreviewState = Version["preview_state"];
export type Playback = Schemas["PlaybackOutput"];
export type Pages = Schemas["PagesOutput"];
export type Media = Schemas["MediaOutput"];
export type Comment = Schemas["CommentOutput"];
export type Approval = Schemas["ApprovalOutput"];
export type ApprovalState = Asset["approval"]["state"];
export type Decision = Approval["state"];
export type DecisionWrite = Schemas["ApprovalInputRequest"];
export type CommentWrite = Schemas["CommentInputRequest"];
export type Job = Schemas["JobOutput"];
export type Share = Schemas["ShareOutput"];
export type ShareCreated = Schemas["NewShareOutput"];
export type ShareCreate = Schemas["ShareInputRequest"];
export type ShareChange = Schemas["PatchedShareChangeRequest"];
export type ShareView = Schemas["PublicShareOutput"];
export type Guest = Schemas["GuestOutput"];
export type Token = Schemas["TokenOutput"];
export type TokenCreated = Schemas["NewTokenOutput"];
export type TokenCreate = Schemas["TokenInputRequest"];
export type Collection = Schemas["CollectionOutput"];
export type Folder = Schemas["FolderOutput"];
export type Shoot = Schemas["ShootOutput"];
export type ShootProposal = Schemas["ProposalOutput"];
export type Mirror = Schemas["MirrorOutput"];
export type LedgerLine = Schemas["LedgerLineOutput"];
export type Transfers = Schemas["TransfersOutput"];
export type Activity = Schemas["ActivityOutput"];
export type SavedSearch = Schemas["SavedSearchOutput"];
export type DuplicatePair = Schemas["DuplicateOutput"];
export type Sidecar = Schemas["SidecarOutput"];
export type Field = Schemas["FieldOutput"];
export type FieldType = Field["type"];
export type FieldEffect = Schemas["EffectOutput"];
export type Upload = Schemas["UploadOutput"];
export type PartUrl = Schemas["SignedPartOutput"];

const RANK: Readonly<Record<Role, number>> = { member: 0, viewer: 1, reviewer: 2, editor: 3, admin: 4 };

/** Whether a role that the server reported reaches another; the server decides again at every request. */
export function reaches(role: Role | null | undefined, needed: Role): boolean {
  return role != null && RANK[role] >= RANK[needed];
}
