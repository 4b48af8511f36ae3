export type { ReviewAccess } from "./access";
export { ReviewRoom } from "./ReviewRoom";
