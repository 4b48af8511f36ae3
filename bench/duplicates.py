"""`duplicates`: how many pictures are known again after what people do to them, and how many are taken for another.

Synthesised pictures (2,000, with `--full` 5,000), among them some that were encoded anew, cropped by up to a
twentieth on every side, made smaller, or got a logo. Each is looked up through the product's own indexes. Recall is
the part of the changed ones that is found for its original; a false pair is one of two originals that have nothing to
do with each other. Beside what a lookup takes stands what comparing the picture with all others takes, which grows
with their number.
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg

from bench.duplicates_pictures import CHANGES
from bench.jobs import NOWHERE, make_organization
from bench.report import CannotRun, Row, compare
from dam.stack.layout import CHECKOUT
from dam.stack.services import find_free_base_port, start_backends

QUICK, FULL = (2_000, 100, 320), (5_000, 500, 640)
LEAST_RECALL, MOST_FALSE = 0.95, 1.0
PARTS = 5

Pair = tuple[int, str, int, str]


def run(full: bool) -> list[Row]:  # noqa: FBT001  the signature of every benchmark
    """Draw, enter, look up, and count."""
    pictures, changed, width = FULL if full else QUICK
    told = _asked(pictures, changed, width)
    pairs = [(one, how, other, also) for one, how, other, also in told["found"]]
    rows = [_recall(name, pairs, changed=changed) for name in CHANGES]
    false = [each for each in pairs if each[0] != each[2]]
    compared = pictures * (pictures - 1) / 2
    rows.append(_false("of all pairs of pictures", len(false), among=compared))
    rows.append(_false("of the pairs that were found", len(false), among=max(1, len(pairs))))
    rows.append(compare("a lookup, ms; limit: comparing with every other", told["lookups"]))
    return rows


def _asked(pictures: int, changed: int, width: int) -> dict[str, Any]:
    """Start a database of our own, and have the pictures drawn, entered and looked up in a process before it."""
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as directory:
        handle = start_backends(Path(directory) / "stores", find_free_base_port(), only={"postgres", "redis"})
        try:
            environment = os.environ | handle.env | {"DAM_SECRET_KEY": secrets.token_hex(), **NOWHERE}
            _finish(
                ["manage.py", "migrate", "--verbosity=0"], environment | {"DAM_DATABASE_ROLE": "migrator"}
            )
            with psycopg.connect(handle.env["DATABASE_MIGRATOR_URL"], autocommit=True) as database:
                organization = make_organization(database)
            sizes = [str(each) for each in (pictures, changed, width)]
            told = _finish(["-m", "bench.duplicates_stand", organization, *sizes], environment)
        finally:
            handle.stop()
    answer: dict[str, Any] = json.loads(told)
    return answer


def _finish(words: Sequence[str], environment: Mapping[str, str]) -> str:
    argv = [sys.executable, *words]
    done = subprocess.run(argv, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotRun(f"{words[-1]} ended badly: {done.stderr[-1500:]}")
    return done.stdout


def _recall(name: str, pairs: Sequence[Pair], *, changed: int) -> Row:
    """Judge how many were found; the spread is that of five parts of the pictures."""
    found = {one for one, how, other, also in pairs if one == other and {how, also} == {"", name}}
    parts = [len([each for each in found if each % PARTS == part]) * PARTS / changed for part in range(PARTS)]
    recall = len(found) / changed
    return Row(
        measure=f"recall, {name}",
        product=recall,
        limit=1.0,
        ratio=recall,
        spread=(min(parts), max(parts)),
        mark=f"≥ {LEAST_RECALL:g}",
        reached=recall >= LEAST_RECALL,
    )


def _false(words: str, number: int, *, among: float) -> Row:
    share = number * 10_000 / among
    return Row(
        measure=f"false pairs in 10,000 {words}",
        product=share,
        limit=MOST_FALSE,
        ratio=share / MOST_FALSE,
        spread=(share, share),
        mark=f"≤ {MOST_FALSE:g}",
        reached=share <= MOST_FALSE,
    )
