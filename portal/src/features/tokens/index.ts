export { TokensDialog } from "./TokensDialog";
