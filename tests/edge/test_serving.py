"""What a viewer with a good token receives."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from previews.edge_tokens import Kind, edge_url, object_key
from tests.edge.conftest import MP4, SEGMENT, Published
from tests.edge.running import Edge, Origin, wait_for

TYPES = {
    "a.m3u8": "application/vnd.apple.mpegurl",
    "v0/a.m4s": "video/iso.segment",
    "v0/init.mp4": "video/mp4",
    "a.vtt": "text/vtt",
    "a.jpg": "image/jpeg",
    "a.webp": "image/webp",
    "a.json": "application/json",
}


def test_type_follows_from_the_extension_whatever_storage_says(
    nginx: Edge, publish: Callable[..., Published]
) -> None:
    stored = publish(nginx, files={(Kind.IMG, rest): b"x" for rest in TYPES})

    types = {rest: stored.get(rest, kind=Kind.IMG).headers.get_all("Content-Type") for rest in TYPES}

    assert types == {rest: [kind] for rest, kind in TYPES.items()}


def test_answer_is_immutable_open_to_any_origin_and_harmless_as_a_page(preview: Published) -> None:
    headers = preview.get("poster.webp", kind=Kind.IMG).headers

    assert headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Content-Range" in headers["Access-Control-Expose-Headers"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_download_is_an_attachment_with_a_safe_name(preview: Published) -> None:
    answer = preview.get("proxy.mp4", kind=Kind.DL)

    assert answer.body == MP4
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{preview.grant.digest}.mp4"'
    assert preview.get("proxy.mp4", kind=Kind.MP4).headers["Content-Disposition"] is None


def test_playback_and_download_share_one_cached_file(nginx: Edge, publish: Callable[..., Published]) -> None:
    fresh = publish(nginx)

    assert fresh.get("proxy.mp4", kind=Kind.MP4).cache == "MISS"
    assert fresh.get("proxy.mp4", kind=Kind.DL).cache == "HIT"


@pytest.mark.parametrize(("kind", "rest"), [(Kind.HLS, "v0/00000.m4s"), (Kind.MP4, "proxy.mp4")])
def test_head_tells_the_length_of_get(
    nginx: Edge, publish: Callable[..., Published], kind: Kind, rest: str
) -> None:
    fresh = publish(nginx)

    cold = fresh.get(rest, kind=kind, method="HEAD")
    hot = fresh.get(rest, kind=kind, method="HEAD")
    full = fresh.get(rest, kind=kind)

    assert cold.headers["Content-Length"] == hot.headers["Content-Length"] == str(len(full.body))
    assert (cold.body, full.cache) == (b"", "HIT")


RANGES = {
    "bytes=0-99": slice(0, 100),
    "bytes=1000-1999": slice(1000, 2000),
    "bytes=-7": slice(-7, None),
    "bytes=2999990-": slice(2_999_990, None),
    "bytes=2097100-2097200": slice(2_097_100, 2_097_201),
}


@pytest.mark.parametrize(("asked", "part"), RANGES.items(), ids=RANGES.keys())
def test_range_is_exact(preview: Published, asked: str, part: slice) -> None:
    answer = preview.get("proxy.mp4", kind=Kind.MP4, headers={"Range": asked})

    assert (answer.status, answer.body) == (206, MP4[part])
    assert answer.headers.get_all("Content-Type") == ["video/mp4"]


def test_range_of_a_cold_file_is_exact(nginx: Edge, publish: Callable[..., Published]) -> None:
    answer = publish(nginx).get("proxy.mp4", kind=Kind.MP4, headers={"Range": "bytes=2500000-2500099"})

    assert (answer.status, answer.body) == (206, MP4[2_500_000:2_500_100])


def test_several_ranges_come_as_parts_once_the_file_is_cached(
    nginx: Edge, publish: Callable[..., Published]
) -> None:
    fresh = publish(nginx)
    several = {"Range": "bytes=0-1,10-11,20-21"}

    cold = fresh.get("v0/00000.m4s", headers=several)
    answer = fresh.get("v0/00000.m4s", headers=several)

    assert (cold.status, cold.body) == (200, SEGMENT)
    assert cold.headers.get_all("Content-Type") == ["video/iso.segment"]
    assert answer.status == 206
    assert answer.headers["Content-Type"].startswith("multipart/byteranges")
    assert all(SEGMENT[at : at + 2] in answer.body for at in (0, 10, 20))


def test_five_hundred_ranges_are_answered_with_the_file(preview: Published) -> None:
    many = "bytes=" + ",".join(f"{at}-{at}" for at in range(500))

    answer = preview.get("v0/00000.m4s", headers={"Range": many})

    assert (answer.status, len(answer.body)) == (200, len(SEGMENT))
    assert answer.headers["Content-Type"] == "video/iso.segment"


@pytest.mark.parametrize(
    ("rest", "kind", "length"),
    [("proxy.mp4", Kind.MP4, len(MP4)), ("v0/00000.m4s", Kind.HLS, len(SEGMENT))],
)
def test_range_beyond_the_end_is_refused_and_no_cache_keeps_that(
    preview: Published, rest: str, kind: Kind, length: int
) -> None:
    for _ in ("cold", "cached"):
        answer = preview.get(rest, kind=kind, headers={"Range": "bytes=9999999-"})

        assert answer.status == 416
        assert answer.headers["Content-Range"] == f"bytes */{length}"
        assert answer.headers.get_all("Cache-Control") == ["no-store"]
        assert len(answer.headers.get_all("Content-Type", [])) == 1
        assert answer.headers.get_all("Access-Control-Allow-Origin") == ["*"]
        assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
        assert answer.body == b""


def test_unchanged_object_is_not_sent_again(preview: Published) -> None:
    etag = preview.get().headers["ETag"]

    answer = preview.get(headers={"If-None-Match": etag})

    assert (answer.status, answer.body) == (304, b"")


def test_range_of_another_version_gets_the_whole(preview: Published) -> None:
    answer = preview.get("v0/00000.m4s", headers={"Range": "bytes=0-9", "If-Range": '"other"'})

    assert (answer.status, answer.body) == (200, SEGMENT)


def test_object_is_fetched_where_the_token_says(
    nginx: Edge, origin: Origin, publish: Callable[..., Published]
) -> None:
    for generation in (0, 1, 417):
        stored = publish(nginx, generation=generation)

        assert stored.get("proxy.mp4", kind=Kind.DL).body == MP4

        key = object_key(stored.grant, kind=Kind.DL, rest="proxy.mp4")
        assert f"/previews/{key}" in {path for path, _ in origin.requests}


def test_generations_of_one_digest_are_kept_apart(nginx: Edge, publish: Callable[..., Published]) -> None:
    first = publish(nginx, files={(Kind.HLS, "master.m3u8"): b"old"})
    second = publish(
        nginx,
        files={(Kind.HLS, "master.m3u8"): b"new"},
        organization=first.grant.organization,
        digest=first.grant.digest,
        generation=1,
    )

    assert (first.get().body, second.get().body) == (b"old", b"new")


def test_tenants_with_the_same_master_share_no_cached_file(
    nginx: Edge, publish: Callable[..., Published]
) -> None:
    mine = publish(nginx, files={(Kind.HLS, "master.m3u8"): b"mine"})
    theirs = publish(nginx, files={(Kind.HLS, "master.m3u8"): b"theirs"}, digest=mine.grant.digest)

    assert (mine.get().body, theirs.get().body) == (b"mine", b"theirs")
    assert (mine.get().body, theirs.get().body) == (b"mine", b"theirs")


def test_viewers_of_different_shares_share_one_cached_file(
    nginx: Edge, publish: Callable[..., Published]
) -> None:
    fresh = publish(nginx)

    assert fresh.get(share=uuid4()).cache == "MISS"
    assert fresh.get(share=uuid4()).cache == "HIT"


def test_relative_addresses_in_a_playlist_stay_under_its_token(preview: Published) -> None:
    playlist = preview.path("v0/index.m3u8")
    token = playlist.split("/")[2]

    segment = edge_url("", token=token, kind=Kind.HLS, digest=preview.grant.digest, rest="v0/00000.m4s")  # type: ignore[arg-type]

    assert segment == playlist.replace("index.m3u8", "00000.m4s")


def test_growing_playlist_is_fresh_within_a_second(nginx: Edge, publish: Callable[..., Published]) -> None:
    files = {(Kind.HLS, "v0/live.m3u8"): b"#EXTM3U\n1"}
    growing = publish(nginx, files=files)
    first = growing.get("v0/live.m3u8")
    publish(
        nginx,
        files={(Kind.HLS, "v0/live.m3u8"): b"#EXTM3U\n2"},
        organization=growing.grant.organization,
        digest=growing.grant.digest,
    )

    assert first.headers["Cache-Control"] == "no-cache"
    assert wait_for(lambda: growing.get("v0/live.m3u8").body == b"#EXTM3U\n2", timeout_s=2.5)
