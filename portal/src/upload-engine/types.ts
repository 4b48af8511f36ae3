/** Where an upload stands, seen from the browser. After `sent` the server goes on alone. */
export type UploadPhase =
  | "queued"
  | "uploading"
  | "offline"
  | "paused"
  | "needs-file"
  | "finishing"
  | "sent"
  | "failed";

export interface UploadFailure {
  readonly message: string;
  /** The server's short name of the problem, or `network`, `file`, `storage`. */
  readonly code: string;
  readonly requestId: string | undefined;
}

/** A file, and the folder that it lay in when it was picked. */
export interface PlacedFile {
  readonly file: File;
  readonly folder: string;
}

export interface UploadItem {
  readonly id: string;
  readonly project: string;
  /** The asset that gets a new version; null makes a new asset. */
  readonly asset: string | null;
  /** The folder that the file came from, its parts joined by slashes; empty at the top. */
  readonly folder: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly lastModified: number;
  readonly phase: UploadPhase;
  readonly sentBytes: number;
  readonly hashedBytes: number;
  readonly bytesPerSecond: number;
  readonly failure: UploadFailure | null;
  /** The promotion job, once the server has everything. */
  readonly jobId: string | null;
}

export interface SignedPart {
  readonly number: number;
  readonly url: string;
}

export interface StoredPart {
  readonly number: number;
  readonly etag: string;
}

/** The server's plan of an upload, as far as the engine needs it. */
export interface UploadPlan {
  readonly uploadId: string;
  readonly stagingKey: string;
  readonly partSize: number;
  readonly partCount: number;
}

export type ServerState = "open" | "uploaded" | "gone";

/** What the engine asks of the server; the caller speaks HTTP. */
export interface UploadTransport {
  presign: (file: PresignRequest) => Promise<{ plan: UploadPlan; parts: readonly SignedPart[] }>;
  sign: (uploadId: string, numbers: readonly number[]) => Promise<readonly SignedPart[]>;
  look: (uploadId: string) => Promise<{ state: ServerState; received: readonly StoredPart[] }>;
  complete: (uploadId: string, parts: readonly StoredPart[]) => Promise<void>;
  promote: (request: PromoteRequest) => Promise<{ jobId: string }>;
  abort: (uploadId: string) => Promise<void>;
  /** Puts an error into words. */
  explain: (error: unknown) => UploadFailure;
}

export interface PresignRequest {
  readonly project: string;
  readonly asset: string | null;
  readonly folder: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly type: string;
  /** The same in every repetition of the same request, so that only one upload is opened. */
  readonly key: string;
}

export interface PromoteRequest {
  readonly stagingKey: string;
  readonly project: string;
  readonly asset: string | null;
  readonly name: string;
  readonly sha256: string;
}

/** Sends the bytes of one part straight to storage and answers its ETag. */
export type PutPart = (
  url: string,
  bytes: Blob,
  options: { onProgress: (sentBytes: number) => void; signal: AbortSignal },
) => Promise<string>;

/** Computes the SHA-256 of a whole file without holding it in memory. */
export type HashFile = (
  file: File,
  options: { onProgress: (bytes: number) => void; signal: AbortSignal },
) => Promise<string>;

/** What is kept in the browser so that an upload survives a reload. */
export interface UploadSession {
  readonly id: string;
  readonly project: string;
  readonly asset: string | null;
  /** Not there in sessions of older versions of the portal. */
  readonly folder?: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly lastModified: number;
  readonly plan: UploadPlan;
  readonly sentBytes: number;
}

export interface SessionShelf {
  list: () => Promise<readonly UploadSession[]>;
  save: (session: UploadSession) => Promise<void>;
  remove: (id: string) => Promise<void>;
}

/** Storage refused a part. */
export class PutError extends Error {
  override readonly name = "PutError";
  /** HTTP status; 0 when nothing answered. */
  readonly status: number;

  constructor(status: number) {
    super(wordsFor(status));
    this.status = status;
  }
}

function wordsFor(status: number): string {
  if (status === 0) return "Storage cannot be reached.";
  if (status >= 200 && status < 300) {
    return "Storage took a part and hides its ETag: the CORS rules of its bucket must expose it.";
  }
  return `Storage answered ${status}.`;
}
