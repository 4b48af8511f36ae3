"""Install what uv.lock names, from whatever index pip is configured with: `sync_packages.py UV ROOT`.

uv does not read pip's configuration, and a machine behind a mirror has its index only there. So the lock is
exported with its digests, and the packages are fetched from pip's index; the digests decide what is accepted.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path


def pip_settings() -> dict[str, str]:
    """Answer pip's settings as it sees them; the last of the same name wins, as in pip itself."""
    listing = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"]
    told = subprocess.run(listing, capture_output=True, text=True, check=False).stdout
    settings: dict[str, str] = {}
    for level in ("global.", "user.", "site.", "install.", ":env:."):
        for line in told.splitlines():
            name, equals, value = line.partition("=")
            if equals and name.startswith(level):
                settings[name.removeprefix(level).replace("_", "-")] = value.strip("'\"")
    return settings


def _words(value: str) -> list[str]:
    return [word for line in value.split("\\n") for word in line.split()]


def uv_options(settings: dict[str, str]) -> list[str]:
    """Say the same to uv as pip was told."""
    options: list[str] = []
    if "index-url" in settings:
        options += ["--default-index", settings["index-url"]]
    for url in _words(settings.get("extra-index-url", "")):
        options += ["--index", url]
    for place in _words(settings.get("find-links", "")):
        options += ["--find-links", place]
    for host in _words(settings.get("trusted-host", "")):
        options += ["--allow-insecure-host", host]
    if settings.get("no-index", "").lower() in {"1", "true", "yes", "on"}:
        options.append("--no-index")
    return options


def uv_environment(settings: dict[str, str], *, root: Path) -> dict[str, str]:
    """Answer the environment uv runs in: certificates, proxy and time-outs as pip has them."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": str(root / ".venv")}
    # The lock's own addresses must not be overridden by an index that only uv knows.
    environment |= {"UV_NO_CONFIG": "1", "UV_LINK_MODE": environment.get("UV_LINK_MODE", "copy")}
    if "cert" in settings:
        environment.setdefault("SSL_CERT_FILE", settings["cert"])
    if "proxy" in settings:
        environment.setdefault("ALL_PROXY", settings["proxy"])
    if "timeout" in settings:
        environment.setdefault("UV_HTTP_TIMEOUT", settings["timeout"])
    return environment


def main() -> int:
    """Export the lock, then make the environment exactly that."""
    uv, root = sys.argv[1], Path(sys.argv[2])
    settings = pip_settings()
    environment = uv_environment(settings, root=root)
    with tempfile.TemporaryDirectory() as scratch:
        requirements = Path(scratch) / "requirements.txt"
        export = [uv, "export", "--frozen", "--all-groups", "--no-emit-project", "--quiet", "--output-file"]
        subprocess.run(
            [*export, str(requirements)], cwd=root, env=environment, check=True, stdout=subprocess.DEVNULL
        )
        # A terminal sees uv's progress; a log does not need its list of packages.
        manner = [] if sys.stderr.isatty() else ["--quiet"]
        # Compiled once here, not by every process at every start.
        sync = [
            uv,
            "pip",
            "sync",
            *manner,
            "--compile-bytecode",
            "--require-hashes",
            "--index-strategy",
            "unsafe-best-match",
        ]
        done = subprocess.run(
            [*sync, *uv_options(settings), str(requirements)], cwd=root, env=environment, check=False
        )
    return done.returncode


if __name__ == "__main__":
    raise SystemExit(main())
