export { AdminPage } from "./AdminPage";
export { ForAdmins } from "./ForAdmins";
export { organizationQuery } from "./queries";
