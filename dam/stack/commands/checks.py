"""`test` and `lint`."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dam.stack.commands import console
from dam.stack.config import compiling_environment
from dam.stack.errors import BinaryMissing
from dam.stack.layout import CHECKOUT
from dam.stack.servers import binaries

PORTAL = CHECKOUT / "portal"
INDEX_HOSTS = ("https://pypi.org/", "https://files.pythonhosted.org/")


# A file's tests stay together: they share servers. Much of their time is waiting, so one more than two cores.
WHOLE_SUITE = ("-n", "3", "--dist", "loadfile")


def run_tests(arguments: Sequence[str]) -> int:
    """Run pytest with everything it needs, the whole suite on several workers; answer its exit code."""
    binaries.redis_server()
    command = [sys.executable, "-m", "pytest", *(arguments or WHOLE_SUITE)]
    # Every worker, and hundreds of processes that tests start, would compile the same modules for itself.
    return subprocess.call(command, cwd=CHECKOUT, env=compiling_environment())


@dataclass(frozen=True)
class Check:
    """One check of `lint`: answers whether it holds, and says why not itself."""

    name: str
    run: Callable[[], bool]


def run_lint() -> int:
    """Run every check, also after a failure; answer 1 when one does not hold."""
    failed = []
    for check in _checks():
        console.say(f"== {check.name}")
        if not check.run():
            failed.append(check.name)
    console.say(f"\n{'failed: ' + ', '.join(failed) if failed else 'all checks hold'}")
    return 1 if failed else 0


def _checks() -> list[Check]:
    python = sys.executable
    tools = Path(sys.executable).parent
    return [
        Check("ruff format", lambda: _passes([python, "-m", "ruff", "format", "--check", "."])),
        Check("ruff check", lambda: _passes([python, "-m", "ruff", "check", "."])),
        Check("mypy", lambda: _passes([python, "-m", "mypy", "."])),
        Check("import contracts", lambda: _passes([str(tools / "lint-imports")])),
        Check("uv.lock names public indexes only", lock_names_public_indexes_only),
        Check("package-lock.json names no registry", package_lock_names_no_registry),
        Check("package-lock.json is whole", package_lock_is_whole),
        Check("portal: Biome and tsc", _portal_lint),
    ]


def _passes(argv: Sequence[str], *, cwd: Path = CHECKOUT, env: dict[str, str] | None = None) -> bool:
    sys.stdout.flush()
    return subprocess.call(argv, cwd=cwd, env=env) == 0


def lock_names_public_indexes_only(lock: Path = CHECKOUT / "uv.lock") -> bool:
    """Tell whether every address in the lock is pypi.org's: a mirror's would not work elsewhere."""
    addresses = re.findall(r'"(https?://[^"]+|file:[^"]+)"', lock.read_text(encoding="utf-8"))
    foreign = sorted({address for address in addresses if not address.startswith(INDEX_HOSTS)})
    for address in foreign[:5]:
        console.complain(f"{lock.name}: {address}")
    return not foreign


def package_lock_names_no_registry(lock: Path = PORTAL / "package-lock.json") -> bool:
    """Tell whether the lock leaves the registry to npm's own configuration."""
    packages = json.loads(lock.read_text(encoding="utf-8")).get("packages", {})
    named = [name for name, entry in packages.items() if "resolved" in entry]
    for name in named[:5]:
        console.complain(f"{lock.name}: {name} has a `resolved` address")
    return not named


def package_lock_is_whole(lock: Path = PORTAL / "package-lock.json") -> bool:
    """Tell whether packages for other platforms stand there too: `npm ci` refuses a lock without them."""
    packages = json.loads(lock.read_text(encoding="utf-8")).get("packages", {})
    present = {path.rpartition("node_modules/")[2] for path in packages}
    wanted = {name for entry in packages.values() for name in entry.get("optionalDependencies", {})}
    for name in sorted(wanted - present)[:5]:
        console.complain(f"{lock.name}: {name} is missing")
    return wanted <= present


def _portal_lint() -> bool:
    try:
        node = binaries.node()
    except BinaryMissing:
        console.say("not run here: Node is absent")
        return True
    if not (PORTAL / "node_modules").exists():
        console.say("not run here: portal/node_modules is absent, no npm registry was in reach")
        return True
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    argv = [str(node), str(binaries.npm_cli()), "run", "--silent", "lint"]
    return _passes(argv, cwd=PORTAL, env={**os.environ, "PATH": path})
