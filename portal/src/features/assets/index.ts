export { ProjectPage } from "./ProjectPage";
export { trashAsset } from "./queries";
export { addressOfList, leaveTrail, type Trail, trailOf } from "./trail";
export { useAssetWindows } from "./useAssetWindows";
