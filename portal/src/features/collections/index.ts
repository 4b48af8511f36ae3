export { ArrangeMenu } from "./ArrangeMenu";
export { placeAfterKey } from "./arrange";
export { CollectionHead } from "./CollectionHead";
export { CollectionsPanel } from "./CollectionsPanel";
export { ASSETS_DRAG } from "./drag";
export { changeSearch, collectionsQuery, createSmartCollection } from "./queries";
export { RemoveButton } from "./RemoveButton";
export { useArranging } from "./useArranging";
