"""What the supervisor needs to know of a service, whatever it is."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dam.stack.errors import ServiceFailed
from dam.stack.layout import Layout
from dam.stack.supervising.processes import MARK, Command

LOOPBACK = "127.0.0.1"
CHECK_TIMEOUT_S = 2.0
#: Answers, and chunks of files, are built and freed at the end of the heap, some sixty kilobytes and more at a time. Left
#: alone, glibc gives them back to the system every time and takes them anew, page fault by page fault: a sixth of what a
#: page of a list costs (decisions 0153, 0168).
KEPT_MEMORY = {"MALLOC_TRIM_THRESHOLD_": "1048576", "MALLOC_MMAP_THRESHOLD_": "1048576"}


class Service(ABC):
    """One server of the stack.

    A service SHALL be cheap to construct and hold no open resource: everything it needs lies in its layout.
    `prepare` and `provision` SHALL be safe to repeat; `is_ready` and `answers` SHALL return within seconds.
    """

    #: The name in `status`, in the log file and in the state file.
    name: str
    #: Seconds from start to readiness before the start counts as failed.
    start_timeout_s: float = 60.0
    #: What asks the server to end cleanly.
    stop_signal: signal.Signals = signal.SIGTERM
    #: Seconds between that and killing the whole group.
    stop_grace_s: float = 5.0

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    @property
    @abstractmethod
    def address(self) -> str:
        """What `status` shows: `host:port`, or a word for a process without a listener."""

    @property
    def listeners(self) -> tuple[int, ...]:
        """Ports that must be free before the service starts."""
        return ()

    def prepare(self) -> None:  # noqa: B027  most services have nothing to prepare
        """Make files and directories before the start; may run beside other services' preparations."""

    @abstractmethod
    def command(self) -> Command:
        """Answer what to execute; the process SHALL be the server itself, not a wrapper."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Tell whether the server answers real work."""

    def answers(self) -> bool:
        """Tell whether the server itself responds, whether or not what it depends on does.

        The supervisor starts a service again that has not answered for long; SHALL be cheap.
        """
        return self.is_ready()

    @property
    def own_logs(self) -> tuple[Path, ...]:
        """Log files that the server writes itself, beside its output; SIGUSR1 makes it open them anew."""
        return ()

    @property
    def kept_logs(self) -> Mapping[str, int]:
        """How many older files of a log are kept, by its name, where that is not the usual number."""
        return {}

    def renew(self) -> bool:
        """Write settings anew that changed on disk; tell whether the server must be sent SIGHUP to take them over.

        Asked every few seconds while the server runs; SHALL cost next to nothing when nothing changed.
        """
        return False

    def tidy(self) -> None:  # noqa: B027  most servers leave nothing elsewhere
        """Remove what the ended server left outside of the data directory."""

    def provision(self) -> None:  # noqa: B027  most services have nothing to provision
        """Set up what lives inside the running server (roles, buckets)."""


class Listening(Service):
    """A server that is reached on a port of this machine's loopback."""

    @property
    @abstractmethod
    def port(self) -> int:
        """Where it is reached."""

    @property
    def address(self) -> str:
        """The port with its host."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def listeners(self) -> tuple[int, ...]:
        """Its port; more, where it listens for its own ends besides."""
        return (self.port,)


def base_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Answer the small environment of a foreign server: no secrets of ours, no proxies."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", MARK) if name in os.environ}
    return {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", **kept, **(extra or {})}


def accepts_connections(port: int) -> bool:
    """Tell whether something listens on a loopback port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=CHECK_TIMEOUT_S):
            return True
    except OSError:
        return False


def http_status(url: str, *, timeout_s: float = CHECK_TIMEOUT_S) -> int | None:
    """Answer the status code of a GET, None when nobody answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=timeout_s) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, ValueError):
        return None


def http_json(url: str, *, timeout_s: float = CHECK_TIMEOUT_S) -> dict[str, Any] | None:
    """Answer the JSON object behind a GET, None when there is none."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=timeout_s) as answer:
            value = json.load(answer)
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def log_tail(service: Service, *, lines: int = 15) -> str:
    """Answer the end of a service's log, for error messages."""
    try:
        text = service.layout.log_of(service.name).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return "(no log)"
    return "\n".join(text.splitlines()[-lines:])


def wait_until_ready(service: Service, *, process: subprocess.Popen[bytes]) -> None:
    """Poll a starting service until it answers.

    Raises:
        ServiceFailed: when it ends or does not answer in `start_timeout_s`.
    """
    deadline = time.monotonic() + service.start_timeout_s
    while not service.is_ready():
        if process.poll() is not None:
            raise ServiceFailed(f"{service.name} ended with {process.returncode}:\n{log_tail(service)}")
        if time.monotonic() > deadline:
            raise ServiceFailed(
                f"{service.name} did not become ready in {service.start_timeout_s:.0f} s:\n{log_tail(service)}"
            )
        time.sleep(0.05)
