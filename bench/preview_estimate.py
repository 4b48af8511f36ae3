"""`preview-estimate`: how long builds are said to take beside how long they take, on ten clips.

Four builds teach, ten are measured, all of other sizes, lengths, rates and codecs, in one process, one after the
other. What is judged is what people are told once a master has been probed; what they are told while it waits,
known by its size alone, is shown beside it.
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.report import CannotRun, Row, compare, judge
from dam.stack.layout import CHECKOUT
from dam.stack.services import find_free_base_port, start_backends

FACTOR_AT_MOST = 2.0
NOWHERE = {"EDGE_URL": "http://127.0.0.1:9", "EDGE_SIGNING_KEY": "a-signing-key-for-the-benchmark-only"}


def run(full: bool) -> list[Row]:  # noqa: FBT001  the runner calls every benchmark like this
    """Build on stores of our own and compare."""
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as directory:
        handle = start_backends(Path(directory) / "stores", find_free_base_port())
        try:
            told = _measure(handle.env, Path(directory), seconds=30 if full else 4)
        finally:
            handle.stop()
    probed = [(each["probed_s"], each["took_s"]) for each in told]
    waiting = [(each["waiting_s"], each["took_s"]) for each in told]
    worst = max(max(said / took, took / said) for said, took in probed)
    return [
        judge(
            "farthest of ten estimates from the truth", [(worst, 1.0)], at_most=FACTOR_AT_MOST, unit="times"
        ),
        compare("seconds told once probed through seconds taken", probed),
        compare("seconds told while it waits through seconds taken", waiting),
    ]


def _measure(stores: dict[str, str], directory: Path, *, seconds: int) -> list[dict[str, float]]:
    environment = os.environ | stores | NOWHERE
    environment |= {"DAM_SECRET_KEY": secrets.token_hex(), "DAM_DATA_DIR": str(directory / "data")}
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    as_migrator = environment | {"DAM_DATABASE_ROLE": "migrator"}
    if subprocess.run(migrate, cwd=CHECKOUT, env=as_migrator, check=False).returncode:
        raise CannotRun("the database could not be made")
    argv = [sys.executable, "-m", "bench.preview_estimate_stand", str(directory), str(seconds)]
    done = subprocess.run(argv, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, check=True)
    told: list[dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return told
