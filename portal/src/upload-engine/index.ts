export { UploadEngine } from "./engine";
export { hashFile } from "./hashFile";
export { secondsLeft } from "./planner";
export { putPart } from "./putPart";
export { browserShelf } from "./sessionShelf";
export {
  type PlacedFile,
  PutError,
  type SignedPart,
  type UploadFailure,
  type UploadItem,
  type UploadPhase,
  type UploadTransport,
} from "./types";
