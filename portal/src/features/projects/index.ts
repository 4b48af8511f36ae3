export { ProjectsPage } from "./ProjectsPage";
export { projectQuery, projectsQuery } from "./queries";
