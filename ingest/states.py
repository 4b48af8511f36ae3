"""The states of an upload, as the contract names them."""

from django.db import models


class State(models.TextChoices):
    """Where an upload stands on its way from open to promoted."""

    OPEN = "open"
    UPLOADED = "uploaded"
    SCANNING = "scanning"
    REJECTED = "rejected"
    PROMOTING = "promoting"
    PROMOTED = "promoted"
    ABORTED = "aborted"
    EXPIRED = "expired"
