import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldErrors } from "@/api/errors";
import type { Mirror, Organization, Project } from "@/api/types";
import { organizationFieldsQuery } from "@/features/fields";
import { Actions, Button, Dialog, Form, notify, notifyError, Select, TextField } from "@/ui";
import styles from "./Mirrors.module.css";
import { CONTENTS, type Layout, type MirrorDraft, mirrorsKey, previewQuery, saveMirror } from "./queries";

interface MirrorDialogProps {
  organization: Organization;
  projects: readonly Project[];
  mirror: Mirror | "new" | null;
  onClose: () => void;
}

/** Says what a mirror follows and where things lie in it, and shows that before it is made. */
export function MirrorDialog({ mirror, ...rest }: MirrorDialogProps) {
  const { t } = useTranslation();
  const known = mirror === "new" ? null : mirror;
  return (
    <Dialog
      wide
      title={known ? t("collections.edit", { name: known.name }) : t("mirrors.new")}
      isOpen={mirror !== null}
      onClose={rest.onClose}
    >
      {mirror === null ? null : <MirrorForm {...rest} mirror={known} />}
    </Dialog>
  );
}

const EVERYTHING = "";
const NEW: MirrorDraft = {
  name: "",
  template: "{project}/{folder}/{name}",
  content: "link",
  project: null,
  root: "",
};
/** What a template may name beside custom fields. */
const WORDS = [
  "name",
  "stem",
  "title",
  "id",
  "sha256",
  "kind",
  "project",
  "folder",
  "version",
  "created_year",
  "created_month",
  "captured_year",
  "captured_month",
];
const SHOWN = ["name", "template", "root", "content", "project"] as const;

type MirrorFormProps = Omit<MirrorDialogProps, "mirror"> & { mirror: Mirror | null };

function MirrorForm({ organization, projects, mirror, onClose }: MirrorFormProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState<MirrorDraft>(mirror ? { ...mirror, root: mirror.root ?? "" } : NEW);
  const set = (change: Partial<MirrorDraft>): void => setDraft((before) => ({ ...before, ...change }));
  const saving = useMutation({
    mutationFn: () => {
      const { name, template, content, project, root } = draft;
      return saveMirror(organization.id, mirror?.id ?? null, { name, template, content, project, root });
    },
    onSuccess: async ({ name }) => {
      notify(t("shoots.saved", { name }));
      onClose();
      await queryClient.invalidateQueries({ queryKey: mirrorsKey(organization.id) });
    },
    onError: (error) => {
      if (!SHOWN.some((field) => fieldErrors(error, field))) notifyError(t("ui.notDone"), error);
    },
  });
  const errorsOf = (field: (typeof SHOWN)[number]) => fieldErrors(saving.error, field);
  return (
    <Form isPending={saving.isPending} onSubmit={() => saving.mutate()}>
      <TextField
        label={t("collections.name")}
        value={draft.name}
        onChange={(name) => set({ name })}
        errors={errorsOf("name")}
        maxLength={200}
        isRequired
        autoFocus
      />
      <div className={styles.pair}>
        <Select
          label={t("mirrors.follows")}
          value={draft.project ?? EVERYTHING}
          options={[
            { value: EVERYTHING, label: t("mirrors.everything") },
            ...projects.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChange={(project) => set({ project: project || null })}
          errors={errorsOf("project")}
        />
        <Select
          label={t("mirrors.content")}
          value={draft.content}
          options={CONTENTS.map((value) => ({ value, label: t(`mirrors.contents.${value}`) }))}
          onChange={(content) => set({ content })}
          errors={errorsOf("content")}
        />
      </div>
      <TemplateField
        organization={organization}
        layout={draft}
        errors={errorsOf("template")}
        onChange={set}
      />
      {mirror === null ? (
        <TextField
          label={t("mirrors.root")}
          description={t("mirrors.rootHint")}
          value={draft.root}
          onChange={(root) => set({ root })}
          errors={errorsOf("root")}
          maxLength={64}
        />
      ) : null}
      <Actions>
        <Button onPress={onClose}>{t("ui.cancel")}</Button>
        <Button type="submit" look="primary" isPending={saving.isPending}>
          {mirror ? t("ui.save") : t("mirrors.make")}
        </Button>
      </Actions>
    </Form>
  );
}

/** How long after the last letter the preview is asked for. */
const TYPING_MS = 350;

interface TemplateFieldProps {
  organization: Organization;
  layout: Layout;
  errors: readonly string[] | undefined;
  onChange: (change: { template: string }) => void;
}

function TemplateField({ organization, layout, errors, onChange }: TemplateFieldProps) {
  const { t } = useTranslation();
  const { data: fields = [] } = useQuery(organizationFieldsQuery(organization.id));
  const { template, content, project } = layout;
  const [asked, setAsked] = useState(template);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(template), TYPING_MS);
    return () => clearTimeout(timer);
  }, [template]);
  const preview = useQuery(previewQuery(organization.id, { template: asked, content, project }));
  const words = [...WORDS, ...fields.map(({ key }) => key)].map((word) => `{${word}}`).join(" ");
  return (
    <>
      <TextField
        label={t("mirrors.template")}
        description={t("mirrors.templateHint", { words })}
        value={template}
        onChange={(next) => onChange({ template: next })}
        errors={errors ?? fieldErrors(preview.error, "template")}
        maxLength={500}
        isRequired
      />
      <section
        className={styles.preview}
        aria-label={t("mirrors.preview")}
        aria-busy={preview.isFetching}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        tabIndex={0}
      >
        <h3>{t("mirrors.preview")}</h3>
        {preview.isError ? null : (
          <ul>
            {(preview.data ?? []).map(({ asset, title, path }) => (
              <li key={asset} className="mono" title={title}>
                {path}
              </li>
            ))}
          </ul>
        )}
        {preview.data?.length === 0 ? <p className={styles.hint}>{t("mirrors.noPreview")}</p> : null}
      </section>
    </>
  );
}
