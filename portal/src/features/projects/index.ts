export { ProjectsPage } from "./ProjectsPage";
export { projectQuery } from "./queries";
