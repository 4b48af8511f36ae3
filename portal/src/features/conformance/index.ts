export { ConformancePage } from "./ConformancePage";
