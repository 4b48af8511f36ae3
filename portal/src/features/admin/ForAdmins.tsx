import { ShieldAlert } from "lucide-react";
import { Fragment, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Organization } from "@/api/types";
import { EmptyState, usePageTitle } from "@/ui";
import { useAdministered } from "./useAdministered";

interface ForAdminsProps {
  title: string;
  /** What is said to those who administer nothing. */
  refusal: string;
  children: (organization: Organization) => ReactNode;
}

/** Shows a page of the organisation that the address means to those who administer it. */
export function ForAdmins({ title, refusal, children }: ForAdminsProps) {
  const { t } = useTranslation();
  const { shown } = useAdministered();
  usePageTitle(shown ? `${title} · ${shown.name}` : title);
  // What was written for one organisation must not be left for another.
  if (shown) return <Fragment key={shown.id}>{children(shown)}</Fragment>;
  return <EmptyState isPage icon={<ShieldAlert />} title={t("admin.title")} text={refusal} />;
}
