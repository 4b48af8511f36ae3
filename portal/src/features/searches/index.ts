export { EditedSearch, EditSearchButton } from "./EditedSearch";
export { SavedSearches } from "./SavedSearches";
export { SaveSearchMenu } from "./SaveSearchMenu";
