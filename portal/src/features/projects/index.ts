export { ProjectsCrumb } from "./ProjectsCrumb";
export { ProjectsPage } from "./ProjectsPage";
export { projectQuery, projectsQuery } from "./queries";
