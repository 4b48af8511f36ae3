"""Odd, broken and hostile HTTP does not get past the listener, nor into the cache."""

import re
from collections.abc import Callable

import pytest

from previews.edge_tokens import Kind
from tests.edge.conftest import Published
from tests.edge.running import Edge, Origin, raw_request, request, statuses_of

METHODS = ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "PURGE", "MKCOL", "CONNECT", "get"]


@pytest.mark.parametrize("method", METHODS)
def test_method_is_not_allowed(preview: Published, method: str) -> None:
    received = raw_request(
        preview.port,
        f"{method} {preview.path()} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode(),
    )

    assert set(statuses_of(received)) <= {400, 405}


def test_refused_method_names_those_allowed(preview: Published) -> None:
    answer = preview.get(method="DELETE")

    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_override_headers_change_nothing(preview: Published) -> None:
    overrides = {
        "X-HTTP-Method-Override": "DELETE",
        "X-Original-URL": "/metrics",
        "X-Rewrite-URL": "/metrics",
        "X-Accel-Redirect": "/metrics",
    }

    assert preview.get(headers=overrides).body == preview.files[Kind.HLS, "master.m3u8"]


def test_preflight_is_answered_without_a_token_check(preview: Published) -> None:
    answer = preview.get(
        method="OPTIONS",
        headers={"Origin": "https://portal.example", "Access-Control-Request-Headers": "range"},
    )

    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Range" in answer.headers["Access-Control-Allow-Headers"]
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD"


BROKEN: dict[str, tuple[str, set[int]]] = {
    "unknown_host": ("GET {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", {421}),
    "no_host": ("GET {path} HTTP/1.1\r\nConnection: close\r\n\r\n", {400}),
    "two_hosts": (
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        {400},
    ),
    "absolute_form_of_a_foreign_host": (
        "GET http://evil.example{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        {400, 421},
    ),
    "length_and_chunks": (
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n"
        "Connection: close\r\n\r\n0\r\n\r\n",
        {400, 405},
    ),
    "two_lengths": (
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 5\r\nConnection: close\r\n\r\n",
        {400},
    ),
    "negative_length": (
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\nConnection: close\r\n\r\n",
        {400},
    ),
    "signed_length": (
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5\r\nConnection: close\r\n\r\nhello",
        {400},
    ),
    "list_of_lengths": (
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0, 0\r\nConnection: close\r\n\r\n",
        {400},
    ),
    "unknown_transfer_coding": (
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\nConnection: close\r\n\r\n",
        {400, 501},
    ),
    "two_transfer_codings": (
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, identity\r\nConnection: close\r\n\r\n",
        {400, 501},
    ),
    "chunks_in_http_1_0": (
        "GET {path} HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        {400, 501},
    ),
    "nul_in_a_header": (
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nX-A: a\0b\r\nConnection: close\r\n\r\n",
        {400},
    ),
    "blank_before_the_colon": ("GET {path} HTTP/1.1\r\nHost : localhost\r\nConnection: close\r\n\r\n", {400}),
    "header_of_9_kb": (
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nX-A: {long}\r\nConnection: close\r\n\r\n",
        {400, 431},
    ),
    "address_of_9_kb": (
        "GET {path}?{long} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        {400, 414},
    ),
    "body_of_5_kb": (
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\nConnection: close\r\n\r\n",
        {400, 413},
    ),
}


@pytest.mark.parametrize(("text", "statuses"), BROKEN.values(), ids=BROKEN.keys())
def test_request_is_refused_with(preview: Published, text: str, statuses: set[int]) -> None:
    data = text.replace("{path}", preview.path()).replace("{long}", "x" * 9000).encode()

    received = raw_request(preview.port, data)

    assert statuses_of(received)
    assert set(statuses_of(received)) <= statuses


def test_http_0_9_gets_no_content(preview: Published) -> None:
    assert b"#EXTM3U" not in raw_request(preview.port, f"GET {preview.path()}\r\n\r\n".encode())


def test_folded_header_is_refused(preview: Published) -> None:
    received = raw_request(
        preview.port,
        f"GET {preview.path()} HTTP/1.1\r\nHost: localhost\r\nX-A: 1\r\n 2\r\nConnection: close\r\n\r\n".encode(),
    )

    assert statuses_of(received) == [400]


def test_body_of_a_get_is_not_read_as_a_second_request(preview: Published) -> None:
    preview.get()  # a fetch would be given up when the client sends no more
    hidden = f"GET {preview.path('nothing.m3u8')} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    head = (
        f"GET {preview.path()} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(hidden)}\r\n\r\n".encode()
    )

    received = raw_request(preview.port, head + hidden)

    assert statuses_of(received) == [200]


def test_hostile_first_request_does_not_poison_the_cache(
    nginx: Edge, origin: Origin, publish: Callable[..., Published]
) -> None:
    fresh = publish(nginx)
    hostile = {
        "Range": "bytes=0-3",
        "If-None-Match": '"x"',
        "Accept-Encoding": "gzip",
        "X-Forwarded-Host": "evil.example",
        "Origin": "https://evil.example",
        "Authorization": "AWS4-HMAC-SHA256 Credential=evil",
        "X-Amz-Date": "20000101T000000Z",
        "Cache-Control": "no-cache, max-age=0",
    }

    first = fresh.get("v0/00000.m4s", headers=hostile)
    second = fresh.get("v0/00000.m4s")

    assert (first.status, first.body) == (206, second.body[:4])
    assert (second.status, second.cache, len(second.body)) == (200, "HIT", 300_000)
    sent = next(headers for path, headers in origin.requests if fresh.grant.digest in path)
    assert set(sent) == {"Host", "X-Amz-Content-Sha256", "X-Amz-Date", "Authorization"}
    assert "evil" not in str(sent)


def test_error_pages_carry_no_words_of_storage_and_no_version(preview: Published) -> None:
    answer = preview.get("missing.m3u8")

    assert (answer.status, answer.body) == (404, b'{"error":"not-found"}')
    assert answer.headers["Server"] == "nginx"
    assert not [name for name in answer.headers if re.match(r"x-amz|seaweed", name, re.IGNORECASE)]


def test_control_listener_is_another_one(nginx: Edge) -> None:
    assert request(nginx.config.control_port, "/metrics").status == 200
    assert request(nginx.config.control_port, "/e/x/hls/y/z.m3u8").status == 404
