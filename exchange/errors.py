"""What can stand against the room's work."""

from dam.core.errors import Conflict


class UploadNotReady(Conflict):
    code, title = "upload-incomplete", "The upload is not complete."


class UploadGone(Conflict):
    code, title = "upload-closed", "The upload is no longer there."
