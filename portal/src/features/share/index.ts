export { SharePage } from "./SharePage";
