/** What is searched for, over all projects of an organisation. */
export interface Question {
  readonly org: string;
  readonly q: string;
  readonly project: string | undefined;
  readonly kind: string | undefined;
}

/** The question as parameters of a list; what is not asked is left out. */
export function parametersOf({ org, q, project, kind }: Question): Record<string, string> {
  return { org, ...(q && { q }), ...(project && { project }), ...(kind && { kind }) };
}
