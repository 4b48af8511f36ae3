import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { pageStyles } from "@/ui";

/** The way back to the projects of an organisation. */
export function ProjectsCrumb({ organization }: { organization: string }) {
  const { t } = useTranslation();
  return (
    <Link to="/" search={{ org: organization, client: undefined }} className={pageStyles.crumb}>
      {t("app.projects")}
    </Link>
  );
}
