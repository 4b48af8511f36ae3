"""The process that owns a stack: starts every service, restarts a dead one, stops them all."""

import argparse
import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from dam.stack import database, files, processes
from dam.stack.config import Outside, StackConfig
from dam.stack.errors import ServiceFailed, StackError
from dam.stack.keys import load_or_make
from dam.stack.layout import Layout
from dam.stack.plan import Plan, plan_of
from dam.stack.postgres import Postgres
from dam.stack.service import Service, log_tail
from dam.stack.services import require_free_ports, start_service
from dam.stack.state import ServiceState, StackState, read_state, supervisor_lock

_Answer = TypeVar("_Answer")
logger = logging.getLogger(__name__)

ALREADY_RUNNING = 3
POLL_S = 0.1
BACKOFF_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_AFTER_S = 60.0


class Supervised:
    """One running service with its process and its line in the state file."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.state = ServiceState(name=service.name, address=service.address)
        self.process: subprocess.Popen[bytes] | None = None
        self.ended = asyncio.Event()
        self.started_at = 0.0
        self.failures = 0

    def spawn(self) -> None:
        """Start the process; from the main thread, since the kernel ties it to the thread that forks."""
        files.trim_log(self.service.layout.log_of(self.service.name))
        self.ended.clear()
        self.process = start_service(self.service)
        self.started_at = time.monotonic()
        self.state.process = processes.identify(self.process.pid)

    def notice_end(self) -> None:
        """Collect the exit status once there is one."""
        if self.process is not None and self.process.poll() is not None:
            self.ended.set()

    @property
    def exit_code(self) -> int | None:
        return None if self.process is None else self.process.returncode

    @property
    def pid(self) -> int:
        return 0 if self.process is None else self.process.pid


class Supervisor:
    """Runs a plan until it is told to stop."""

    def __init__(self, config: StackConfig, *, plan: Plan) -> None:
        self.config = config
        self.plan = plan
        self.supervised = {service.name: Supervised(service) for service in plan.services}
        self.stopping = asyncio.Event()
        self.state = StackState(
            supervisor=processes.own_identity(),
            port=config.layout.ports.base,
            encode_workers=config.encode_workers,
            portal_url=config.portal_url,
            edge_url=config.edge_url,
            s3_url=config.s3_url,
            services=[each.state for each in self.supervised.values()],
        )
        self._watchers: set[asyncio.Task[None]] = set()
        self._helpers = 0

    # --- telling ---------------------------------------------------------------------------------

    def tell(self, *, phase: str | None = None, doing: str | None = None) -> None:
        """Write the state file after a change."""
        self.state.phase = phase or self.state.phase
        self.state.doing = self.state.doing if doing is None else doing
        self.state.write(self.config.layout.state_file)

    def _mark(self, supervised: Supervised, phase: str) -> None:
        supervised.state.phase = phase
        self.tell()

    # --- starting --------------------------------------------------------------------------------

    async def run(self) -> int:
        """Start everything, stay until told to stop, stop everything; answer the exit code."""
        loop = asyncio.get_running_loop()
        for which in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(which, self.stopping.set)
        loop.add_signal_handler(signal.SIGCHLD, self._on_child_ended)
        try:
            if await self._unless_stopped(self._start_all()):
                self.tell(phase="ready", doing="")
                await self.stopping.wait()
        except* StackError as errors:
            self.state.error = _first_text(errors)
            logger.error("stack.start_failed %s", self.state.error)  # noqa: TRY400  the text is for a person
        finally:
            await self._stop_all()
            self.tell(phase="failed" if self.state.error else "stopped", doing="")
        return 1 if self.state.error else 0

    def _on_child_ended(self) -> None:
        for supervised in self.supervised.values():
            supervised.notice_end()
        self._reap_orphans()

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> bool:
        """Run `work`, but give up as soon as a stop is asked for; answer whether it finished."""
        task = asyncio.ensure_future(work)
        stop = asyncio.ensure_future(self.stopping.wait())
        done, _ = await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if task in done:
            task.result()
            return not self.stopping.is_set()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return False

    async def _help(self, work: Callable[..., _Answer], *arguments: Any) -> _Answer:
        """Run blocking work in a thread; children it starts are its own to wait for."""
        self._helpers += 1
        try:
            return await asyncio.to_thread(work, *arguments)
        finally:
            self._helpers -= 1

    async def _start_all(self) -> None:
        require_free_ports(self.plan.services)
        self.tell(doing="starting the stores")
        async with asyncio.TaskGroup() as group:
            for service in self.plan.doors:
                group.create_task(self._start(service))
            stores = {service.name: group.create_task(self._start(service)) for service in self.plan.stores}
            group.create_task(self._start_application(stores))

    async def _start_application(self, stores: dict[str, asyncio.Task[None]]) -> None:
        """Bring the database into shape as soon as it answers, then start our own processes."""
        await asyncio.gather(*(task for name, task in stores.items() if name != "s3"))
        if self.config.outside.s3 and (left := await self._help(database.make_outside_buckets, self.config)):
            logger.warning("buckets.incomplete %s", left)
        if not self._is_migrated():
            self.tell(doing="bringing the database into shape")
            await self._help(database.migrate, self.config)
        if not self.config.layout.credentials_file.exists():
            self.tell(doing="making the first admin")
            await self._help(database.bootstrap, self.config)
        self.tell(doing="starting the platform")
        async with asyncio.TaskGroup() as group:
            for service in self.plan.application:
                group.create_task(self._start(service))

    def _is_migrated(self) -> bool:
        """Tell whether these very migrations ran here; a database from outside is always asked by migrating."""
        noted = [service.database_comment for service in self.plan.stores if isinstance(service, Postgres)]
        return noted == [database.comment_of_migrated()]

    async def _start(self, service: Service) -> None:
        supervised = self.supervised[service.name]
        self._mark(supervised, "preparing")
        await self._help(service.prepare)
        self._spawn(supervised)
        await self._wait_ready(supervised)
        await self._help(service.provision)
        self._mark(supervised, "ready")
        self._watch(supervised)

    def _spawn(self, supervised: Supervised) -> None:
        supervised.spawn()
        self._mark(supervised, "starting")

    async def _wait_ready(self, supervised: Supervised) -> None:
        service = supervised.service
        deadline = time.monotonic() + service.start_timeout_s
        while not await asyncio.to_thread(service.is_ready):
            if supervised.ended.is_set():
                raise ServiceFailed(f"{service.name} ended with {supervised.exit_code}:\n{log_tail(service)}")
            if time.monotonic() > deadline:
                raise ServiceFailed(f"{service.name} did not become ready:\n{log_tail(service)}")
            await asyncio.sleep(POLL_S)

    # --- keeping ---------------------------------------------------------------------------------

    def _watch(self, supervised: Supervised) -> None:
        task = asyncio.create_task(self._keep(supervised))
        self._watchers.add(task)
        task.add_done_callback(self._watchers.discard)

    async def _keep(self, supervised: Supervised) -> None:
        """Start a service again whenever it dies, slower each time, until the stack stops."""
        while not self.stopping.is_set():
            await supervised.ended.wait()
            if self.stopping.is_set():
                return
            await self._restart(supervised)

    async def _restart(self, supervised: Supervised) -> None:
        service = supervised.service
        processes.signal_group(supervised.pid, signal.SIGKILL)
        if time.monotonic() - supervised.started_at > STEADY_AFTER_S:
            supervised.failures = 0
        delay_s = BACKOFF_S[min(supervised.failures, len(BACKOFF_S) - 1)]
        supervised.failures += 1
        supervised.state.restarts += 1
        logger.warning("service.died", extra={"service": service.name, "code": supervised.exit_code})
        self._mark(supervised, "restarting")
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), timeout=delay_s)
        if self.stopping.is_set():
            return
        await self._help(service.prepare)
        self._spawn(supervised)
        with suppress(ServiceFailed):
            await self._wait_ready(supervised)
            self._mark(supervised, "ready")

    # --- stopping --------------------------------------------------------------------------------

    async def _stop_all(self) -> None:
        """Stop the doors, then the platform, then the stores, and whatever they left behind."""
        self.stopping.set()
        self.tell(phase="stopping", doing="stopping")
        for task in tuple(self._watchers):
            task.cancel()
        for ring in self.plan.stop_rings:
            await asyncio.gather(*(self._stop(self.supervised[service.name]) for service in ring))
            if ring is self.plan.application:
                self._end_orphans()
        self._end_orphans()

    async def _stop(self, supervised: Supervised) -> None:
        if supervised.process is not None:
            service = supervised.service
            if not supervised.ended.is_set():
                processes.signal_process(supervised.pid, service.stop_signal)
                with suppress(TimeoutError):
                    await asyncio.wait_for(supervised.ended.wait(), timeout=service.stop_grace_s)
            processes.signal_group(supervised.pid, signal.SIGKILL)
            await supervised.ended.wait()
        supervised.state.process = None
        self._mark(supervised, "stopped")

    def _orphans(self) -> list[int]:
        """Answer children that no service line knows: what services started in sessions of their own."""
        own = {each.pid for each in self.supervised.values()}
        return [pid for pid in processes.children_of(os.getpid()) if pid not in own]

    def _reap_orphans(self) -> None:
        if self._helpers:  # a helper's child looks like an orphan, and its exit status is the helper's
            return
        for pid in self._orphans():
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)

    def _end_orphans(self) -> None:
        for pid in self._orphans():
            for each in (pid, *processes.descendants_of(pid)):
                processes.signal_process(each, signal.SIGKILL)
        self._reap_orphans()


def _first_text(errors: BaseExceptionGroup[StackError]) -> str:
    """Answer the first failure's text; the others usually follow from it."""
    first: BaseException = errors
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return str(first)


def end_leftovers(layout: Layout) -> None:
    """End services that outlived a supervisor that was killed; only processes proven to be them."""
    state = read_state(layout.state_file)
    survivors = [each.process for each in state.services if each.process] if state else []
    for identity in survivors:
        if processes.is_alive(identity):
            processes.signal_group(identity.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while not all(map(processes.has_released_everything, survivors)) and time.monotonic() < deadline:
        time.sleep(POLL_S)


def main() -> int:
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    layout = Layout.of(arguments.data_dir, base_port=arguments.port)
    layout.make_directories()
    processes.become_subreaper()
    if arguments.attached_to:
        processes.die_with_parent(signal.SIGTERM, parent=arguments.attached_to)
    with supervisor_lock(layout) as is_ours:
        if not is_ours:
            return ALREADY_RUNNING
        end_leftovers(layout)
        config = StackConfig(
            layout=layout,
            keys=load_or_make(layout.secrets_file),
            outside=Outside.from_environment(),
            encode_workers=arguments.workers,
        )
        files.write_json(layout.run / "environment.json", config.recorded_environment())
        return asyncio.run(Supervisor(config, plan=plan_of(config)).run())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Own one stack (started by `bin/dam up`).")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--attached-to", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
