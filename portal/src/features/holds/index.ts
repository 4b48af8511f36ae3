export { HoldControl } from "./HoldControl";
