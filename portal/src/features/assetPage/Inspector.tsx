import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Field, type Project, reaches } from "@/api/types";
import { useMe } from "@/features/auth";
import {
  FieldInput,
  FieldValue,
  type Person,
  projectFieldsQuery,
  usePeople,
  WrittenInput,
} from "@/features/fields";
import { useTagSuggestions } from "@/features/tags";
import { ChipsField, ErrorState, Skeleton } from "@/ui";
import styles from "./AssetPage.module.css";
import { addingTag, type EditPath, fieldPath, removingTag, replacing } from "./editModel";
import type { HeldAsset } from "./queries";
import { type AssetEditing, isPartOf, useAssetEdit } from "./useAssetEdit";

interface InspectorProps {
  asset: HeldAsset;
  project: Project;
}

/** What people say of an asset: title, tags and the organisation's own fields. */
export function Inspector({ asset, project }: InspectorProps) {
  const { t } = useTranslation();
  const fields = useQuery(projectFieldsQuery(project.id));
  const people = usePeople(project.organization, fields.data ?? []);
  const mayEdit = reaches(project.role, "editor");
  const editing = useAssetEdit(asset);
  return (
    <section className={styles.inspector} aria-label={t("inspector.title")}>
      <p role="status" className={styles.saving}>
        {editing.state === "idle" ? "" : t(`inspector.${editing.state}`)}
      </p>
      {mayEdit ? <TitleField asset={asset} editing={editing} /> : null}
      <Tags asset={asset} project={project} editing={editing} mayEdit={mayEdit} />
      {fields.isPending ? <Skeleton className={styles.fieldSkeleton} /> : null}
      {fields.isError ? <ErrorState error={fields.error} onRetry={() => void fields.refetch()} /> : null}
      {fields.data && mayEdit ? (
        <Editable asset={asset} fields={fields.data} people={people} editing={editing} />
      ) : null}
      {fields.data && !mayEdit ? <Readable asset={asset} fields={fields.data} people={people} /> : null}
      {fields.data?.length === 0 ? <NoFields organization={project.organization} /> : null}
    </section>
  );
}

function TitleField({ asset, editing }: { asset: HeldAsset; editing: AssetEditing }) {
  const { t } = useTranslation();
  return (
    <WrittenInput
      label={t("inspector.assetTitle")}
      type="text"
      value={asset.title}
      onCommit={(title) => editing.save(replacing("title", asset.title, title ?? ""))}
      onRevert={() => editing.forget("title")}
      maxLength={300}
      errors={faultsOf(editing, "title")}
    />
  );
}

interface TagsProps extends InspectorProps {
  editing: AssetEditing;
  mayEdit: boolean;
}

function Tags({ asset, project, editing, mayEdit }: TagsProps) {
  const { t } = useTranslation();
  const suggestions = useTagSuggestions(project.id, mayEdit);
  if (!mayEdit && asset.tags.length === 0) return null;
  return (
    <ChipsField
      label={t("inspector.tags")}
      values={asset.tags}
      options={suggestions}
      allowsOthers
      placeholder={t("inspector.addTag")}
      onAdd={(tag) => void editing.save(addingTag(tag))}
      onRemove={(tag) => void editing.save(removingTag(tag))}
      onInput={() => editing.forget("tags")}
      errors={faultsOf(editing, "tags")}
      isReadOnly={!mayEdit}
    />
  );
}

/** What was said of something, or of its items. */
function faultsOf({ faults }: AssetEditing, path: EditPath): readonly string[] | undefined {
  const found = Object.keys(faults).filter((key) => isPartOf(key, path));
  return found.length > 0 ? found.flatMap((key) => faults[key] ?? []) : undefined;
}

interface FieldsProps {
  asset: HeldAsset;
  fields: readonly Field[];
  people: readonly Person[];
}

function Editable({ asset, fields, people, editing }: FieldsProps & { editing: AssetEditing }) {
  return fields.map((field) => {
    const value = asset.fields?.[field.key] ?? null;
    const path = fieldPath(field.key);
    return (
      <FieldInput
        key={field.id}
        definition={field}
        value={value}
        people={people}
        onCommit={(next) => editing.save(replacing(path, value, next))}
        onRevert={() => editing.forget(path)}
        errors={faultsOf(editing, path)}
      />
    );
  });
}

function Readable({ asset, fields, people }: FieldsProps) {
  const filled = fields.filter(({ key }) => asset.fields?.[key] != null);
  return (
    <dl className={styles.facts}>
      {filled.map((field) => (
        <div key={field.id} className={styles.fact}>
          <dt>{field.name}</dt>
          <dd>
            <FieldValue definition={field} value={asset.fields?.[field.key]} people={people} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function NoFields({ organization }: { organization: string }) {
  const { t } = useTranslation();
  const me = useMe();
  const isAdmin = me.organizations.some(({ id, role }) => id === organization && role === "admin");
  if (!isAdmin) return null;
  return (
    <p className={styles.hint}>
      {t("inspector.noFields")}{" "}
      <Link to="/fields" search={{ org: organization }}>
        {t("inspector.defineFields")}
      </Link>
    </p>
  );
}
