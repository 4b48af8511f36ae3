"""What can stand against the room's work."""

from dam.core.errors import Conflict, DomainError


class UploadNotReady(Conflict):
    code, title = "upload-incomplete", "The upload is not complete."


class UploadGone(Conflict):
    code, title = "upload-closed", "The upload is no longer there."


class DigestMismatch(Conflict):
    code, title = "digest-mismatch", "The bytes have another SHA-256 than the one that was given."


class SidecarNotKept(DomainError):
    code, status, title = "storage-unavailable", 503, "The file storage did not keep the file."


class PluginFailed(DomainError):
    code, status, title = "plugin-failed", 502, "A plug-in did not do its part."
