"""Documents: pages to read, the first lines of texts, and a clear word where nothing can be drawn."""

import zipfile
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from previews.media.builds.office import office_suite
from previews.media.engine import BuildFailed, BuildRequest, build
from tests.previews.media import Told, built, folder, made
from tests.previews.test_engine_stills import NAMES

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def paper(name: str, *sizes: tuple[float, float]) -> Path:
    """A PDF with a page of each size in points, each with a dark box whose left edge tells its number."""

    def make(path: Path) -> None:
        document = pypdfium2.PdfDocument.new()
        for number, (width, height) in enumerate(sizes):
            page = document.new_page(width, height)
            image = pypdfium2.PdfImage.new(document)
            image.set_bitmap(pypdfium2.PdfBitmap.from_pil(Image.new("RGB", (8, 8), (20, 30, 40))))
            image.set_matrix(
                pypdfium2.PdfMatrix().scale(width / 10, height).translate(number * width / 10, 0)
            )
            page.insert_obj(image)
            page.gen_content()
        document.save(str(path))

    return made(name, make)


def drawn_number(path: Path) -> int:
    """Read the number of a page from where its box stands."""
    with Image.open(path) as image:
        grey = image.convert("L")
        row = np.asarray(grey)[grey.height // 2]
    return next(n for n in range(10) if row[int((n + 0.5) * len(row) / 10)] < 128)


def published_within(source: Path, *, page_limit: int, place: Path) -> Told:
    (place / "work").mkdir()
    told = Told(place / "store")
    build(BuildRequest(source=source, workdir=place / "work", name=source.name, page_limit=page_limit), told)
    return told


def test_every_page_of_a_pdf_can_be_read() -> None:
    done = built(paper("report.pdf", *[(595, 842)] * 12))

    pages = {f"img/pages/{number}.webp" for number in range(1, 13)}
    assert done.result.published == NAMES | pages
    assert (done.result.facts.kind, done.result.facts.width, done.result.facts.height) == (
        "document",
        595,
        842,
    )
    assert (done.result.meta["media"]["pages"], done.result.meta["media"]["shown"]) == (12, 12)
    assert [drawn_number(done.store / f"img/pages/{n}.webp") for n in range(1, 11)] == list(range(10))
    assert drawn_number(done.store / "img/poster.webp") == 0
    with Image.open(done.store / "img/pages/2.webp") as page:
        assert page.size == (1272, 1800)


def test_the_facts_come_before_the_first_page_and_progress_follows_the_pages() -> None:
    done = built(paper("report.pdf", *[(595, 842)] * 12))

    assert len(done.told.known) == 1
    assert done.told.known[0].meta["media"]["pages"] == 12
    assert done.told.published[0][0] == "img/poster.webp"
    fractions = [fraction for name, _, fraction in done.told.moves if name == "pages"]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_only_the_first_pages_of_a_long_document_are_drawn(tmp_path: Path) -> None:
    told = published_within(paper("report.pdf", *[(595, 842)] * 12), page_limit=3, place=tmp_path)

    assert {name for name, _, _ in told.published} == NAMES | {f"img/pages/{n}.webp" for n in (1, 2, 3)}
    assert (told.known[0].meta["media"]["pages"], told.known[0].meta["media"]["shown"]) == (12, 3)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("poster.pdf", (14400, 14400)),
        ("ribbon.pdf", (14400, 3)),
        ("stamp.pdf", (3, 4)),
        ("a0.pdf", (2384, 3370)),
    ],
)
def test_a_page_of_any_size_is_drawn_within_bounds(name: str, size: tuple[float, float]) -> None:
    done = built(paper(name, size))

    with Image.open(done.store / "img/pages/1.webp") as page:
        assert max(page.size) <= 1801


def test_a_locked_pdf_says_that_it_is_locked() -> None:
    plain = paper("plain.pdf", (200, 100)).read_bytes()
    locked = plain.replace(
        b"trailer\r\n<<",
        b"trailer\r\n<</Encrypt <</Filter /Standard /V 1 /R 2 /P -44 /O <" + b"41" * 32 + b"> /U <" + b"42" * 32
        + b">>> /ID [<0123456789abcdef><0123456789abcdef>]",
    )  # fmt: skip
    assert locked != plain

    with pytest.raises(BuildFailed, match="locked with a password") as failure:
        built(made("locked.pdf", lambda path: path.write_bytes(locked)))
    assert failure.value.permanent


def test_a_damaged_pdf_fails_with_advice() -> None:
    with pytest.raises(BuildFailed, match="damaged or cut short"):
        built(made("half.pdf", lambda path: path.write_bytes(b"%PDF-1.7\n" + b"x" * 400)))


def office_file(name: str) -> Path:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(
                "[Content_Types].xml",
                '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                f'<Override PartName="/word/document.xml" ContentType="{DOCX}.main+xml"/></Types>',
            )
            archive.writestr(
                "_rels/.rels",
                '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
                'Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
                'Target="word/document.xml"/></Relationships>',
            )
            archive.writestr(
                "word/document.xml",
                '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p>'
                "<w:r><w:t>Hello</w:t></w:r></w:p></w:body></w:document>",
            )

    return made(name, make)


if office_suite() is not None:

    def test_an_office_document_is_read_as_pages(fence: str) -> None:
        done = built(office_file(f"letter-{fence}.docx"))

        assert done.result.meta["media"]["pages"] == 1
        assert "img/pages/1.webp" in done.result.published

else:

    def test_without_an_office_suite_a_document_says_so_and_stays_to_be_downloaded() -> None:
        done = built(office_file("letter.docx"))

        assert (done.result.state, done.result.facts.mime) == ("ready", DOCX)
        assert done.result.reason == (
            "No renderer for office documents is installed here. The file can be downloaded."
        )
        assert done.result.published == frozenset()


SUBTITLES = "1\n00:00:01,000 --> 00:00:02,500\nGrüße\n\n2\n00:01:03,000 --> 00:01:04,250\nNoch einer\n"


@pytest.mark.parametrize(
    ("name", "data", "facts"),
    [
        (
            "film.pt-BR.srt",
            SUBTITLES.encode(),
            {"cues": 2, "ends_at": "00:01:04.250", "language": "pt-BR", "encoding": "utf-8"},
        ),
        ("old.srt", SUBTITLES.encode("cp1252"), {"cues": 2, "encoding": "windows-1252"}),
        ("wide.srt", SUBTITLES.encode("utf-16"), {"cues": 2, "encoding": "utf-16"}),
        (
            "web.vtt",
            b"WEBVTT\nLanguage: de\n\n00:01.000 --> 00:02.000\nHallo\n",
            {"cues": 1, "language": "de"},
        ),
        ("table.csv", b"a;b;c\n1;2;3\n4;5;6\n", {"rows": 3, "columns": 3}),
        ("data.json", b'{"a": [1, 2]}', {"is_valid": True}),
        ("broken.json", b'{"a": [1, 2', {"is_valid": False}),
        ("notes.md", b"# Title\n\nText\n", {"lines": 3}),
    ],
)
def test_a_text_shows_its_first_lines_and_says_what_it_has(
    name: str, data: bytes, facts: dict[str, object]
) -> None:
    done = built(made(name, lambda path: path.write_bytes(data)))

    assert (done.result.state, done.result.facts.kind) == ("ready", "document")
    assert done.result.published == NAMES
    assert facts.items() <= done.result.meta["media"].items()
    with Image.open(done.store / "img/1280.webp") as page:
        assert np.asarray(page.convert("L")).min() < 100


def test_what_nobody_can_draw_keeps_its_facts() -> None:
    blob = built(made("blob.dat", lambda path: path.write_bytes(b"\x00\x01" * 100)))
    archive = folder() / "files.zip"
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("a.txt", "a")

    assert (blob.result.state, blob.result.facts.kind, blob.result.published) == (
        "ready",
        "other",
        frozenset(),
    )
    assert (built(archive).result.facts.mime, built(archive).result.state) == ("application/zip", "ready")
