"""A build can be watched while it grows: every list names only what is already stored, and the end is final."""

import re
from pathlib import Path

import pytest

from previews.media.engine import BuildFailed, BuildRequest, Plan, build, plan
from tests.previews.media import Built, Told, built, clip, made, run, tone

RENDITIONS = ("poster", "180p", "audio", "mp4", "thumbnails", "storyboard", "waveform", "frames")


@pytest.fixture(scope="module")
def done() -> Built:
    return built(clip("long.mov", "25", frames=150))


def uris(playlist: str) -> list[str]:
    return re.findall(r'URI="([^"]+)"', playlist) + [
        line for line in playlist.splitlines() if line and not line.startswith("#")
    ]


def test_every_list_names_only_files_that_were_stored_before_it(done: Built) -> None:
    stored: set[str] = set()
    for name, content, _ in done.told.published:
        if name.endswith(".m3u8"):
            folder = name.rsplit("/", 1)[0]
            assert {f"{folder}/{uri}" for uri in uris(content.decode())} <= stored
        if name.endswith(".vtt"):
            sheets = set(re.findall(r"^(storyboard-[0-9]+\.webp)#xywh=", content.decode(), re.MULTILINE))
            assert {f"img/{sheet}" for sheet in sheets} <= stored
        stored.add(name)
    assert stored == done.result.published


def test_only_the_growing_lists_are_ever_stored_twice(done: Built) -> None:
    names = [name for name, _, _ in done.told.published]

    assert {name for name in names if names.count(name) > 1} <= {"hls/v0/live.m3u8", "hls/v1/live.m3u8"}


def test_the_last_growing_list_has_ended_and_the_finished_one_is_complete(done: Built) -> None:
    live = [content.decode() for name, content, _ in done.told.published if name == "hls/v0/live.m3u8"]
    index = (done.store / "hls/v0/index.m3u8").read_text()

    assert all("#EXT-X-PLAYLIST-TYPE:EVENT" in playlist for playlist in live)
    assert "#EXT-X-ENDLIST" in live[-1]
    assert "#EXT-X-PLAYLIST-TYPE:VOD" in index
    assert "#EXT-X-ENDLIST" in index
    assert uris(index) == uris(live[-1])
    lengths = [float(value) for value in re.findall(r"#EXTINF:([0-9.]+),", index)]
    assert abs(sum(lengths) - 150 / 25) < 0.001
    assert max(round(length) for length in lengths) <= int(re.findall(r"TARGETDURATION:([0-9]+)", index)[0])


def test_the_master_list_tells_measured_bandwidth_codecs_rate_and_size(done: Built) -> None:
    master = (done.store / "hls/master.m3u8").read_text()

    line = next(line for line in master.splitlines() if line.startswith("#EXT-X-STREAM-INF"))
    assert "RESOLUTION=320x180" in line
    assert "FRAME-RATE=25.000" in line
    assert re.search(r'CODECS="avc1\.6400[0-9a-f]{2},mp4a\.40\.2"', line)
    segments = sorted((done.store / "hls/v0").glob("*.m4s"))
    bandwidth = int(re.findall(r":BANDWIDTH=([0-9]+)", line)[0])
    assert bandwidth >= max(path.stat().st_size for path in segments) * 8 / 2
    assert 'URI="v1/index.m3u8"' in master


def test_content_types_are_told(done: Built) -> None:
    types = {name: content_type for name, _, content_type in done.told.published}

    assert types["hls/master.m3u8"] == "application/vnd.apple.mpegurl"
    assert types["hls/v0/00000.m4s"] == "video/iso.segment"
    assert types["mp4/proxy.mp4"] == "video/mp4"
    assert types["img/poster.webp"] == "image/webp"
    assert types["img/storyboard.vtt"] == "text/vtt"
    assert types["img/waveform.json"] == "application/json"


def test_facts_come_once_and_before_anything_is_stored_and_renditions_are_planned(done: Built) -> None:
    assert len(done.told.known) == 1
    assert plan(done.told.known[0]) == Plan(RENDITIONS)
    assert {name for name, _, _ in done.told.moves} == set(RENDITIONS)
    assert [rendition.name for rendition in done.result.renditions] == list(RENDITIONS)
    assert all(set(rendition.paths) <= done.result.published for rendition in done.result.renditions)
    for name in RENDITIONS:
        moves = [(state, fraction) for moved, state, fraction in done.told.moves if moved == name]
        assert moves[-1] == ("succeeded", 1.0)
        assert [fraction for _, fraction in moves] == sorted(fraction for _, fraction in moves)


def test_a_sink_that_gives_up_ends_the_build_at_once(tmp_path: Path) -> None:
    class LeaseLostError(Exception):
        pass

    class Quitter(Told):
        def publish(self, name: str, path: Path, content_type: str) -> None:
            raise LeaseLostError

    with pytest.raises(LeaseLostError):
        build(
            BuildRequest(clip("long.mov", "25", frames=150), tmp_path, "long.mov"),
            Quitter(tmp_path / "store"),
        )

    running = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not any(str(tmp_path).encode() in line and b"libx264" in line for line in running)


def test_the_facts_carry_what_mediainfo_says_and_no_path(done: Built) -> None:
    tracks = done.result.meta["media"]["mediainfo"]

    assert {"General", "Video", "Audio"} <= {track["track_type"] for track in tracks}
    assert str(clip("long.mov", "25", frames=150).parent) not in str(done.result.meta)


def test_a_failed_build_stores_no_finished_list(tmp_path: Path) -> None:
    told = Told(tmp_path / "store")
    whole = made("sound.wav", tone_file).read_bytes()
    broken = tmp_path / "broken.wav"
    broken.write_bytes(whole[:44])
    (tmp_path / "work").mkdir()

    with pytest.raises(BuildFailed):
        build(BuildRequest(broken, tmp_path / "work", "broken.wav"), told)

    assert not any(name.endswith(("master.m3u8", "index.m3u8")) for name, _, _ in told.published)


def tone_file(path: Path) -> None:
    run(*tone(1), "-c:a", "pcm_s16le", str(path))
