export { AssetPage } from "./AssetPage";
