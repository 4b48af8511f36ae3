import { api, body } from "@/api/client";
import { ApiError, NetworkError } from "@/api/errors";
import type { PartUrl, Upload } from "@/api/types";
import { PutError, type SignedPart, type UploadFailure, type UploadTransport } from "@/upload-engine";
import { patiently } from "./patiently";

const signed = ({ number, url }: PartUrl): SignedPart => ({ number, url });

/** A title out of a file name: without its extension. */
export function titleOf(name: string): string {
  return name.replace(/(.)\.[^./\\]{1,8}$/, "$1");
}

/** The upload part of the contract, as the engine wants it. */
export const transport: UploadTransport = {
  presign: async ({ project, asset, folder, name, sizeBytes, type, key }) => {
    const request = {
      body: { project, folder, name, size: sizeBytes, type, ...(asset && { asset }) },
      params: { header: { "Idempotency-Key": key } },
    };
    const { upload, parts } = await patiently(() => body(api.POST("/api/presign", request)));
    const plan = {
      uploadId: upload.id,
      stagingKey: upload.staging_key,
      partSize: upload.part_size,
      partCount: upload.part_count,
    };
    return { plan, parts: parts.map(signed) };
  },
  sign: async (id, numbers) => {
    const request = { params: { path: { id } }, body: { numbers: [...numbers] } };
    const { parts } = await patiently(() => body(api.POST("/api/uploads/{id}/parts", request)));
    return parts.map(signed);
  },
  look: async (id) => {
    try {
      const request = { params: { path: { id } } };
      const upload = await patiently(() => body(api.GET("/api/uploads/{id}", request)));
      return {
        state: serverState(upload.state),
        received: upload.received.map(({ number, etag }) => ({ number, etag })),
      };
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return { state: "gone", received: [] };
      throw error;
    }
  },
  complete: async (id, parts) => {
    const request = { params: { path: { id } }, body: { parts: [...parts] } };
    await patiently(() => api.POST("/api/uploads/{id}/complete", request));
  },
  promote: async ({ stagingKey, project, asset, name, sha256 }) => {
    const mapping = { project, ...(asset ? { asset } : { title: titleOf(name) }) };
    const request = { staging_key: stagingKey, mapping, sha256 };
    const job = await patiently(() => body(api.POST("/api/promote", { body: request })));
    return { jobId: job.id };
  },
  abort: async (id) => {
    await api.DELETE("/api/uploads/{id}", { params: { path: { id } } });
  },
  explain,
};

function serverState(state: Upload["state"]): "open" | "uploaded" | "gone" {
  switch (state) {
    case "open":
      return "open";
    case "uploaded":
    case "scanning":
    case "promoting":
    case "promoted":
      return "uploaded";
    case "rejected":
    case "aborted":
    case "expired":
      return "gone";
  }
}

function explain(error: unknown): UploadFailure {
  if (error instanceof ApiError) {
    const details = Object.values(error.fields).flat();
    return {
      code: error.status === 403 ? "forbidden" : error.code,
      message: [error.message, ...details].join(" "),
      requestId: error.requestId,
    };
  }
  if (error instanceof NetworkError) return { code: "network", message: error.message, requestId: undefined };
  // A page of some other server in place of an answer: a proxy, or a network that wants a log-in first.
  if (error instanceof SyntaxError) {
    const message = "Something between here and the server answered in its place.";
    return { code: "network", message, requestId: undefined };
  }
  if (error instanceof PutError) return { code: "storage", message: error.message, requestId: undefined };
  return { code: "file", message: error instanceof Error ? error.message : "", requestId: undefined };
}
