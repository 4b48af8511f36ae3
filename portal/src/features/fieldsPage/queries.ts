import { api, body } from "@/api/client";
import type { Field, FieldEffect, FieldType } from "@/api/types";
import type { Preset } from "./model";

export interface FieldDraft {
  name: string;
  key: string;
  type: FieldType;
  choices: string[];
  required: boolean;
  default: unknown;
  help: string;
  projects: string[] | null;
}

export const NEW_FIELD: FieldDraft = {
  name: "",
  key: "",
  type: "text",
  choices: [],
  required: false,
  default: null,
  help: "",
  projects: null,
};

/** What can be said of a field, without its place and identity. */
export function draftOf(field: Field): FieldDraft {
  const { name, key, type, choices, required, default: value, help, projects } = field;
  return { name, key, type, choices, required, default: value, help, projects };
}

export function createField(org: string, { key, ...draft }: FieldDraft): Promise<Field> {
  return body(api.POST("/api/fields", { body: { org, ...draft, ...(key && { key }) } }));
}

type FieldChange = Partial<Omit<FieldDraft, "key">> & { order?: number };

export function changeField(id: string, change: FieldChange, migrate = false): Promise<Field> {
  return body(
    api.PATCH("/api/fields/{id}", {
      params: { path: { id } },
      body: { ...change, ...(migrate && { migrate }) },
    }),
  );
}

/** What a change would do to values in use; nothing is written. */
export async function effectOf(id: string, change: FieldChange): Promise<FieldEffect> {
  const { effect } = await body(
    api.PATCH("/api/fields/{id}", { params: { path: { id } }, body: { ...change, dry_run: true } }),
  );
  return effect;
}

export async function deleteField(id: string, force: boolean): Promise<void> {
  await api.DELETE("/api/fields/{id}", { params: { path: { id }, query: force ? { force } : {} } });
}

export async function applyPreset(org: string, preset: Preset): Promise<void> {
  await api.POST("/api/field-presets", { body: { org, preset } });
}
