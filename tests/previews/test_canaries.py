"""Canaries: whatever a stranger's file names, nothing is fetched and no other file is opened; and none bursts us."""

import ctypes
import os
import resource
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from previews.media import sandbox
from previews.media.builds.stills import render_still
from previews.media.encoding.arguments import decode_argv
from previews.media.encoding.running import run_ffmpeg
from previews.media.engine import BuildFailed, MediaFacts
from previews.media.probing import probe
from previews.media.tools import ffmpeg
from tests.previews import baits
from tests.previews.media import built, clip, folder, made

LISTS = sorted(baits.texts("http://127.0.0.1:1", Path("/x")))
MOVIES = sorted(baits.movies("http://127.0.0.1:1", Path("/x")))
DOCUMENTS = sorted(baits.documents("http://127.0.0.1:1", Path("/x")))
_OPENED_OR_READ = 0x00000020 | 0x00000001
LONGEST_S = 120
MOST_MEMORY_KIB = 3 << 20


@dataclass
class Canary:
    """A server on one port of TCP and UDP that hears who knocks, and a file that tells who opens it."""

    port: int
    secret: Path
    watch: int
    hits: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def touched(self) -> list[str]:
        """What has been heard and opened so far."""
        while select.select([self.watch], [], [], 0)[0]:
            os.read(self.watch, 4096)
            self.hits.append(f"opened {self.secret.name}")
        return self.hits


@pytest.fixture(scope="module")
def nest() -> Iterator[Canary]:
    """One server and one file for all baits: they are made once and name this address."""
    secret = clip("canary.mov", "25", frames=5)
    watch = inotify(secret)
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(type=socket.SOCK_DGRAM) as packets:
        port = server.getsockname()[1]
        packets.bind(("127.0.0.1", port))
        canary, stop = Canary(port, secret, watch), threading.Event()

        def listen() -> None:
            while not stop.is_set():
                for ready in select.select([server, packets], [], [], 0.05)[0]:
                    canary.hits.append("knock" if ready is server else "packet")
                    server.accept()[0].close() if ready is server else packets.recv(2048)

        thread = threading.Thread(target=listen)
        thread.start()
        yield canary
        stop.set()
        thread.join()
    os.close(watch)


@pytest.fixture
def canary(nest: Canary) -> Canary:
    """Making baits opens the file as well: what was heard until now is forgotten."""
    for name, make in baits.movies(nest.url, nest.secret).items():
        made(name, make)
    assert nest.touched is nest.hits
    nest.hits.clear()
    return nest


def inotify(path: Path) -> int:
    """Watch a file for being opened and read."""
    libc = ctypes.CDLL(None, use_errno=True)
    watch: int = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    assert libc.inotify_add_watch(watch, bytes(path), _OPENED_OR_READ) >= 0
    return watch


def ends(source: Path, *, name: str) -> str:
    """Build a file; answer the state it ended in, or the reason why not."""
    try:
        return built(source, name=name).result.state
    except BuildFailed as error:
        return error.reason


def written(canary: Canary, bait: str) -> Path:
    """Lay a bait of text or PDF beside the canary's file."""
    content = baits.texts(canary.url, canary.secret) | baits.documents(canary.url, canary.secret)
    return made(f"{bait}-{canary.port}.bait", lambda path: path.write_bytes(content[bait]))


def test_the_canary_sings(canary: Canary):
    socket.create_connection(("127.0.0.1", canary.port)).close()
    with socket.socket(type=socket.SOCK_DGRAM) as packets:
        packets.sendto(b"x", ("127.0.0.1", canary.port))
    canary.secret.read_bytes()

    deadline = time.monotonic() + 10
    while len(set(canary.touched)) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert set(canary.hits) == {"knock", "packet", "opened canary.mov"}


@pytest.mark.parametrize("bait", [*LISTS, *DOCUMENTS])
def test_whatever_its_name_a_bait_makes_nobody_fetch_or_open_anything(canary: Canary, bait: str):
    source = written(canary, bait)

    is_drawn = bait in DOCUMENTS or bait.startswith("svg")
    names = ("mp4", "jpg") if is_drawn else ("mp4", "mov", "jpg", "pdf", "mp3")
    told = {name: ends(source, name=f"holiday.{name}") for name in names}

    assert canary.touched == []
    if not is_drawn:
        assert all("but the content is" in told[name] for name in ("mp4", "mov", "jpg", "mp3")), told


@pytest.mark.parametrize("bait", LISTS)
def test_ffmpeg_and_its_libraries_open_no_list_behind_any_walls(
    canary: Canary, bait: str, fence: str, tmp_path: Path
):
    source = written(canary, bait)

    ran = run_ffmpeg(
        lambda progress_fd: decode_argv(ffmpeg(), source=source, progress_fd=progress_fd),
        read=[source, folder()],
        scratch=tmp_path,
        limits=sandbox.Limits(wall_s=60),
    )

    assert ran.code != 0
    assert not ran.log.decoded.get("video")
    assert canary.touched == []


@pytest.mark.parametrize("bait", ["hls", "concat", "concat-absolute", "mpd", "sdp", "svg", "entity"])
def test_the_probing_and_the_painting_child_open_no_list_either(
    canary: Canary, bait: str, fence: str, tmp_path: Path
):
    source = written(canary, bait)

    with pytest.raises(BuildFailed):
        probe._ask_child(source, scratch=tmp_path, until_s=None)
    with pytest.raises(BuildFailed):
        render_still(source, facts=MediaFacts(kind="image", mime="image/png"), scratch=tmp_path)

    assert canary.touched == []


@pytest.mark.parametrize("bait", MOVIES)
def test_a_movie_that_points_elsewhere_is_read_alone(canary: Canary, bait: str, fence: str):
    source = made(bait, baits.movies(canary.url, canary.secret)[bait])

    ended = ends(source, name=f"{fence}-{bait}")

    assert canary.touched == []
    if bait in ("attachments.mkv", "linked-cover.mp3"):
        assert ended == "ready"
    else:
        assert ended not in ("ready", "partial")


def test_a_pattern_in_a_name_is_no_sequence(canary: Canary, tmp_path: Path):
    for number in range(3):
        (tmp_path / f"still{number:03}.mov").write_bytes(canary.secret.read_bytes())
    source = tmp_path / "still%03d.mov"
    source.write_bytes(clip("twelve.mov", "25", frames=12).read_bytes())

    ran = run_ffmpeg(
        lambda progress_fd: decode_argv(ffmpeg(), source=source, progress_fd=progress_fd),
        read=[source],
        scratch=tmp_path,
        limits=sandbox.Limits(wall_s=60),
    )

    assert ran.log.decoded["video"] == 12


@pytest.mark.parametrize("name", sorted(baits.bombs()))
def test_a_bomb_ends_in_bounded_time_and_memory_with_a_reason(name: str):
    source = made(name, baits.bombs()[name])
    began = time.monotonic()

    ended = ends(source, name=name)

    assert time.monotonic() - began < LONGEST_S
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < MOST_MEMORY_KIB
    if name in ("zeros.svgz", "huge.pdf"):
        assert ended != "partial"
    else:
        assert len(ended) > len("partial"), ended


def test_what_claims_too_many_pixels_is_told_so():
    for name in ("large.png", "large.avi"):
        assert "megapixels" in ends(made(name, baits.bombs()[name]), name=name)


def test_baits_are_what_they_say():
    whole = clip("short.mov", "25", frames=5)
    moov = baits.index_of(baits.endless(whole))

    assert struct.pack(">I", 1_000_000_000) in moov
    assert len(moov) == struct.unpack_from(">I", moov)[0]
