"""Strangers' files: what is not media says so, fetches nothing, reads nothing else, and leaves nothing running."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from previews.media import sandbox
from previews.media.encoding.arguments import decode_argv
from previews.media.encoding.inputs import hardened_input
from previews.media.encoding.running import run_ffmpeg
from previews.media.engine import BuildFailed
from previews.media.tools import ffmpeg
from tests.previews.media import built, clip, folder, made


@dataclass
class Listener:
    """A local server that only counts who knocks."""

    port: int
    hits: list[str] = field(default_factory=list)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard = Listener(server.getsockname()[1])
        server.settimeout(0.1)
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                heard.hits.append("hit")
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield heard
        stop.set()
        thread.join()


def baits(port: int) -> dict[str, str]:
    url = f"http://127.0.0.1:{port}/x.ts"
    secret = clip("secret.mov", "25", frames=5)
    return {
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{url}\n#EXT-X-ENDLIST\n",
        "concat": f"ffconcat version 1.0\nfile {secret.name}\n",
        "concat-absolute": f"ffconcat version 1.0\nfile {secret}\n",
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
        "a=rtpmap:96 H264/90000\n",
        "mpd": '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        f'mediaPresentationDuration="PT2S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" '
        f'bandwidth="1"><BaseURL>{url}</BaseURL></Representation></AdaptationSet></Period></MPD>',
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" '
        f'height="9"><image xlink:href="{url}" width="9" height="9"/></svg>',
    }


@pytest.mark.parametrize("bait", ["hls", "concat", "concat-absolute", "sdp", "mpd", "svg"])
@pytest.mark.parametrize("extension", ["mp4", "mov", "png", "mp3"])
def test_a_list_of_other_files_under_a_media_name_is_refused_unread(
    listener: Listener, bait: str, extension: str
) -> None:
    source = made(f"{bait}.{extension}", lambda path: path.write_text(baits(listener.port)[bait]))

    with pytest.raises(BuildFailed, match="but the content is") as failure:
        built(source)

    assert failure.value.permanent
    assert listener.hits == []


@pytest.mark.parametrize("bait", ["hls", "concat", "concat-absolute", "sdp", "mpd", "svg"])
def test_ffmpeg_itself_opens_no_list_of_other_files(listener: Listener, bait: str, tmp_path: Path) -> None:
    source = folder() / f"bait-{bait}.mp4"
    source.write_text(baits(listener.port)[bait])

    ran = run_ffmpeg(
        lambda progress_fd: decode_argv(ffmpeg(), source=source, progress_fd=progress_fd),
        read=[source, folder()],
        scratch=tmp_path,
        limits=sandbox.Limits(wall_s=20),
    )

    assert ran.code != 0
    assert not ran.log.decoded.get("video")
    assert listener.hits == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("text.mov", b"Dear all,\nthis is a letter.\n" * 50, "plain text"),
        ("noise.mov", bytes((7 * i * i + 13 * i + i // 256) % 251 for i in range(60_000)), "no format known"),
        ("noise.jpg", bytes((5 * i * i + 11 * i) % 253 for i in range(60_000)), "no format known"),
        ("nothing.mp4", b"", "empty"),
        ("page.mp4", b"<!DOCTYPE html><html></html>", "a web page"),
    ],
)
def test_what_is_no_media_says_what_it_is(name: str, content: bytes, words: str) -> None:
    with pytest.raises(BuildFailed, match=words) as failure:
        built(made(name, lambda path: path.write_bytes(content)))

    assert failure.value.permanent
    assert "Upload" in failure.value.reason


@pytest.mark.parametrize("name", ["head.mov", "head.mkv", "head.ts", "head.wav", "head.mxf"])
def test_a_header_before_noise_fails_with_advice(name: str) -> None:
    heads = {
        "mov": b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  ",
        "mkv": b"\x1a\x45\xdf\xa3",
        "ts": b"".join(b"\x47" + bytes(187) for _ in range(6)),
        "wav": b"RIFF\xff\xff\x00\x00WAVEfmt ",
        "mxf": b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02\x04\x00",
    }
    noise = bytes((7 * i * i + 13 * i + i // 256) % 251 for i in range(60_000))

    with pytest.raises(BuildFailed, match=r"again|Check") as failure:
        built(made(name, lambda path: path.write_bytes(heads[name.split(".")[1]] + noise)))

    assert failure.value.permanent


def test_an_unknown_file_ends_ready_with_its_kind_and_no_previews() -> None:
    blob = built(made("blob.bin", lambda path: path.write_bytes(b"\x00\x01\x02" * 99)))

    assert (blob.result.state, blob.result.facts.kind, blob.result.renditions) == ("ready", "other", ())


def test_a_name_full_of_metacharacters_is_only_a_name() -> None:
    source = clip("rate-25.mov", "25", frames=85)

    done = built(source, name="img%03d;$(touch x)|'[f=mp4]\".mov")

    assert done.result.state == "ready"


def test_allow_lists_stand_before_every_input() -> None:
    words = hardened_input(Path("/x/y"))

    assert words[-2:] == ["-i", "file:/x/y"]
    for flag in ("-protocol_whitelist", "-format_whitelist", "-codec_whitelist", "-max_pixels"):
        assert flag in words
    formats = words[words.index("-format_whitelist") + 1].split(",")
    assert not {"hls", "dash", "concat", "sdp", "image2", "lavfi", "tee", "ffmetadata", "rtsp"} & set(formats)


def test_documents_and_drawings_fetch_nothing(listener: Listener) -> None:
    url = f"http://127.0.0.1:{listener.port}/x.png"
    parts = [
        "1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/URI/URI(" + url + ")>>>>endobj",
        "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj",
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Resources<</XObject<</I 4 0 R>>>>/Contents 5 0 R>>endobj",
        "4 0 obj<</Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/Length 0"
        "/F<</FS/URL/F(" + url + ")>>>>stream\n\nendstream endobj",
        "5 0 obj<</Length 18>>stream\n200 0 0 100 0 0 cm /I Do\nendstream endobj",
        "trailer<</Root 1 0 R>>",
    ]
    paper = made("calling.pdf", lambda path: path.write_text("%PDF-1.7\n" + "\n".join(parts)))
    drawing = made(
        "calling.svg",
        lambda path: path.write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><style>@import url("{url}");</style>'
            f'<image href="{url}" width="64" height="64"/><rect fill="url({url}#a)" width="9" height="9"/></svg>'
        ),
    )

    assert built(paper).result.meta["media"]["pages"] == 1
    assert built(drawing).result.state == "ready"
    assert listener.hits == []
