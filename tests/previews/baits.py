"""Files that try to make a reader fetch or open something else, and files that try to burst it."""

import gzip
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from tests.previews.media import FAST, clip, folder, picture, run, tone


def texts(url: str, secret: Path) -> dict[str, bytes]:
    """Lists, manifests and drawings that name an address and a file beside them."""
    address, name = url, secret.name
    written = {
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{address}/x.ts\n#EXT-X-ENDLIST\n",
        "hls-key": f'#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-KEY:METHOD=AES-128,URI="{address}/key"\n#EXTINF:2,\n'
        f"file://{secret}\n#EXT-X-ENDLIST\n",
        "m3u": f"#EXTM3U\n#EXTINF:1,x\n{address}/x.mp3\n{name}\n",
        "concat": f"ffconcat version 1.0\nfile {name}\n",
        "concat-absolute": f"ffconcat version 1.0\nfile {secret}\n",
        "concat-http": f"ffconcat version 1.0\nfile {address}/x.ts\n",
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        f"m=video {_port(address)} RTP/AVP 96\na=rtpmap:96 H264/90000\n",
        "mpd": '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT2S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" '
        f'bandwidth="1"><BaseURL>{address}/x.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>',
        "cpl": '<?xml version="1.0"?>\n<CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016">'
        f"<Id>urn:uuid:1</Id><SegmentList><Path>{address}/x.mxf</Path><Path>{name}</Path></SegmentList>"
        "</CompositionPlaylist>",
        "metalink": '<?xml version="1.0"?>\n<metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="x.mp4">'
        f"<url>{address}/x.mp4</url><url>file://{secret}</url></file></metalink>",
        "xspf": '<?xml version="1.0"?>\n<playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList><track>'
        f"<location>{address}/x.mp3</location></track></trackList></playlist>",
        "entity": f'<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}"><!ENTITY y SYSTEM '
        f'"{address}/x">]><a>&x;&y;</a>',
        "rtsp": f"RTSPtextrtsp://{address.removeprefix('http://')}/x.mov\n",
        "ram": f"rtsp://{address.removeprefix('http://')}/x.rm\n",
        "ffmetadata": f";FFMETADATA1\ntitle={address}\n",
    }
    return {each: text.encode() for each, text in written.items()} | _drawings(address, secret)


def _drawings(address: str, secret: Path) -> dict[str, bytes]:
    head = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="90" height="90">'
    inside = {
        "svg": f'<image xlink:href="{address}/x.png" width="9" height="9"/>',
        "svg-file": f'<image xlink:href="file://{secret}" width="9" height="9"/><image href="{secret.name}"/>',
        "svg-style": f"<style>@import url({address}/x.css); @font-face {{font-family: a; "
        f'src: url({address}/x.ttf)}}</style><text font-family="a">x</text>',
        "svg-use": f'<use xlink:href="{address}/x.svg#a"/><feImage href="{address}/y.png"/>'
        f'<script href="{address}/z.js"/>',
    }
    drawn = {name: f"{head}{body}</svg>" for name, body in inside.items()}
    drawn["svg-entity"] = (
        f'<?xml version="1.0"?>\n<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{secret}"><!ENTITY y SYSTEM "{address}/x">'
        f"]>\n{head}<text>&x;&y;</text></svg>"
    )
    bomb = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    drawn["svg-laughs"] = f'<!DOCTYPE svg [<!ENTITY a0 "ha">{bomb}]>\n{head}<text>&a9;</text></svg>'
    return {name: text.encode() for name, text in drawn.items()}


def documents(url: str, secret: Path) -> dict[str, bytes]:
    """PDFs that act on being opened, fetch their pictures from outside, or have pages of any size."""
    outside = f"<< /FS /URL /F ({url}/x.jpg) >>"
    return {
        "pdf-uri": pdf(f"/OpenAction << /S /URI /URI ({url}/x) >>"),
        "pdf-script": pdf(f"/OpenAction << /S /JavaScript /JS (app.launchURL\\('{url}'\\)) >>"),
        "pdf-launch": pdf(f"/OpenAction << /S /GoToR /F ({secret}) /D [0 /Fit] >>"),
        "pdf-picture": pdf(
            "",
            resources="/XObject << /X 5 0 R >>",
            extra=f"5 0 obj << /Type /XObject /Subtype /Image /Width 9 /Height 9 /ColorSpace /DeviceGray "
            f"/BitsPerComponent 8 /F {outside} /FFilter /DCTDecode /Length 0 >> stream\nendstream endobj\n",
        ),
        "pdf-huge": pdf("", box="0 0 14400000 14400000"),
    }


def pdf(catalog: str, *, resources: str = "", extra: str = "", box: str = "0 0 200 200") -> bytes:
    """Write a PDF of one page; readers mend the missing table of offsets."""
    drawing = "q 100 0 0 100 0 0 cm /X Do Q" if resources else "0 0 50 50 re f"
    return (
        f"%PDF-1.7\n1 0 obj << /Type /Catalog /Pages 2 0 R {catalog} >> endobj\n"
        "2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj\n"
        f"3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [{box}] /Resources << {resources} >> /Contents 4 0 R >> "
        f"endobj\n4 0 obj << /Length {len(drawing)} >> stream\n{drawing}\nendstream endobj\n{extra}"
        "trailer << /Root 1 0 R >>\n%%EOF\n"
    ).encode()


def movies(url: str, secret: Path) -> dict[str, Callable[[Path], object]]:
    """Containers that are media, and point elsewhere."""
    return {
        "dref-url.mov": lambda path: path.write_bytes(referring(secret, _url_entry(f"{url}/x.mov"))),
        "dref-file.mov": lambda path: path.write_bytes(referring(secret, _url_entry(f"file://{secret}"))),
        "dref-alias.mov": lambda path: path.write_bytes(referring(secret, _alias_entry(secret))),
        "movie-of-movies.mov": lambda path: path.write_bytes(
            box(
                b"moov",
                box(b"rmra", box(b"rmda", box(b"rdrf", bytes(4) + _counted(f"rtsp://{url[7:]}/x.mov")))),
            )
        ),
        "attachments.mkv": lambda path: _attached(path, url, secret),
        "linked-cover.mp3": lambda path: _linked_cover(path, url),
    }


def box(kind: bytes, *parts: bytes) -> bytes:
    """Write one box of ISO base media."""
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def referring(movie: Path, entry: bytes) -> bytes:
    """Take a movie's index alone, and let it say that the pictures lie elsewhere."""
    data = movie.read_bytes()
    return data[: _size(data, 0)] + rewritten(
        index_of(data), b"dref", lambda _: bytes(4) + struct.pack(">I", 1) + entry
    )


def index_of(data: bytes) -> bytes:
    """Find a movie's `moov` box."""
    at = 0
    while data[at + 4 : at + 8] != b"moov":
        at += _size(data, at)
    return data[at : at + _size(data, at)]


def rewritten(moov: bytes, kind: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change the body of every box of a kind, and the sizes of those around it."""
    holders = {b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl", b"edts"}

    def walk(data: bytes) -> bytes:
        out, at = b"", 0
        while at + 8 <= len(data):
            size, name = _size(data, at), data[at + 4 : at + 8]
            body = data[at + 8 : at + size]
            out += box(name, change(body) if name == kind else walk(body) if name in holders else body)
            at += size
        return out

    return walk(moov)


def endless(movie: Path) -> bytes:
    """A movie that claims a thousand million frames of one byte."""
    many = struct.pack(">I", 1_000_000_000)
    data = movie.read_bytes()
    moov = rewritten(
        index_of(data), b"stts", lambda body: body[:4] + struct.pack(">I", 1) + many + body[12:16]
    )
    moov = rewritten(moov, b"stsz", lambda _: bytes(4) + struct.pack(">I", 1) + many)
    moov = rewritten(moov, b"stsc", lambda body: body[:4] + struct.pack(">IIII", 1, 1, 1_000_000_000, 1))
    return data[: -len(index_of(data))] + moov


def bombs() -> dict[str, Callable[[Path], object]]:
    """Files that are small until somebody opens them."""
    return {
        "large.png": lambda path: path.write_bytes(_png(16_000, 16_000)),
        "claims.png": lambda path: path.write_bytes(_png(2_000_000, 2_000_000, rows=1)),
        "claims.webp": lambda path: path.write_bytes(_webp(16_384, 16_384)),
        "claims.tif": lambda path: path.write_bytes(_tiff(1_000_000, 1_000_000)),
        "large.avi": lambda path: _large_avi(path, side=12_000),
        "vast.avi": lambda path: _large_avi(path, side=20_000),
        "large-pictures.avi": _large_pictures,
        "endless.mov": lambda path: path.write_bytes(endless(clip("short.mov", "25", frames=5))),
        "zeros.svgz": lambda path: path.write_bytes(gzip.compress(b"<svg>" + bytes(200_000_000), 1)),
        "zeros.jpg": lambda path: path.write_bytes(gzip.compress(b"<svg>" + bytes(200_000_000), 1)),
        "huge.pdf": lambda path: path.write_bytes(pdf("", box="0 0 14400000 14400000")),
    }


def _large_avi(path: Path, *, side: int) -> None:
    """Raw pictures, whose size only the header tells."""
    run(*picture("25"), "-frames:v", "3", "-c:v", "rawvideo", "-pix_fmt", "bgr24", str(path))
    data = bytearray(path.read_bytes())
    for name, offset in ((b"avih", 8 + 32), (b"strf", 8 + 4)):
        at = data.index(name) + offset
        data[at : at + 8] = struct.pack("<II", side, side)
    path.write_bytes(bytes(data))


def _large_pictures(path: Path) -> None:
    """JPEG pictures that say so themselves."""
    run(*picture("25"), "-frames:v", "3", "-c:v", "mjpeg", str(path))
    pieces = path.read_bytes().split(b"\xff\xc0\x00\x11\x08")
    size = struct.pack(">HH", 20_000, 20_000)
    path.write_bytes(pieces[0] + b"".join(b"\xff\xc0\x00\x11\x08" + size + piece[4:] for piece in pieces[1:]))


def _png(width: int, height: int, *, rows: int | None = None) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    packer = zlib.compressobj(1)
    line = bytes(1 + (width + 7) // 8)
    packed = b"".join(packer.compress(line) for _ in range(rows or height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def _webp(width: int, height: int) -> bytes:
    body = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + bytes(64)
    return b"RIFF" + struct.pack("<I", 12 + len(body)) + b"WEBPVP8L" + struct.pack("<I", len(body)) + body


def _tiff(width: int, height: int) -> bytes:
    tags = [
        (256, width),
        (257, height),
        (258, 8),
        (259, 1),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, height),
        (279, 9),
    ]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\x00" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)


def _attached(path: Path, url: str, secret: Path) -> None:
    subtitles, playlist = folder() / "names.ass", folder() / "attached.m3u8"
    subtitles.write_text(
        f"[Script Info]\nScriptType: v4.00+\nOriginal Script: {url}\n[Aegisub Project Garbage]\n"
        f"Video File: {secret}\nAudio File: {url}/x.mp3\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\n"
        f"Style: Default,{secret},20\n[Events]\nFormat: Layer, Start, End, Style, Text\n"
        "Dialogue: 0,0:00:00.00,0:00:01.00,Default,{\\fnOther}hello\n"
    )
    playlist.write_text(f"#EXTM3U\n#EXTINF:2,\n{url}/x.ts\n")
    run(
        *picture("25"),
        *tone(1.0),
        *[
            "-i",
            str(subtitles),
            "-frames:v",
            "25",
            "-map",
            "0",
            "-map",
            "1",
            "-map",
            "2",
            *FAST,
            "-c:a",
            "aac",
        ],
        *["-attach", str(playlist), "-metadata:s:t", "mimetype=application/x-mpegURL", str(path)],
    )


def _linked_cover(path: Path, url: str) -> None:
    run(*tone(1.0), "-c:a", "mp3", "-write_xing", "0", "-id3v2_version", "0", "-f", "mp3", str(path))
    link = b"\x00-->\x00\x03\x00" + f"{url}/cover.jpg".encode()
    frame = b"APIC" + struct.pack(">I", len(link)) + bytes(2) + link
    size = len(frame)
    head = b"ID3\x03\x00\x00" + bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127])
    path.write_bytes(head + frame + path.read_bytes())


def _url_entry(url: str) -> bytes:
    return box(b"url ", bytes(4), url.encode() + b"\x00")


def _alias_entry(target: Path) -> bytes:
    """An alias record as QuickTime wrote it: the file's name, and its path as the first of the extras."""
    name = target.name.encode()[:63]
    path = str(target).encode()
    record = bytes(10) + b"\x03Vol" + bytes(24) + bytes(12) + bytes([len(name)]) + name.ljust(63, b"\x00")
    record += bytes(16) + struct.pack(">HH", 1, 1) + bytes(16)
    record += struct.pack(">hH", 2, len(path)) + path + bytes(len(path) % 2)
    record += struct.pack(">hH", 0, 3) + b"Vol\x00" + struct.pack(">hH", -1, 0)
    return box(b"alis", bytes(4), record)


def _counted(text: str) -> bytes:
    body = text.encode() + b"\x00"
    return b"url " + struct.pack(">I", len(body)) + body


def _size(data: bytes, at: int) -> int:
    return int(struct.unpack_from(">I", data, at)[0])


def _port(url: str) -> str:
    return url.rpartition(":")[2]
