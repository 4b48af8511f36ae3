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
#: Where distributions keep what the suite does not start without: its own folder links to them.
_LINKED = tuple(Path(each, "libreoffice") for each in ("/etc", "/var/lib", "/var/spool"))
#: Where the suite makes the socket by which a second start would find the first, whatever its environment says.
_SOCKETS = Path("/tmp")  # noqa: S108 - behind bubblewrap a private one
_SOCKET_NAMES = "OSL_PIPE_SingleOfficeIPC_*"
#: How it asks to be started again, once a profile is set up.
_AGAIN = 81
_LIMITS = sandbox.Limits(
    memory_bytes=8 * sandbox.GIB,
    file_bytes=sandbox.GIB,
    cpu_s=300,
    wall_s=300.0,
    open_files=1024,
    processes=64,  # it may have a socket (`_SOCKETS`) only together with processes
    sockets=(_SOCKETS,),
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
        *(
            str(_program(suite)),
            f"-env:UserInstallation=file://{scratch}/profile",
            "--headless",
            "--norestore",
        ),
        *("--nodefault", "--nologo", "--convert-to", "pdf", "--outdir", str(scratch), str(document)),
    ]
    read = [document, suite.parent.parent, *(path for path in _LINKED if path.exists())]
    ended = _run(argv, read=read, scratch=scratch)
    if ended.code == _AGAIN:
        ended = _run(argv, read=read, scratch=scratch)
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


def _program(suite: Path) -> Path:
    """Give the program behind its launcher, which would start it again by itself and stumble over its own socket."""
    behind = suite.with_name("soffice.bin")
    return behind if behind.exists() else suite


def _run(argv: list[str], *, read: list[Path], scratch: Path) -> sandbox.Finished:
    others = set(_SOCKETS.glob(_SOCKET_NAMES))
    try:
        return sandbox.run(argv, read=read, scratch=scratch, limits=_LIMITS)
    finally:
        # Behind our own fence it may make its socket, and not take it away.
        for socket in set(_SOCKETS.glob(_SOCKET_NAMES)) - others:
            socket.unlink(missing_ok=True)
