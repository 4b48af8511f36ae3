"""Keeping one service alive: it is started again when it dies, or when it has not answered for too long."""

import asyncio
import logging
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from dam.stack.errors import ServiceFailed, StackError
from dam.stack.servers.service import log_tail
from dam.stack.supervising import processes
from dam.stack.supervising.supervised import Supervised
from dam.stack.supervising.watch import Watch

logger = logging.getLogger(__name__)

POLL_S = 0.1
#: Seconds before each further start of a service that does not stay up.
BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
#: A service that worked for so long and dies has not failed before.
STEADY_AFTER_S = 10.0
#: From so many ends in a row on, it is a loop, and `status` says so.
LOOP_FROM = 3
#: No probe is waited for longer; services answer or give up within seconds.
PROBE_TIMEOUT_S = 6.0


class Host(Protocol):
    """What a keeper needs of the supervisor."""

    stopping: asyncio.Event

    def tell(self) -> None: ...

    def is_excused(self, supervised: Supervised) -> bool:
        """Tell whether a silence is another's fault."""

    def end_orphans(self) -> None: ...

    async def help(self, work: Callable[..., Any], *arguments: Any) -> Any: ...

    async def ask(self, question: Callable[[], bool]) -> bool: ...


class Keeper:
    """Starts one service and keeps it."""

    def __init__(self, supervised: Supervised, *, host: Host, watch: Watch) -> None:
        self.supervised = supervised
        self.service = supervised.service
        self._host = host
        self._watch = watch

    def mark(self, phase: str, *, note: str = "") -> None:
        state = self.supervised.state
        if (state.phase, state.note) != (phase, note):
            state.phase, state.note = phase, note
            self._host.tell()

    # --- the first start -------------------------------------------------------------------------

    async def start(self) -> None:
        """Prepare, start, wait until ready, provision."""
        self.mark("preparing")
        await self._host.help(self.service.prepare)
        self.spawn()
        await self.wait_ready()
        await self._host.help(self.service.provision)
        self.note_ready()

    def spawn(self) -> None:
        self.supervised.spawn()
        self.mark("starting", note=self.supervised.state.note)

    def note_ready(self) -> None:
        self.supervised.note_ready()
        self.mark("ready")

    async def wait_ready(self) -> None:
        """Poll until the service does its work.

        Raises:
            ServiceFailed: when it ends or does not get there in time.
        """
        supervised, service = self.supervised, self.service
        deadline = time.monotonic() + service.start_timeout_s
        while not await self._host.ask(service.is_ready):
            if supervised.ended.is_set():
                raise ServiceFailed(f"{service.name} {supervised.how_it_ended}:\n{log_tail(service)}")
            if time.monotonic() > deadline:
                supervised.drain()
                raise ServiceFailed(
                    f"{service.name} did not become ready in {service.start_timeout_s:.0f} s:\n{log_tail(service)}"
                )
            await asyncio.sleep(POLL_S)

    # --- keeping ---------------------------------------------------------------------------------

    async def keep(self) -> None:
        """Stay with the service until the stack stops."""
        while not self._host.stopping.is_set():
            try:
                await asyncio.wait_for(self.supervised.ended.wait(), timeout=self._watch.probe_s)
            except TimeoutError:
                await self._probe()
            else:
                await self._restart(self.supervised.how_it_ended)

    async def _probe(self) -> None:
        """Ask whether the service answers, and start it again when it has not for too long."""
        supervised, began = self.supervised, time.monotonic()
        if not processes.is_stopped(supervised.pid) and await self._host.ask(self.service.answers):
            if supervised.state.phase != "ready":
                logger.info("service.answers_again %s", self.service.name)
            supervised.silent_s = 0.0
            if not supervised.ready_at:
                supervised.note_ready()
            self.mark("ready")
            return
        if supervised.ended.is_set():
            return
        # Before the first question without an answer it may have been well: only what came after counts.
        waited_s = self._watch.probe_s if supervised.state.phase == "silent" else 0.0
        if not self._host.is_excused(supervised):
            supervised.silent_s += waited_s + min(time.monotonic() - began, PROBE_TIMEOUT_S)
        if supervised.silent_s >= self._watch.silence_s:
            await self._restart(f"did not answer for {supervised.silent_s:.0f} s")
            return
        if supervised.state.phase != "silent":
            logger.warning("service.silent %s", self.service.name)
        self.mark(
            "silent", note=f"does not answer; started again after {self._watch.silence_s:.0f} s of that"
        )

    async def _restart(self, why: str) -> None:
        """End what is left of the service and start it again, later each time it fails at once."""
        supervised, service = self.supervised, self.service
        processes.signal_group(supervised.pid, signal.SIGKILL)
        await supervised.ended.wait()
        delay_s = self._next_delay_s()
        logger.warning("service.died %s %s, next start in %g s", service.name, why, delay_s)
        note = why if supervised.failures < LOOP_FROM else f"{why}, {supervised.failures} times in a row"
        supervised.state.restarts += 1
        supervised.state.process = None
        self.mark("restarting", note=f"{note}; next start {_in_words(delay_s)}")
        with suppress(TimeoutError):
            await asyncio.wait_for(self._host.stopping.wait(), timeout=delay_s)
        if self._host.stopping.is_set():
            return
        self._host.end_orphans()
        await self._start_again()

    def _next_delay_s(self) -> float:
        supervised = self.supervised
        if supervised.ready_for_s() > STEADY_AFTER_S:
            supervised.failures = 0
        # It counts once: a start that fails before there is a process would find the same time again.
        supervised.ready_at = 0.0
        delay_s = BACKOFF_S[min(supervised.failures, len(BACKOFF_S) - 1)]
        supervised.failures += 1
        return delay_s

    async def _start_again(self) -> None:
        """Start the service; one that cannot be prepared or does not come up is tried again by `keep`."""
        try:
            await self._host.help(self.service.prepare)
            self.spawn()
            await self.wait_ready()
        except (StackError, OSError) as error:
            logger.warning("service.not_started %s %s", self.service.name, error)
            self.supervised.state.note = str(error).splitlines()[0]
            if self.supervised.process is None or self.supervised.process.returncode is not None:
                self.supervised.ended.set()
            return
        self.note_ready()


def _in_words(delay_s: float) -> str:
    return "at once" if delay_s < 1 else f"in {delay_s:.0f} s"
