export { ShareDialog } from "./ShareDialog";
export { SharesDialog } from "./SharesDialog";
