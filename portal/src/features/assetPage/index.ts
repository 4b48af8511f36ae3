export { AssetPage } from "./AssetPage";
export { memberAccess } from "./memberAccess";
export { assetQuery, type HeldAsset } from "./queries";
