export { MonthsPage } from "./MonthsPage";
