export { AssetPage } from "./AssetPage";
export { memberAccess } from "./memberAccess";
export { openAsset } from "./opening";
export { assetQuery, type HeldAsset } from "./queries";
