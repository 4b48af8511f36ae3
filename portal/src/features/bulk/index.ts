export { BulkBar } from "./BulkBar";
export { followJob } from "./JobToast";
export type { BulkSelection } from "./model";
