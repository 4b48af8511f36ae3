import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ArrowUpDown, FolderClosed, Share2, Sparkles } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Project, reaches } from "@/api/types";
import { ShareDialog } from "@/features/shares";
import { Button } from "@/ui";
import styles from "./Collections.module.css";
import { collectionsQuery } from "./queries";

interface CollectionHeadProps {
  project: Project;
  collection: string;
  /** Whether the list comes in the order that people gave it, and may be given another. */
  isArranged: boolean;
  /** What else can be done with it. */
  children?: ReactNode;
}

/** What is said of a collection above its assets, and what is done with it as a whole. */
export function CollectionHead({ project, collection: id, isArranged, children }: CollectionHeadProps) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: "/p/$projectId" });
  const [isSharing, setSharing] = useState(false);
  const { data: collections = [] } = useQuery(collectionsQuery(project.id));
  const collection = collections.find((each) => each.id === id);
  if (!collection) return null;
  const mayEdit = reaches(project.role, "editor");
  const isManual = collection.kind === "manual";
  return (
    <div className={styles.collection}>
      <h2>
        {isManual ? <FolderClosed aria-hidden="true" /> : <Sparkles aria-label={t("collections.smart")} />}
        {collection.name}
      </h2>
      {collection.fault ? <p className={styles.fault}>{collection.fault}</p> : null}
      {isArranged ? <p className={styles.hint}>{t("collections.arrangeHint")}</p> : null}
      <span className={styles.actions}>
        {children}
        {isManual && mayEdit && !isArranged ? (
          <Button
            size="small"
            look="quiet"
            onPress={() => void navigate({ search: { collection: id, sort: "position" } })}
          >
            <ArrowUpDown />
            {t("collections.arrange")}
          </Button>
        ) : null}
        {mayEdit ? (
          <Button size="small" onPress={() => setSharing(true)}>
            <Share2 />
            {t("collections.share")}
          </Button>
        ) : null}
      </span>
      <ShareDialog
        project={project.id}
        collection={collection}
        isOpen={isSharing}
        onClose={() => setSharing(false)}
      />
    </div>
  );
}
