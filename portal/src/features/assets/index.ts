export { ProjectPage } from "./ProjectPage";
export { trashAsset } from "./queries";
