export { AssetStrip, stripQuery } from "./AssetStrip";
export { ProjectFrame } from "./ProjectFrame";
export { ProjectTabs } from "./ProjectTabs";
