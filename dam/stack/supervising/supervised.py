"""One service as its supervisor sees it: process, output, and how long it has been silent."""

import asyncio
import os
import signal
import subprocess
import time
from contextlib import suppress

from dam.stack.servers.service import Service
from dam.stack.supervising import processes
from dam.stack.supervising.logs import LogPipe, RotatedLog
from dam.stack.supervising.state import ServiceState


class Supervised:
    """One service with its process and its line in the state file."""

    def __init__(self, service: Service, *, log_bytes: int) -> None:
        self.service = service
        self.state = ServiceState(name=service.name, address=service.address)
        self.process: subprocess.Popen[bytes] | None = None
        self.ended = asyncio.Event()
        self.log = RotatedLog(service.layout.log_of(service.name), limit_bytes=log_bytes)
        #: When it was last known to do its work; 0 while it has not since its start.
        self.ready_at = 0.0
        #: Ends in quick succession.
        self.failures = 0
        #: Seconds without an answer, as counted by questions asked: a machine that sleeps counts for nothing.
        self.silent_s = 0.0
        self._pipes: list[LogPipe] = []

    def spawn(self) -> None:
        """Start the process; from the main thread, since the kernel ties it to the thread that forks."""
        self.ended.clear()
        self.ready_at = self.silent_s = 0.0
        pipe = LogPipe(self.log)
        try:
            self.process = processes.spawn(self.service.command(), output=pipe.writer)
        finally:
            pipe.close_writer()
        self._pipes.append(pipe)
        asyncio.get_running_loop().add_reader(pipe.reader, self._read, pipe)
        self.state.process = processes.identify(self.process.pid)

    def _read(self, pipe: LogPipe) -> None:
        if not pipe.drain():
            asyncio.get_running_loop().remove_reader(pipe.reader)
            os.close(pipe.reader)
            self._pipes.remove(pipe)

    def drain(self) -> None:
        """Bring everything said so far into the log."""
        for pipe in tuple(self._pipes):
            self._read(pipe)

    def notice_end(self) -> None:
        """Collect the exit status once there is one."""
        if self.process is not None and self.process.poll() is not None:
            self.drain()
            self.ended.set()

    def note_ready(self) -> None:
        self.ready_at = time.monotonic()
        self.silent_s = 0.0

    def ready_for_s(self) -> float:
        return time.monotonic() - self.ready_at if self.ready_at else 0.0

    @property
    def exit_code(self) -> int | None:
        return None if self.process is None else self.process.returncode

    @property
    def how_it_ended(self) -> str:
        """Say in words how the process ended."""
        code = self.exit_code
        if code is None:
            return "ended"
        if code >= 0:
            return f"ended with {code}"
        with suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
        return f"was ended by signal {-code}"

    @property
    def pid(self) -> int:
        return 0 if self.process is None else self.process.pid
