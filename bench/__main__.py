"""`bin/dam bench [NAME…] [--full]`: run benchmarks, print their tables, write their results."""

import argparse
import importlib
import sys
import time
from pathlib import Path
from types import ModuleType

from rich.console import Console

from bench.api_stand import one_command
from bench.report import CannotRun, has_reached, table_of, write_result

console = Console(highlight=False)


def names() -> list[str]:
    """Answer every benchmark: the modules here that have a `run`."""
    here = Path(__file__).parent
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(here.glob("*.py"))}
    return [stem.replace("_", "-") for stem, text in texts.items() if "\ndef run(full: bool)" in text]


def main(arguments: list[str]) -> int:
    """Run what was asked for; answer 1 when a mark was missed."""
    parser = argparse.ArgumentParser(
        prog="bin/dam bench", description="Measure the product beside its limit."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(names())}")
    parser.add_argument("--full", action="store_true", help="larger inputs, more repeats")
    parsed = parser.parse_args(arguments)
    unknown = sorted(set(parsed.names) - set(names()))
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    with one_command():
        outcomes = [_run(name, full=parsed.full) for name in parsed.names or names()]
    return 0 if all(outcomes) else 1


def _run(name: str, *, full: bool) -> bool:
    module: ModuleType = importlib.import_module(f"bench.{name.replace('-', '_')}")
    began = time.monotonic()
    try:
        rows = module.run(full)
    except CannotRun as reason:
        console.print(f"{name}: not run here: {reason}", markup=False)
        return True
    console.print(table_of(name, rows))
    path = write_result(name, rows)
    console.print(f"{time.monotonic() - began:.0f} s, written to {path}\n", markup=False)
    return has_reached(rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
