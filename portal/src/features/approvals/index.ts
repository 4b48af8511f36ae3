export { ApprovalBadge } from "./ApprovalBadge";
