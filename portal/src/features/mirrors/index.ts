export { MirrorsPage } from "./MirrorsPage";
