"""Storage identities that assume a role: sessions are shared, renewed in time, and outlived by no address."""

from __future__ import annotations

import secrets
import time
import urllib.request
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from dam.core import storage
from dam.core.storage import sessions
from tests.core.sts_fake import SessionStore, session_store

ROLE = "arn:aws:iam::1:role/{}"
IDENTITIES = ("uploader", "promoter", "gpu-writer", "reader", "backup-writer")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[SessionStore]:
    real = storage.configuration()
    keys = {pair.key_id: pair.secret for pair in real.keys.values()}
    roles = {ROLE.format(each): real.keys[each].key_id for each in IDENTITIES}
    with session_store(real.endpoint_url, keys=keys, roles=roles) as running:
        monkeypatch.setenv("S3_ENDPOINT_URL", running.url)
        monkeypatch.setenv("S3_PUBLIC_URL", running.url)
        monkeypatch.setenv("S3_TIMEOUT", "2")
        monkeypatch.setenv("S3_ATTEMPTS", "1")
        for each in IDENTITIES:
            monkeypatch.setenv(f"S3_{each.upper().replace('-', '_')}_ROLE_ARN", ROLE.format(each))
        storage.forget()
        yield running
        storage.forget()
    monkeypatch.undo()
    storage.forget()


@pytest.fixture
def key() -> str:
    return f"tests/{secrets.token_hex(8)}"


def lives_s(url: str) -> int:
    return int(parse_qs(urlsplit(url).query)["X-Amz-Expires"][0])


def test_every_call_of_an_identity_shares_one_session(store: SessionStore, key: str) -> None:
    storage.put_bytes("gpu-writer", "previews", key, b"hello", content_type="text/plain")
    assert storage.get_bytes("gpu-writer", "previews", key) == b"hello"
    url = storage.presign_get("gpu-writer", "previews", key, expires_s=60)

    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - the store's own address
        assert answer.read() == b"hello"
    assert store.asked == ["dam-gpu-writer"]
    storage.keys_under("promoter", "staging", key)
    storage.probe()
    assert store.asked == ["dam-gpu-writer", "dam-promoter"]


def test_a_session_is_renewed_before_it_ends(store: SessionStore, key: str) -> None:
    store.lifetime_s = 2.0
    deadline = time.monotonic() + 3.5

    while time.monotonic() < deadline:
        storage.put_bytes("gpu-writer", "previews", key, b"x", content_type="text/plain")

    assert len(store.asked) >= 3
    assert storage.get_bytes("gpu-writer", "previews", key) == b"x"


def test_no_address_outlives_the_session_that_signed_it(store: SessionStore, key: str) -> None:
    store.lifetime_s = 900

    upload_id = storage.create_multipart("uploader", "staging", key)
    part = storage.presign_part(
        "uploader", "staging", key, upload_id=upload_id, number=1, size=5, expires_s=3600
    )
    download = storage.presign_get("reader", "masters", key, expires_s=300)

    assert 900 - sessions.MARGIN_S - 5 <= lives_s(part) <= 900 - sessions.MARGIN_S
    assert lives_s(download) == 300


def test_a_token_service_that_is_away_is_forgiven_while_the_session_holds(
    store: SessionStore, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MARGIN_S", 0)
    store.lifetime_s = 2.0
    storage.put_bytes("gpu-writer", "previews", key, b"x", content_type="text/plain")
    store.is_away = True
    [session] = store.sessions.values()

    refused = None
    while refused is None:
        try:
            storage.head("gpu-writer", "previews", key)
        except storage.StorageError as error:
            refused = error

    assert time.time() >= session.ends_at.timestamp() - 0.1
    assert refused.status == 503  # by us, or by the store, whose clock is a moment ahead
    assert len(store.asked) <= 4  # the first, one too early to matter, and one that had to be
    store.is_away, store.lifetime_s = False, 900
    assert storage.head("gpu-writer", "previews", key).size == 1


def test_a_role_that_may_not_be_assumed_is_refused_in_words(
    store: SessionStore, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3_PROMOTER_ROLE_ARN", ROLE.format("another"))
    storage.forget()

    with pytest.raises(storage.Refused) as refused:
        storage.head("promoter", "masters", key)

    assert (refused.value.status, refused.value.reason) == (503, "AccessDenied")
    with pytest.raises(storage.StorageError):
        storage.presign_get("promoter", "masters", key, expires_s=60)
