"""Whole objects come range after range, the next of them open while one is read, and always of one and the same object."""

import io
import secrets
import socket
import threading
from collections.abc import Iterator

import boto3
import pytest

from dam.core import storage

KIB = 1024


@pytest.fixture
def key() -> str:
    return f"tests/{secrets.token_hex(8)}"


def put(key: str, body: bytes) -> storage.Stored:
    return storage.put_bytes("gpu-writer", "previews", key, body, content_type="application/octet-stream")


@pytest.mark.parametrize("size", [1, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, 300 * KIB])
def test_an_object_of_any_length_comes_whole(key: str, size: int) -> None:
    body = secrets.token_bytes(size)
    put(key, body)

    with storage.get_whole("gpu-writer", "previews", key, piece=64 * KIB) as reader:
        assert reader.size == size
        assert b"".join(reader.chunks(10 * KIB)) == body


def test_an_empty_object_is_empty(key: str) -> None:
    put(key, b"")

    with storage.get_whole("gpu-writer", "previews", key) as reader:
        assert (reader.size, list(reader.chunks())) == (0, [])


def test_what_is_not_there_is_said_so(key: str) -> None:
    with pytest.raises(storage.NotFound):
        storage.get_whole("gpu-writer", "previews", key)


def test_an_object_that_becomes_another_is_refused_not_mixed(key: str) -> None:
    put(key, secrets.token_bytes(300 * KIB))

    with storage.get_whole("gpu-writer", "previews", key, piece=64 * KIB) as reader:
        chunks = reader.chunks(10 * KIB)
        next(chunks)
        put(key, secrets.token_bytes(300 * KIB))
        with pytest.raises(storage.Refused):
            b"".join(chunks)


def test_a_version_is_read_whole_whatever_comes_over_it(key: str) -> None:
    body = secrets.token_bytes(200 * KIB)
    first = storage.put_bytes("promoter", "masters", key, body, content_type="application/octet-stream")
    storage.put_bytes("promoter", "masters", key, b"later", content_type="text/plain")

    with storage.get_whole("promoter", "masters", key, version_id=first.version_id, piece=64 * KIB) as reader:
        assert b"".join(reader.chunks()) == body


def test_no_range_stays_open_when_the_reader_stops_early() -> None:
    bodies = [io.BytesIO(b"0123"), io.BytesIO(b"4567")]
    begun, following = (storage.Reader(each, size=4, version_id="") for each in bodies)  # type: ignore[arg-type]

    with storage.WholeReader(begun, size=12, follow=lambda first: following) as reader:
        assert next(reader.chunks(2)) == b"01"

    assert [each.closed for each in bodies] == [True, True]


WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n"
OF_UNKNOWN_LENGTH = b"HTTP/1.1 206 Partial Content\r\nContent-Length: 10\r\nContent-Range: bytes 0-9/*\r\n"


@pytest.fixture(params=[WHOLE, OF_UNKNOWN_LENGTH], ids=["no ranges", "ranges of unknown length"])
def store_without_ranges(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[bytes]:
    """A store that answers every GET with the whole of the same object, or a range of it without telling its length."""
    body = secrets.token_bytes(100)
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                is_range = b"range:" in connection.recv(65536).lower()
                head = request.param if is_range else WHOLE
                sent = body[:10] if head is OF_UNKNOWN_LENGTH else body
                connection.sendall(head + b'ETag: "x"\r\nConnection: close\r\n\r\n' + sent)

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
    yield body
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def test_a_store_whose_ranges_do_not_lead_to_the_end_gives_it_in_one(store_without_ranges: bytes) -> None:
    with storage.get_whole("reader", "masters", "m", piece=10) as reader:
        assert reader.size == 100
        assert b"".join(reader.chunks(7)) == store_without_ranges
