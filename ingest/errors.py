"""What can stand against an upload."""

from dam.core.errors import Conflict


class QuotaExceeded(Conflict):
    code, title = "quota-exceeded", "The organisation's storage is full."


class UploadIncomplete(Conflict):
    code, title = "upload-incomplete", "The upload is not complete."


class PartMismatch(Conflict):
    code, title = "part-mismatch", "The parts are not those that the storage holds."


class UploadClosed(Conflict):
    code, title = "upload-closed", "The upload takes no more parts."
