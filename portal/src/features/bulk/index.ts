export { BulkBar } from "./BulkBar";
export { followJob } from "./JobToast";
export { type BulkSelection, fileAddress, type HandedOver, handedOverOf, hasEnded } from "./model";
export { followedJobQuery, startBulk } from "./queries";
