export { PurgeButton } from "./PurgeButton";
