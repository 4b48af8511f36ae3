import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, fieldErrors } from "@/api/errors";
import type { Field, FieldEffect, Organization } from "@/api/types";
import { choosesFromList, FIELD_TYPES, FieldInput, fieldKeys, usePeople } from "@/features/fields";
import { projectsQuery } from "@/features/projects";
import {
  Actions,
  Button,
  Checkbox,
  ChipsField,
  Dialog,
  Form,
  notifyError,
  Select,
  TextArea,
  TextField,
} from "@/ui";
import styles from "./Fields.module.css";
import { changeField, createField, draftOf, effectOf, type FieldDraft, NEW_FIELD } from "./queries";

interface FieldDialogProps {
  organization: Organization;
  field: Field | "new" | null;
  onClose: () => void;
}

/** Defines a field or changes one; what a change does to values in use is shown before it is done. */
export function FieldDialog({ organization, field, onClose }: FieldDialogProps) {
  const { t } = useTranslation();
  const title = field === null || field === "new" ? t("fields.new") : t("fields.edit", { name: field.name });
  return (
    <Dialog wide title={title} isOpen={field !== null} onClose={onClose}>
      {field === null ? null : (
        <FieldForm organization={organization} field={field === "new" ? null : field} onClose={onClose} />
      )}
    </Dialog>
  );
}

interface FieldFormProps {
  organization: Organization;
  field: Field | null;
  onClose: () => void;
}

interface Request {
  draft: FieldDraft;
  isAgreed: boolean;
}

function FieldForm({ organization, field, onClose }: FieldFormProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState<FieldDraft>(field ? draftOf(field) : NEW_FIELD);
  const [effect, setEffect] = useState<FieldEffect | null>(null);
  const set = (change: Partial<FieldDraft>): void => {
    setEffect(null);
    setDraft((before) => ({ ...before, ...change }));
  };
  const saving = useMutation({
    mutationFn: async ({ draft: wanted, isAgreed }: Request): Promise<FieldEffect | null> => {
      if (!field) {
        await createField(organization.id, wanted);
        return null;
      }
      const { key: _key, ...change } = wanted;
      const foreseen = isAgreed ? null : await effectOf(field.id, change);
      if (foreseen && foreseen.converted + foreseen.lost > 0) return foreseen;
      await changeField(field.id, change, isAgreed);
      return null;
    },
    onSuccess: async (foreseen) => {
      setEffect(foreseen);
      if (foreseen) return;
      onClose();
      await queryClient.invalidateQueries({ queryKey: fieldKeys.all });
    },
    onError: (error) => {
      if (!(error instanceof ApiError && SHOWN.some((name) => error.fields[name])))
        notifyError(t("ui.notDone"), error);
    },
  });
  const errors = (name: string): readonly string[] | undefined => fieldErrors(saving.error, name);
  return (
    <Form isPending={saving.isPending} onSubmit={() => saving.mutate({ draft, isAgreed: effect !== null })}>
      <div className={styles.pair}>
        <TextField
          label={t("fields.name")}
          value={draft.name}
          onChange={(name) => set({ name })}
          errors={errors("name")}
          maxLength={100}
          isRequired
          autoFocus
        />
        <TextField
          label={t("fields.key")}
          value={draft.key}
          onChange={(key) => set({ key })}
          isReadOnly={field !== null}
          description={field ? "" : t("fields.keyHint")}
          errors={errors("key")}
        />
      </div>
      <Select
        label={t("fields.type")}
        value={draft.type}
        options={FIELD_TYPES.map((type) => ({ value: type, label: t(`fields.types.${type}`) }))}
        onChange={(type) => set({ type, default: null, ...(choosesFromList(type) ? {} : { choices: [] }) })}
      />
      {choosesFromList(draft.type) ? (
        <TextArea
          label={t("fields.choices")}
          description={t("fields.choicesHint")}
          value={draft.choices.join("\n")}
          onChange={(text) => set({ choices: text.split("\n") })}
          onBlur={() => set({ choices: draft.choices.map((each) => each.trim()).filter(Boolean) })}
          errors={errors("choices")}
        />
      ) : null}
      <DefaultInput organization={organization} draft={draft} onChange={set} errors={errors("default")} />
      <TextField
        label={t("fields.help")}
        value={draft.help}
        onChange={(help) => set({ help })}
        errors={errors("help")}
      />
      <Checkbox isSelected={draft.required} onChange={(required) => set({ required })}>
        {t("fields.requiredLong")}
      </Checkbox>
      <ProjectsInput organization={organization} draft={draft} onChange={set} errors={errors("projects")} />
      {effect ? <Effect effect={effect} /> : null}
      <Actions>
        <Button onPress={onClose}>{t("ui.cancel")}</Button>
        <Button type="submit" look={effect ? "danger" : "primary"} isPending={saving.isPending}>
          {effect ? t("fields.changeAnyway") : t("ui.save")}
        </Button>
      </Actions>
    </Form>
  );
}

const SHOWN = ["name", "key", "choices", "default", "help", "projects"] as const;

/** So many of the values that would be lost are named. */
const NAMED = 10;

function Effect({ effect }: { effect: FieldEffect }) {
  const { t } = useTranslation();
  return (
    <div role="alert" className={styles.effect}>
      <p>{t("fields.effect", { count: effect.assets })}</p>
      <ul>
        <li>{t("fields.effectKept", { count: effect.kept })}</li>
        <li>{t("fields.effectConverted", { count: effect.converted })}</li>
        <li>{t("fields.effectLost", { count: effect.lost })}</li>
      </ul>
      {effect.lost_values.length > 0 ? (
        <p>{t("fields.lostValues", { values: effect.lost_values.slice(0, NAMED).join(" · ") })}</p>
      ) : null}
    </div>
  );
}

interface DraftInputProps {
  organization: Organization;
  draft: FieldDraft;
  onChange: (change: Partial<FieldDraft>) => void;
  errors: readonly string[] | undefined;
}

function DefaultInput({ organization, draft, onChange, errors }: DraftInputProps) {
  const { t } = useTranslation();
  const people = usePeople(organization.id, [draft]);
  return (
    <FieldInput
      key={draft.type}
      definition={{
        name: t("fields.default"),
        type: draft.type,
        choices: draft.choices.filter(Boolean),
        help: "",
        required: false,
      }}
      value={draft.default}
      people={people}
      onCommit={(value) => onChange({ default: value })}
      errors={errors}
    />
  );
}

function ProjectsInput({ organization, draft, onChange, errors }: DraftInputProps) {
  const { t } = useTranslation();
  const projects = useQuery(projectsQuery(organization.id, undefined));
  const names = new Map((projects.data ?? []).map(({ id, name }) => [id, name]));
  const chosen = draft.projects ?? [];
  return (
    <>
      <Checkbox
        isSelected={draft.projects !== null}
        onChange={(isLimited) => onChange({ projects: isLimited ? [] : null })}
      >
        {t("fields.someProjects")}
      </Checkbox>
      {draft.projects ? (
        <ChipsField
          label={t("fields.projects")}
          values={chosen}
          options={[...names.keys()]}
          labelOf={(id) => names.get(id) ?? t("fields.gone")}
          onAdd={(id) => onChange({ projects: [...chosen, id] })}
          onRemove={(id) => onChange({ projects: chosen.filter((each) => each !== id) })}
          errors={errors}
        />
      ) : null}
    </>
  );
}
