"""The worker that `bench bulk` and `bench exchange` start: `python -m bench.bulk_stand`, an organisation and a job a line.

It does each job as a worker of the platform does, and answers a line of JSON: seconds, its own peak memory.
"""

import json
import os
import sys
import time
from pathlib import Path
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dam.settings")
django.setup()

from exchange.services import sweep_mirrors  # noqa: E402  Django must know its settings first
from jobs.services import run  # noqa: E402  as above


def peak_mb() -> float:
    """Answer the most memory that this process has held so far."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (held,) = [each for each in lines if each.startswith("VmHWM:")]
    return int(held.split()[1]) / 1024


def main() -> None:
    """Do the jobs that are named, one by one, until there are no more; `sweep` lets mirrors look for changes."""
    sys.stdout.write(f"{json.dumps({'peak_mb': peak_mb()})}\n")
    sys.stdout.flush()
    for line in sys.stdin:
        began = time.monotonic()
        if line.strip() == "sweep":
            sweep_mirrors()
        else:
            organization, job = line.split()
            run(UUID(job), organization_id=UUID(organization))
        told = {"seconds": time.monotonic() - began, "peak_mb": peak_mb()}
        sys.stdout.write(f"{json.dumps(told)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
