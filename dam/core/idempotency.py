"""`Idempotency-Key`: the same key and body get the first answer again, another body is refused."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import orjson
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from dam.core.errors import KeyReused, invalid
from dam.core.models import IdempotencyKey

MAX_KEY_LENGTH = 255
KEPT_S = 24 * 3600


def _box() -> Fernet:
    """Answers may hold a share's token, shown once and stored nowhere else: keep them encrypted."""
    digest = hashlib.sha256(b"dam.idempotency" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def claim(*, actor: str, key: str, request: bytes) -> tuple[IdempotencyKey, tuple[int, Any] | None]:
    """Take the key for this request, or return the answer it got before: (row, (status, body) or None).

    Locks and transaction: inside the request's scope; a second request with the key waits for the first to end.

    Raises:
        KeyReused: the key was used with another request.
        Invalid: an empty or overlong key.
    """
    if not key or len(key) > MAX_KEY_LENGTH:
        raise invalid("idempotency_key", f"Must have 1 to {MAX_KEY_LENGTH} characters.")
    digest = hashlib.sha256(request).digest()
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(actor=actor, key=key, request_digest=digest), None
    except IntegrityError:
        row = IdempotencyKey.objects.select_for_update().get(actor=actor, key=key)
    if bytes(row.request_digest) != digest:
        raise KeyReused
    body = orjson.loads(_box().decrypt(bytes(row.answer))) if row.answer else None
    return row, (row.status or 200, body)


def remember(row: IdempotencyKey, *, status: int, body: Any) -> None:
    """Keep the answer beside its key, in the transaction that did the work."""
    row.status = status
    row.answer = _box().encrypt(orjson.dumps(body, default=str, option=orjson.OPT_UTC_Z))
    row.save(update_fields=["status", "answer", "updated_at"])


def forget_old() -> int:
    """Drop the answers that are older than a day, of every organisation; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT idempotency_forget(%s)", [KEPT_S])
        return int(cursor.fetchone()[0])
