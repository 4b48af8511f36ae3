"""Office files become PDF by LibreOffice, where it is installed, in the sandbox and without a network."""

import functools
import os
import shutil
from pathlib import Path

from previews.media import sandbox
from previews.media.failures import BuildFailed

NO_RENDERER = "No renderer for office documents is installed here. The file can be downloaded."
_EXTENSIONS = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
    "application/vnd.oasis.opendocument.graphics": "odg",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/rtf": "rtf",
}
_LIMITS = sandbox.Limits(
    memory_bytes=8 * sandbox.GIB,
    file_bytes=sandbox.GIB,
    cpu_s=300,
    wall_s=300.0,
    open_files=1024,
    processes=64,  # its launcher starts the office itself as a second process
)


def is_office(mime: str) -> bool:
    """Tell whether an office suite is needed for this media type."""
    return mime in _EXTENSIONS


@functools.cache
def office_suite() -> Path | None:
    """Give LibreOffice's program: the one the environment names, else the system's; None where there is none."""
    named = os.environ.get("OFFICE_PATH") or shutil.which("soffice") or shutil.which("libreoffice")
    found = Path(named).resolve() if named else None
    return found if found is not None and found.exists() else None


def printed(source: Path, *, mime: str, scratch: Path, suite: Path) -> Path:
    """Have an office file printed as PDF.

    Raises: BuildFailed when the suite gives up on it.
    """
    document = scratch / f"document.{_EXTENSIONS[mime]}"
    shutil.copyfile(source, document)
    argv = [
        *(str(suite), f"-env:UserInstallation=file://{scratch}/profile", "--headless", "--norestore"),
        *("--nodefault", "--nologo", "--convert-to", "pdf", "--outdir", str(scratch), str(document)),
    ]
    ended = sandbox.run(argv, read=[document, suite.parent.parent], scratch=scratch, limits=_LIMITS)
    out = scratch / "document.pdf"
    if ended.is_timed_out:
        raise BuildFailed("Printing the document took too long and was stopped. Try again.", permanent=False)
    if not out.exists():
        raise BuildFailed(
            "The document could not be printed: it is damaged, locked with a password, or of a kind that the "
            "office suite here does not know.",
            permanent=True,
        )
    return out
