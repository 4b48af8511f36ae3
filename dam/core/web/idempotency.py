"""`Idempotency-Key`: the same key and body get the first answer again, another body is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from cryptography.fernet import Fernet
from django.db import IntegrityError, connection, transaction
from rest_framework.request import Request
from rest_framework.response import Response

from dam.core import sealing, tenancy
from dam.core.errors import KeyReused, invalid
from dam.core.models import IdempotencyKey
from dam.core.web.rendering import JsonRenderer, Raw

MAX_KEY_LENGTH = 255
KEPT_S = 24 * 3600


def _box() -> Fernet:
    """Answers may hold a share's token, shown once and stored nowhere else: keep them encrypted."""
    return sealing.box("dam.idempotency")


@dataclass(frozen=True)
class Answer:
    """What was answered the first time."""

    status: int
    body: Any
    etag: str | None

    def response(self) -> Response:
        """Return it to be sent again."""
        return Response(self.body, status=self.status, headers={"ETag": self.etag} if self.etag else None)


class AlreadyAnswered(Exception):
    """The key was used before with this very request."""

    def __init__(self, answer: Answer) -> None:
        """Take what was answered then."""
        super().__init__()
        self.answer = answer


def digest_of(request: Request) -> bytes:
    """Return what tells one request from another: its path and its body, however the keys are ordered."""
    text = orjson.dumps([request.path, request.data], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).digest()


def claim(*, actor: str, key: str, request: bytes) -> tuple[IdempotencyKey, Answer | None]:
    """Take the key for this request, or return the answer it got before.

    Shapes: `request` is what `digest_of` returns.

    Locks and transaction: inside the request's scope; a second request with the key waits for the first to end.

    Raises:
        KeyReused: the key was used with another request.
        Invalid: an empty or overlong key.
    """
    _check_key(key)
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(actor=actor, key=key, request_digest=request), None
    except IntegrityError:
        row = IdempotencyKey.objects.select_for_update().get(actor=actor, key=key)
    return row, _answer_in(row, request=request)


def answer_among(organization_ids: Iterable[UUID], *, actor: str, key: str, request: bytes) -> Answer | None:
    """Return the answer that a key got in one of the organisations: for requests that make one.

    Locks and transaction: inside a transaction; a second request with the key waits for the first to end.

    Raises:
        KeyReused: the key was used with another request.
        Invalid: an empty or overlong key.
    """
    _check_key(key)
    for each in organization_ids:
        with tenancy.scope(each):
            row = IdempotencyKey.objects.filter(actor=actor, key=key).first()
            if row is not None:
                return _answer_in(row, request=request)
    return None


def remember(row: IdempotencyKey, response: Response) -> None:
    """Keep the answer beside its key, in the transaction that did the work."""
    told = JsonRenderer().render(response.data)
    row.status = response.status_code
    row.answer = _box().encrypt(orjson.dumps([told.decode(), response.headers.get("ETag")]))
    row.save(update_fields=["status", "answer", "updated_at"])


def _check_key(key: str) -> None:
    if not key or len(key) > MAX_KEY_LENGTH:
        raise invalid("idempotency_key", f"Must have 1 to {MAX_KEY_LENGTH} characters.")


def _answer_in(row: IdempotencyKey, *, request: bytes) -> Answer:
    if bytes(row.request_digest) != request:
        raise KeyReused
    body, etag = orjson.loads(_box().decrypt(bytes(row.answer))) if row.answer else ("", None)
    return Answer(row.status or 200, Raw(body.encode()) if body else None, etag)


def forget_old() -> int:
    """Drop the answers that are older than a day, of every organisation; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT idempotency_forget(%s)", [KEPT_S])
        return int(cursor.fetchone()[0])
