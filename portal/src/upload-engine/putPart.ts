import { PutError, type PutPart } from "./types";

/** A connection on which nothing has moved for so long is dead, whatever the system thinks of it. */
export const SILENCE_MS = 90_000;

/**
 * Puts one part by XMLHttpRequest, the only way in a browser to see how much has left.
 *
 * The signed address binds the length; a slice of a file has no type, so no header of our own goes with it.
 */
export const putPart: PutPart = (url, bytes, { onProgress, signal }) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    let silence: ReturnType<typeof setTimeout> | undefined;
    let isSilent = false;
    const heard = (): void => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        isSilent = true;
        request.abort();
      }, SILENCE_MS);
    };
    const finish = (): void => {
      clearTimeout(silence);
      signal.removeEventListener("abort", abort);
    };
    request.open("PUT", url);
    request.upload.onprogress = (event) => {
      heard();
      onProgress(event.loaded);
    };
    request.onload = () => {
      finish();
      const etag = request.getResponseHeader("ETag");
      if (request.status >= 200 && request.status < 300 && etag) resolve(etag.replaceAll('"', ""));
      else reject(new PutError(request.status));
    };
    request.onerror = () => {
      finish();
      reject(new PutError(0));
    };
    request.onabort = () => {
      finish();
      reject(isSilent ? new PutError(0) : signal.reason);
    };
    signal.addEventListener("abort", abort);
    heard();
    request.send(bytes);
  });
