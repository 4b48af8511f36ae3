"""Exchanging the key that signs addresses, while everything runs and nobody's player notices.

The edges must know a key before the API signs with it, and still know the old one until its last address has ended:
`announce`, wait for the edges, `promote`, wait for the addresses, `retire`.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
import time
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from urllib.error import URLError

from django.conf import settings

from previews.edge_tokens import EXPIRY_STEP_S, SigningKey

SKEW_S = 30
ASK_TIMEOUT_S = 2.0
ASK_EVERY_S = 0.25
#: nginx lets the workers with the old keys finish what they began.
SETTLE_S = 1.0
_KNOWN = re.compile(r'^edge_signing_key\{kid="(\w+)"\} 1', re.MULTILINE)


class NoKeyFile(Exception):
    """The keys are not kept in a file, so this command cannot exchange them."""


class TooEarly(Exception):
    """Addresses of the old key may still be in use; the text says for how long."""


def keys() -> tuple[SigningKey, ...]:
    """Return the keys as they stand in the file, the one that signs first.

    Raises:
        NoKeyFile: `EDGE_SIGNING_KEY_FILE` is not set.
    """
    return SigningKey.parse_all(_path().read_text(encoding="utf-8"))


def announce() -> SigningKey:
    """Add a new key behind the one that signs; the edges take it over within seconds.

    One that was announced and never signed is announced again instead.
    """
    known = keys()
    waiting = [each for each in known if _number(each) > _number(known[0])]
    if waiting:
        return waiting[0]
    fresh = SigningKey(f"k{max(map(_number, known)) + 1}", secrets.token_hex(32))
    _write([*known, fresh])
    return fresh


def _number(key: SigningKey) -> int:
    """Return the number in an id that this module gave; 0 for any other."""
    return int(key.kid[1:]) if re.fullmatch(r"k\d{1,6}", key.kid) else 0


def promote(kid: str) -> None:
    """Sign with a key that the edges know: every process of the API does so from its next address on."""
    known = keys()
    _write([each for each in known if each.kid == kid] + [each for each in known if each.kid != kid])


def retire(*, now_s: float, is_hasty: bool = False) -> list[str]:
    """Forget the keys that sign no more; returns their ids.

    Raises:
        TooEarly: the keys changed so lately that addresses of an old one still play; not where `is_hasty`, as for a
            key that got into the wrong hands: whoever plays with it fetches a new address.
    """
    signing, *old = keys()
    wait_s = _path().stat().st_mtime + settings.EDGE_TOKEN_TTL + EXPIRY_STEP_S + SKEW_S - now_s
    if old and wait_s > 0 and not is_hasty:
        raise TooEarly(f"Addresses signed with the old key may be in use for another {wait_s:.0f} s.")
    if old:
        _write([signing])
    return [each.kid for each in old]


def wait_for_edge(kid: str, *, timeout_s: float) -> bool:
    """Wait until the edge at `EDGE_CONTROL_URL` says that it knows a key; False when it does not, or there is none."""
    deadline = time.monotonic() + timeout_s
    while settings.EDGE_CONTROL_URL and time.monotonic() < deadline:
        if kid in _known_to_edge():
            time.sleep(SETTLE_S)
            return True
        time.sleep(ASK_EVERY_S)
    return False


def _known_to_edge() -> list[str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{settings.EDGE_CONTROL_URL}/metrics", timeout=ASK_TIMEOUT_S) as answer:
            return _KNOWN.findall(answer.read().decode())
    except (URLError, OSError):
        return []


def _path() -> Path:
    if not settings.EDGE_SIGNING_KEY_FILE:
        raise NoKeyFile(
            "The keys are given in EDGE_SIGNING_KEY. Keep them in a file that EDGE_SIGNING_KEY_FILE names, on every "
            "machine of the API and of the edges, to exchange them without a restart."
        )
    return Path(settings.EDGE_SIGNING_KEY_FILE)


def _write(known: Iterable[SigningKey]) -> None:
    """Replace the file in one step, so that nobody reads half of it; its owner and mode stay."""
    path = _path()
    told = path.stat()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        os.fchmod(handle, told.st_mode & 0o777)
        if os.geteuid() == 0:
            os.fchown(handle, told.st_uid, told.st_gid)
        stream.write("".join(f"{each}\n" for each in known))
        stream.flush()
        os.fsync(handle)
    Path(name).replace(path)
