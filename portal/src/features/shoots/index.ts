export { PutIntoShootDialog } from "./PutIntoShootDialog";
export { shootsQuery } from "./queries";
export { ShootsPage } from "./ShootsPage";
export { TakeOutButton } from "./TakeOutButton";
