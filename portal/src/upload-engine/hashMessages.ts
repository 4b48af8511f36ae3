/** What the page and the hashing worker say to each other. */
export interface HashRequest {
  readonly file: File;
}

export type HashAnswer =
  | { readonly kind: "progress"; readonly bytes: number }
  | { readonly kind: "digest"; readonly sha256: string }
  | { readonly kind: "failed"; readonly message: string };
