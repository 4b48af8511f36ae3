export { useTagSuggestions } from "./useTagSuggestions";
