"""The first bytes say what a file is; the name only what it claims."""

import pytest

from previews.media.probing.sniff import claimed_kind, sniff


@pytest.mark.parametrize(
    ("head", "name", "kind", "mime"),
    [
        (b"\x00\x00\x00\x14ftypqt  ", "a.mp4", "video", "video/quicktime"),
        (b"\x00\x00\x00\x18ftypmp42", "a.bin", "video", "video/mp4"),
        (b"\x00\x00\x00\x18ftypheic", "a.mov", "image", "image/heic"),
        (b"\x00\x00\x00\x18ftypavif", "a", "image", "image/avif"),
        (b"\x00\x00\x00\x18ftypM4A ", "a", "audio", "audio/mp4"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "a", "audio", "audio/wav"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a", "image", "image/webp"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "a", "video", "video/x-msvideo"),
        (b"II*\x00", "photo.tif", "image", "image/tiff"),
        (b"II*\x00", "photo.dng", "image", "image/x-dng"),
        (b"%PDF-1.7", "a.pdf", "document", "application/pdf"),
        (
            b"PK\x03\x04",
            "a.docx",
            "document",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (b"PK\x03\x04", "a.zip", "other", "application/zip"),
        (b"1\n00:00:01,000 --> 00:00:02,000\nHi\n", "a.srt", "document", "application/x-subrip"),
        (b'<?xml version="1.0"?><svg xmlns=""/>', "a.svg", "image", "image/svg+xml"),
        (
            b"\x47" + bytes(187) + b"\x47" + bytes(187) + b"\x47" + bytes(187),
            "a.ts",
            "other",
            "application/octet-stream",
        ),
        ((b"\x47" + bytes(187)) * 5, "a", "video", "video/mp2t"),
        (b"\xff\xfb\x90\x00" + bytes(413) + b"\xff\xfb\x90\x00", "a", "audio", "audio/mpeg"),
        (b"\xff\xfb\x90\x00" + bytes(500), "a", "other", "application/octet-stream"),
        (b"", "a.mp4", "other", "application/octet-stream"),
    ],
)
def test_kind_and_type_come_from_the_bytes(head: bytes, name: str, kind: str, mime: str) -> None:
    found = sniff(head, name=name)

    assert (found.kind, found.mime) == (kind, mime)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("A.MOV", "video"), ("b.Wav", "audio"), ("c.tiff", "image"), ("d.pdf", None), ("noextension", None)],
)
def test_a_name_claims_a_kind(name: str, kind: str | None) -> None:
    assert claimed_kind(name) == kind
