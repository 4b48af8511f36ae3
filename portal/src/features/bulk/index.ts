export { BulkBar } from "./BulkBar";
export { followJob } from "./JobToast";
export { type BulkSelection, hasEnded } from "./model";
export { followedJobQuery, startBulk } from "./queries";
