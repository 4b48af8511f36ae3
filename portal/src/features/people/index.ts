export { PeopleDialog } from "./PeopleDialog";
