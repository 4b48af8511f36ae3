export { FoundBeside, FoundTitle } from "./Found";
export { KINDS } from "./filters";
export { ProjectPage } from "./ProjectPage";
export { searchOf, trashAsset } from "./queries";
export { SearchNotes } from "./SearchNotes";
export { addressOfList, leaveTrail, type Trail, trailOf } from "./trail";
export { useAssetWindows } from "./useAssetWindows";
