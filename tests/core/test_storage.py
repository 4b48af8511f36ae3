"""The typed surface of the store, on the real one; a store that breaks off is played by a socket."""

from __future__ import annotations

import secrets
import socket
import threading
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest

from dam.core import storage


@pytest.fixture
def key() -> str:
    return f"tests/{secrets.token_hex(8)}/ä file"


def test_what_was_put_comes_back(key: str, tmp_path: Path) -> None:
    stored = storage.put_bytes(
        "gpu-writer", "previews", key, b"hello", content_type="text/plain", cache_control="max-age=60"
    )

    info = storage.head("gpu-writer", "previews", key)
    assert (info.size, info.etag, info.content_type, info.lock) == (5, stored.etag, "text/plain", None)
    assert storage.get_bytes("edge-reader", "previews", key) == b"hello"
    assert storage.download("edge-reader", "previews", key, tmp_path / "copy") == 5
    assert (tmp_path / "copy").read_bytes() == b"hello"
    assert key in list(storage.keys_under("gpu-writer", "previews", key.rsplit("/", 1)[0]))


def test_a_file_is_put_and_a_range_of_it_read(key: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(range(256)))

    storage.put_file(
        "gpu-writer", "previews", key, tmp_path / "file", content_type="application/octet-stream"
    )

    with storage.get_stream("gpu-writer", "previews", key, first=10, last=12) as reader:
        assert (reader.size, reader.read()) == (3, b"\x0a\x0b\x0c")


def test_deleting_what_is_not_there_is_no_error(key: str) -> None:
    storage.delete("gpu-writer", "previews", key)


def test_only_the_first_writer_creates(key: str) -> None:
    storage.put_bytes("promoter", "docs", key, b"first", content_type="text/plain", only_if_absent=True)

    with pytest.raises(storage.Refused) as refused:
        storage.put_bytes("promoter", "docs", key, b"second", content_type="text/plain", only_if_absent=True)

    assert refused.value.reason == "PreconditionFailed"
    assert storage.get_bytes("promoter", "docs", key) == b"first"


def test_a_download_is_an_attachment_under_its_name(key: str) -> None:
    storage.put_bytes("gpu-writer", "previews", key, b"hello", content_type="text/html")

    url = storage.presign_get("gpu-writer", "previews", key, filename='Täke "1"\r\n.mov', expires_s=60)

    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - the store's own address
        disposition = answer.headers["Content-Disposition"]
        assert answer.read() == b"hello"
    assert disposition.startswith("attachment;")
    assert "filename*=UTF-8''T%C3%A4ke%20%221%22%0D%0A.mov" in disposition


def test_failures_have_kinds_and_tell_no_secrets(key: str) -> None:
    with pytest.raises(storage.NotFound) as absent:
        storage.head("promoter", "staging", key)
    with pytest.raises(storage.Refused) as refused:
        storage.get_bytes("uploader", "staging", key)

    for each in (absent.value, refused.value):
        assert key not in str(each)
        assert "staging" not in str(each)
        assert each.status == 503


def test_a_large_object_is_not_read_as_a_small_one(key: str) -> None:
    storage.put_bytes("gpu-writer", "previews", key, b"hello", content_type="text/plain")

    with pytest.raises(storage.Refused):
        storage.get_bytes("gpu-writer", "previews", key, most=4)


def test_a_version_is_locked_longer_but_never_shorter(key: str) -> None:
    stored = storage.put_bytes("promoter", "masters", key, b"m", content_type="text/plain")
    later = storage.Lock("GOVERNANCE", datetime.now(UTC).replace(microsecond=0) + timedelta(days=60))

    storage.put_retention("promoter", "masters", key, version_id=stored.version_id, lock=later)

    assert storage.head("promoter", "masters", key, version_id=stored.version_id).lock == later
    sooner = storage.Lock("GOVERNANCE", later.until - timedelta(days=50))
    with pytest.raises(storage.Refused):
        storage.put_retention("promoter", "masters", key, version_id=stored.version_id, lock=sooner)


@pytest.fixture
def broken_store(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A store that promises a hundred bytes, sends ten and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nETag: x\r\n\r\n" + b"0123456789"
                )

    thread = threading.Thread(target=answer)
    thread.start()
    client = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{listener.getsockname()[1]}",
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    monkeypatch.setattr("dam.core.storage.reading.client", lambda identity, **_: client)
    yield
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def test_a_read_that_breaks_off_is_never_taken_for_the_whole(broken_store: None) -> None:
    with pytest.raises(storage.Unavailable), storage.get_stream("reader", "masters", "m") as reader:
        b"".join(reader.chunks())


def test_a_store_that_is_away_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    away = boto3.client(
        "s3",
        endpoint_url="http://127.0.0.1:9",
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    monkeypatch.setattr("dam.core.storage.clients.client", lambda identity, **_: away)

    with pytest.raises(storage.Unavailable):
        storage.probe()
