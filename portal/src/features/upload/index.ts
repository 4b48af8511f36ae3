import { lazy } from "react";

export { sendFile } from "./sendFile";
export { useUploadTray } from "./trayState";
export { startUploads, UploadButton, UploadDrop, UploadFolderButton } from "./UploadDrop";
export { UploadTrayButton } from "./UploadTrayButton";
export { useUploadGuard } from "./uploads";

/** Comes when the tray is opened for the first time. */
export const UploadTray = lazy(() =>
  import("./UploadTray").then(({ UploadTray: tray }) => ({ default: tray })),
);
