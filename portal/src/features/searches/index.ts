export { SavedSearches } from "./SavedSearches";
export { SaveSearchMenu } from "./SaveSearchMenu";
