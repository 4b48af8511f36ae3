export { ASSETS_DRAG, CollectionsPanel } from "./CollectionsPanel";
export { collectionsQuery } from "./queries";
export { RemoveButton } from "./RemoveButton";
