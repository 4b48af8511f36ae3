export { KindIcon, Thumbnail } from "./Thumbnail";
