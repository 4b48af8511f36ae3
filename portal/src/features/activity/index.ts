export { ActivityFeed } from "./ActivityFeed";
export { ActivityPage } from "./ActivityPage";
