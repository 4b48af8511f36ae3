"""Only one spelling of an address is taken; nothing else reaches storage."""

from collections.abc import Callable

import pytest

from previews.edge_tokens import Kind
from tests.edge.conftest import Published
from tests.edge.running import Edge, Origin, raw_request, request, statuses_of

NAME = "master.m3u8"
REFUSED = {400, 403, 404}

SPELLINGS: dict[str, Callable[[str], str]] = {
    "dot_segment_up": lambda path: path.replace(NAME, f"../{NAME}"),
    "dot_segment_up_and_back": lambda path: path.replace(NAME, f"v0/../{NAME}"),
    "encoded_dots": lambda path: path.replace(NAME, f"%2e%2e/{NAME}"),
    "half_encoded_dots": lambda path: path.replace(NAME, f".%2e/{NAME}"),
    "encoded_slash": lambda path: path.replace(NAME, f"v0/..%2f{NAME}"),
    "doubly_encoded_dots": lambda path: path.replace(NAME, f"%252e%252e/{NAME}"),
    "overlong_utf8_dots": lambda path: path.replace(NAME, f"%c0%ae%c0%ae/{NAME}"),
    "backslash": lambda path: path.replace(NAME, f"v0\\..\\{NAME}"),
    "encoded_backslash": lambda path: path.replace(NAME, f"v0%5c..%5c{NAME}"),
    "double_slash": lambda path: path.replace(NAME, f"/{NAME}"),
    "double_slash_in_front": lambda path: f"/{path}",
    "single_dot_segment": lambda path: path.replace(NAME, f"./{NAME}"),
    "semicolon": lambda path: path.replace(NAME, f"{NAME};x=1"),
    "trailing_slash": lambda path: f"{path}/",
    "folder": lambda path: path.replace(NAME, ""),
    "folder_without_slash": lambda path: path.replace(f"/{NAME}", ""),
    "encoded_nul": lambda path: path.replace(NAME, f"{NAME}%00.webp"),
    "encoded_newline": lambda path: path.replace(NAME, f"{NAME}%0a"),
    "encoded_line_end": lambda path: path.replace(NAME, f"{NAME}%0d%0aX-Evil:%201"),
    "encoded_fragment": lambda path: path.replace(NAME, f"{NAME}%23x"),
    "encoded_query": lambda path: path.replace(NAME, f"{NAME}%3fx"),
    "encoded_letter": lambda path: path.replace("master", "m%61ster"),
    "encoded_digest": lambda path: path.replace("/hls/", "/hls/%30"),
    "hidden_file": lambda path: path.replace(NAME, ".master.m3u8"),
    "hidden_folder": lambda path: path.replace(NAME, ".git/x.m3u8"),
    "unknown_extension": lambda path: path.replace("m3u8", "html"),
    "no_extension": lambda path: path.replace(".m3u8", ""),
    "script": lambda path: path.replace("m3u8", "js"),
    "picture_markup": lambda path: path.replace("m3u8", "svg"),
    "seven_folders_deep": lambda path: path.replace(NAME, f"a/b/c/d/e/f/g/{NAME}"),
    "name_of_300_characters": lambda path: path.replace(NAME, f"{'x' * 300}.m3u8"),
    "upper_case_digest": lambda path: (
        path[: path.index("/hls/") + 5] + path[path.index("/hls/") + 5 :].upper()
    ),
    "unknown_kind": lambda path: path.replace("/hls/", "/zip/"),
    "kind_in_capitals": lambda path: path.replace("/hls/", "/HLS/"),
    "full_width_letter": lambda path: path.replace("master", "%ef%bd%8daster"),
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_address_is_refused_when_spelled_with(
    preview: Published, origin: Origin, spell: Callable[[str], str]
) -> None:
    path = spell(preview.path(NAME))
    before = len(origin.requests)

    received = raw_request(
        preview.port, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    )

    assert set(statuses_of(received)) <= REFUSED
    assert statuses_of(received)
    assert b"X-Evil" not in received.partition(b"\r\n\r\n")[0]
    assert len(origin.requests) == before


@pytest.mark.parametrize("byte", [b"\x00", b"\t", b"\r", b"\n", b" ", b"\x7f", b"\xff"])
def test_raw_control_byte_in_the_address_is_refused(preview: Published, byte: bytes) -> None:
    path = preview.path(NAME).encode().replace(b"master", b"mas" + byte + b"ter")

    received = raw_request(
        preview.port, b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )

    assert 200 not in statuses_of(received)
    assert b"#EXTM3U" not in received


def test_query_reaches_neither_the_check_nor_storage(
    nginx: Edge, origin: Origin, publish: Callable[..., Published]
) -> None:
    fresh = publish(nginx)

    first = request(fresh.port, f"{fresh.path(NAME)}?acl&versionId=1")
    second = request(fresh.port, f"{fresh.path(NAME)}?other")

    assert first.body == second.body == fresh.files[Kind.HLS, NAME]
    assert (first.cache, second.cache) == ("MISS", "HIT")
    assert [path for path, _ in origin.requests if fresh.grant.digest in path] == [
        f"/previews/{fresh.grant.organization}/hls/{fresh.grant.digest}/{NAME}"
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/metrics",
        "/healthz",
        "/nginx",
        "/_edge/revoked/x",
        "/_edge/flags/disk_low",
        "/previews/x",
        "/e",
        "/e/",
    ],
)
def test_public_listener_shows_nothing_but_signed_addresses(nginx: Edge, path: str) -> None:
    assert request(nginx.config.port, path).status in REFUSED
