export { ASSETS_DRAG, CollectionsPanel } from "./CollectionsPanel";
export { collectionsQuery, createSmartCollection } from "./queries";
export { RemoveButton } from "./RemoveButton";
