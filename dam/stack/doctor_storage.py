"""`doctor` and the store: proven with throw-away objects, in a process that has the platform's own environment."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict

from dam import env
from dam.core.storage import proofs
from dam.stack.doctor import Finding
from dam.stack.layout import CHECKOUT

TIMEOUT_S = 180


def look(environment: Mapping[str, str]) -> list[Finding]:
    """Prove the store that this environment addresses; takes some seconds, since a lock has to end."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "dam.stack.doctor_storage"],
            cwd=CHECKOUT,
            env=_without_other_stores(os.environ) | dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        detail = f"no verdict in {TIMEOUT_S} s"
        return [Finding("storage", ok=False, detail=detail, remedy="see whether the store answers at all")]
    if done.returncode != 0:
        detail = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return [Finding("storage", ok=False, detail=detail, remedy="check the S3_ variables")]
    return [Finding(**each) for each in json.loads(done.stdout)]


def _without_other_stores(environ: Mapping[str, str]) -> dict[str, str]:
    """Leave out what the shell says of storage: the stack was told so itself, or runs a store of its own."""
    return {name: text for name, text in environ.items() if not name.startswith(env.STORAGE_PREFIXES)}


def main() -> int:
    """Print the findings as JSON; answer the exit code."""
    try:
        found = [asdict(each) for each in proofs.Proving().run()]
    except env.BadEnvironment as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
