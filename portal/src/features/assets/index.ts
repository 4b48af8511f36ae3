export { ProjectPage } from "./ProjectPage";
export { assetKeys, trashAsset } from "./queries";
