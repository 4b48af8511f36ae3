import { PutError, type PutPart } from "./types";

/**
 * Puts one part by XMLHttpRequest, the only way in a browser to see how much has left.
 *
 * The signed address binds the length; a slice of a file has no type, so no header of our own goes with it.
 */
export const putPart: PutPart = (url, bytes, { onProgress, signal }) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    const finish = (): void => signal.removeEventListener("abort", abort);
    request.open("PUT", url);
    request.upload.onprogress = (event) => onProgress(event.loaded);
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
      reject(signal.reason);
    };
    signal.addEventListener("abort", abort);
    request.send(bytes);
  });
