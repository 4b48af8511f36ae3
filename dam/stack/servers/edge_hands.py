"""How an agent tells its nginx something, and asks it: over the private listener, or with files and reloads."""

import http.client
import json
import logging
import os
import re
import signal
import time
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol

from dam.stack import files
from dam.stack.servers.edge import DISK_FLAG, REVOCATIONS
from dam.stack.servers.service import LOOPBACK, http_json

logger = logging.getLogger(__name__)

FLAG, ENTRIES = "/_edge/flags/disk_low", "/_edge/revoked/"
TIMEOUT_S = 1.0
#: As the dictionary does it: longer than the longest token lives, and entered anew well before.
KEPT_S, RENEW_AFTER_S = 13 * 3600, 6 * 3600
_ENTRY = re.compile(r"[so]:[\w-]{22}|a:[0-9a-f]{64}", re.ASCII)


class Hand(Protocol):
    """What an agent needs of its nginx."""

    def set_low(self, is_low: bool) -> bool:  # noqa: FBT001  there is nothing else to say
        """Let nginx stream without storing, or store again; tell whether it heard."""

    def revoked(self) -> list[str] | None:
        """Answer what is revoked, None while nobody knows."""


class Listener:
    """The private listener of an nginx whose njs keeps dictionaries."""

    def __init__(self, port: int) -> None:
        self._port = port

    def set_low(self, is_low: bool) -> bool:  # noqa: FBT001  as above
        status, _ = self._ask("PUT" if is_low else "DELETE", FLAG)
        return status == HTTPStatus.NO_CONTENT

    def revoked(self) -> list[str] | None:
        status, body = self._ask("GET", ENTRIES)
        return list(json.loads(body)["revoked"]) if status == HTTPStatus.OK else None

    def _ask(self, method: str, path: str) -> tuple[int, bytes]:
        """Ask; (0, nothing) where nobody answers."""
        link = http.client.HTTPConnection(LOOPBACK, self._port, timeout=TIMEOUT_S)
        try:
            link.request(method, path)
            answer = link.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            link.close()


class Files:
    """Files that an older nginx looks at: the flag at every request, the list at every reload.

    So this pulls the list of revocations itself, and reloads nginx where there is something new in it. While the
    API is away, what is known stays.
    """

    def __init__(self, run_dir: Path, *, revocations_url: str, every_s: float) -> None:
        self._run_dir, self._url, self._every_s = run_dir, revocations_url, every_s
        self._due = 0.0
        self._known: dict[str, float] | None = None

    def set_low(self, is_low: bool) -> bool:  # noqa: FBT001  as above
        flag = self._run_dir / DISK_FLAG
        if is_low:
            flag.touch()
        else:
            flag.unlink(missing_ok=True)
        return True

    def revoked(self) -> list[str] | None:
        if self._known is None:
            self._known = files.read_json(self._run_dir / REVOCATIONS) or {}
        if self._url and time.monotonic() >= self._due:
            self._due = time.monotonic() + self._every_s
            if answer := http_json(self._url):
                self._take(answer, self._known, now=time.time())
        return list(self._known)

    def _take(self, answer: dict[str, Any], known: dict[str, float], *, now: float) -> None:
        before = dict(known)
        for entry in filter(_ENTRY.fullmatch, answer.get("revoked", ())):
            if now - known.get(entry, 0.0) > RENEW_AFTER_S:
                known[entry] = now
        gone = {each for each, since in known.items() if now - since > KEPT_S} | set(answer.get("lifted", ()))
        for entry in gone & set(known):
            del known[entry]
        if known != before:
            files.write_json(self._run_dir / REVOCATIONS, known, mode=0o644)
        if set(known) != set(before):
            self._reload()

    def _reload(self) -> None:
        try:
            os.kill(int((self._run_dir / "nginx.pid").read_text(encoding="ascii")), signal.SIGHUP)
        except (OSError, ValueError) as error:
            logger.warning("edge.not_reloaded %s", error)
