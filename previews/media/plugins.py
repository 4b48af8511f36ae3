"""What plug-ins add to a build: facts that extractors tell, pictures and files that recipes make.

Both are scripts that run alone in the sandbox, like the engine's own children. One that fails is noted under its name and
costs nothing else. The contract is in docs/plugins.md.
"""

import json
import logging
import re
import stat
import tempfile
from pathlib import Path
from typing import Any

from dam.core import plugins
from previews.media import sandbox
from previews.media.facts import MediaFacts
from previews.media.packaging.publishing import Published
from previews.media.probing.metadata import storable

logger = logging.getLogger(__name__)
_LIMITS = sandbox.Limits(memory_bytes=2 * sandbox.GIB, cpu_s=120, wall_s=300.0)
MOST_TOLD_BYTES = 256 * 1024
MOST_FILES, MOST_FILE_BYTES = 16, 64 * 1024**2
_FILE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\.(webp|png|jpg|json|vtt|txt|svg)\Z")
_TYPES = {
    "webp": "image/webp",
    "png": "image/png",
    "jpg": "image/jpeg",
    "json": "application/json",
    "vtt": "text/vtt",
    "txt": "text/plain; charset=utf-8",
    # A drawing can hold scripts: it is handed out as what no browser runs.
    "svg": "application/octet-stream",
}


class _Refused(Exception):
    """A plug-in did not keep to the contract."""


def ask_plugins(source: Path, *, facts: MediaFacts, scratch: Path, published: Published) -> dict[str, Any]:
    """Return what plug-ins tell of a source, by name, and store what they make of it.

    Whatever a plug-in does, nothing is raised but what the sink raises, and that the sandbox is missing.
    """
    told: dict[str, Any] = {}
    for each in plugins.plugins(plugins.EXTRACTORS):
        told[each.name] = _said(each, source, facts=facts, scratch=scratch, folder=None)
    for each in plugins.plugins(plugins.RECIPES):
        with tempfile.TemporaryDirectory(prefix="plugin-", dir=scratch) as folder:
            said = _said(each, source, facts=facts, scratch=Path(folder), folder=Path(folder))
            failed = said is not None and "error" in said
            files = [] if failed else _stored(each.name, Path(folder), published=published)
            made = {"files": files} if files else {}
            told[each.name] = (told.get(each.name) or {}) | made | (said or {})
    return {name: said for name, said in told.items() if said}


def _said(
    plugin: plugins.Plugin, source: Path, *, facts: MediaFacts, scratch: Path, folder: Path | None
) -> dict[str, Any] | None:
    """Run a plug-in's script and return its object; None where it has nothing to say, `error` where it failed."""
    options: dict[str, Any] = {
        "kind": facts.kind,
        "mime": facts.mime,
        "width": facts.width,
        "height": facts.height,
    }
    options |= {"duration": facts.duration, "frame_rate": facts.frame_rate}
    arguments = [str(source), *([str(folder)] if folder else []), json.dumps(options, default=str)]
    script: Path = plugin.thing
    argv = sandbox.python(script, *arguments)
    ended = sandbox.run(argv, read=[source, script], scratch=scratch, limits=_LIMITS)
    try:
        return _read(ended)
    except _Refused as refused:
        logger.warning(
            "plugin.failed",
            extra={
                "plugin": plugin.name,
                "group": plugin.group,
                "reason": str(refused),
                "said": ended.stderr[-1000:],
            },
        )
        return {"error": str(refused)}


def _read(ended: sandbox.Finished) -> dict[str, Any] | None:
    if ended.is_timed_out:
        raise _Refused("It took too long.")
    if ended.code != 0:
        raise _Refused("It ended with an error.")
    if len(ended.stdout) > MOST_TOLD_BYTES:
        raise _Refused("It told more than 256 KiB.")
    try:
        told = json.loads(ended.stdout or b"null")
    except (ValueError, RecursionError):
        raise _Refused("What it told is no JSON.") from None
    if told is not None and not isinstance(told, dict):
        raise _Refused("What it told is no object.")
    return storable(told) or None


def _stored(name: str, folder: Path, *, published: Published) -> list[str]:
    """Store the plain files that a recipe left, under `img/plugin/NAME/`; whatever else lies there is left out."""
    files: list[str] = []
    for path in sorted(folder.iterdir()):
        held = path.lstat()
        is_fine = stat.S_ISREG(held.st_mode) and 0 < held.st_size <= MOST_FILE_BYTES
        if is_fine and _FILE.match(path.name) and len(files) < MOST_FILES:
            ending = path.name.rpartition(".")[2]
            published.file(f"img/plugin/{name}/{path.name}", path, content_type=_TYPES[ending])
            files.append(path.name)
    return files
