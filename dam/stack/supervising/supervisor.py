"""The process that owns a stack: starts every service, restarts a dead one, stops them all."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from dam import env
from dam.stack import files
from dam.stack.config import Outside, StackConfig
from dam.stack.errors import StackError
from dam.stack.keys import load_or_make
from dam.stack.layout import Layout
from dam.stack.listeners import require_free_ports
from dam.stack.servers import database, first_admin
from dam.stack.servers.postgres import Postgres
from dam.stack.servers.service import Service
from dam.stack.supervising import leftovers, logs, processes
from dam.stack.supervising.housekeeping import DISK_S, Housekeeping
from dam.stack.supervising.keeper import PROBE_TIMEOUT_S, Keeper
from dam.stack.supervising.plan import Plan, plan_of
from dam.stack.supervising.state import StackState, supervisor_lock
from dam.stack.supervising.supervised import Supervised
from dam.stack.supervising.watch import Watch

_Answer = TypeVar("_Answer")
logger = logging.getLogger(__name__)

ALREADY_RUNNING = 3
#: Probes hang with what they ask; so many may at once.
PROBE_THREADS = 12


class Supervisor:
    """Runs a plan until it is told to stop."""

    def __init__(self, config: StackConfig, *, plan: Plan, watch: Watch) -> None:
        self.config = config
        self.plan = plan
        self.watch = watch
        self.supervised = {
            service.name: Supervised(service, log_bytes=watch.log_bytes) for service in plan.services
        }
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
        self._probes = ThreadPoolExecutor(PROBE_THREADS, thread_name_prefix="probe")

    # --- telling ---------------------------------------------------------------------------------

    def tell(self, *, phase: str | None = None, doing: str | None = None) -> None:
        """Write the state file after a change; a disk without room must not end what runs."""
        self.state.phase = phase or self.state.phase
        self.state.doing = self.state.doing if doing is None else doing
        try:
            self.state.write(self.config.layout.state_file)
        except OSError as error:
            logger.error("state.not_written %s", error.strerror)  # noqa: TRY400  the reason says it all

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
                await self._keep_house()
        except* (StackError, OSError) as errors:
            self.state.error = _first_text(errors)
            logger.error("stack.start_failed %s", self.state.error)  # noqa: TRY400  the text is for a person
        finally:
            await self._stop_all()
            self._probes.shutdown(wait=False, cancel_futures=True)
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

    async def help(self, work: Callable[..., _Answer], *arguments: Any) -> _Answer:
        """Run blocking work in a thread; children it starts are its own to wait for."""
        return await asyncio.to_thread(work, *arguments)

    async def ask(self, question: Callable[[], bool]) -> bool:
        """Ask a service something in a thread; an answer that does not come in time is a no."""
        asked = asyncio.get_running_loop().run_in_executor(self._probes, question)
        try:
            return await asyncio.wait_for(asked, timeout=PROBE_TIMEOUT_S)
        except TimeoutError:
            return False

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
        if self.config.outside.s3 and (left := await self.help(database.make_outside_buckets, self.config)):
            logger.warning("buckets.incomplete %s", "; ".join(left))
            self.state.left_to_do = left
        if not self._is_migrated():
            self.tell(doing="bringing the database into shape")
            await self.help(database.migrate, self.config)
        if not self.config.layout.credentials_file.exists():
            self.tell(doing="making the first admin")
            await self.help(first_admin.make, self.config)
        self.tell(doing="starting the platform")
        async with asyncio.TaskGroup() as group:
            for service in self.plan.application:
                group.create_task(self._start(service))

    def _is_migrated(self) -> bool:
        """Tell whether these very migrations ran here; a database from outside is always asked by migrating."""
        noted = [service.database_comment for service in self.plan.stores if isinstance(service, Postgres)]
        return noted == [database.comment_of_migrated()]

    async def _start(self, service: Service) -> None:
        keeper = Keeper(self.supervised[service.name], host=self, watch=self.watch)
        await keeper.start()
        task = asyncio.create_task(keeper.keep())
        self._watchers.add(task)
        task.add_done_callback(self._watchers.discard)

    # --- keeping ---------------------------------------------------------------------------------

    def is_excused(self, supervised: Supervised) -> bool:
        """Tell whether a process of ours may be silent because a store is, on which it waits."""
        if supervised.service not in self.plan.application:
            return False
        return any(self.supervised[store.name].state.phase != "ready" for store in self.plan.stores)

    async def _keep_house(self) -> None:
        """Look at disks and logs until the stack stops."""
        house = Housekeeping(self.config.layout, watch=self.watch, supervised=list(self.supervised.values()))
        while not self.stopping.is_set():
            warnings = await self.help(house.look)
            if warnings != self.state.warnings:
                logger.warning("stack.warnings %s", "; ".join(warnings) or "none any more")
                self.state.warnings = warnings
                self.tell()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), timeout=DISK_S)

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
                self._end_children()
        self._end_children()

    async def _stop(self, supervised: Supervised) -> None:
        if supervised.process is not None:
            service = supervised.service
            if not supervised.ended.is_set():
                processes.signal_process(supervised.pid, service.stop_signal)
                with suppress(TimeoutError):
                    await asyncio.wait_for(supervised.ended.wait(), timeout=service.stop_grace_s)
            processes.signal_group(supervised.pid, signal.SIGKILL)
            await supervised.ended.wait()
            service.tidy()
        supervised.drain()
        supervised.state.process = None
        supervised.state.phase, supervised.state.note = "stopped", ""
        self.tell()

    def _orphans(self) -> list[int]:
        """Answer children that no service line knows: what services started in sessions of their own."""
        own = {each.pid for each in self.supervised.values()}
        return [pid for pid in processes.children_of(os.getpid()) if pid not in own]

    def _reap_orphans(self) -> None:
        """Collect the exit status of orphans; that of a helper's child, of our session, is the helper's."""
        for pid in self._orphans():
            if processes.session_of(pid) != os.getpid():
                with suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)

    def end_orphans(self) -> None:
        """End what a dead service left behind in sessions of its own: database backends, media tools."""
        for pid in self._orphans():
            if processes.session_of(pid) != os.getpid():
                leftovers.kill_tree(pid)
        self._reap_orphans()

    def _end_children(self) -> None:
        """End whatever is left, helpers included: the stack stops."""
        for pid in self._orphans():
            leftovers.kill_tree(pid)
        self._reap_orphans()


def _first_text(errors: BaseExceptionGroup[StackError | OSError]) -> str:
    """Answer the first failure's text; the others usually follow from it."""
    first: BaseException = errors
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return str(first)


def main() -> int:
    arguments = _arguments()
    layout = Layout.of(arguments.data_dir, base_port=arguments.port)
    layout.make_directories()
    watch = Watch.from_environment()
    log_to(logs.RotatedLog(layout.log_of("supervisor"), limit_bytes=watch.log_bytes))
    processes.become_subreaper()
    if arguments.attached_to:
        processes.die_with_parent(signal.SIGTERM, parent=arguments.attached_to)
    with supervisor_lock(layout) as is_ours:
        if not is_ours:
            return ALREADY_RUNNING
        leftovers.end_leftovers(layout)
        # Whatever is started from here on can be recognised, whoever its parent is by then.
        os.environ[processes.MARK] = str(layout.data_dir)
        try:
            return asyncio.run(_supervisor_of(layout, workers=arguments.workers, watch=watch).run())
        except (StackError, env.BadEnvironment) as error:
            logger.error("stack.not_configured %s", error)  # noqa: TRY400  the text is for a person
            _tell_failure(layout, why=str(error))
            return 1


def _supervisor_of(layout: Layout, *, workers: int, watch: Watch) -> Supervisor:
    config = StackConfig(
        layout=layout,
        keys=load_or_make(layout.secrets_file),
        outside=Outside.from_environment(),
        encode_workers=workers,
    )
    config.make_edge_key_file()
    files.write_json(layout.run / "environment.json", config.recorded_environment())
    return Supervisor(config, plan=plan_of(config), watch=watch)


def _tell_failure(layout: Layout, *, why: str) -> None:
    """Say why nothing was started, to the command that waits for it."""
    state = StackState(
        supervisor=processes.own_identity(),
        port=layout.ports.base,
        encode_workers=0,
        portal_url="",
        edge_url="",
        s3_url="",
        phase="failed",
        error=why,
    )
    state.write(layout.state_file)


def log_to(log: logs.RotatedLog) -> None:
    """Send our own records there, and what nobody catches: the standard streams follow the file."""

    def follow(handle: int) -> None:
        for stream in (1, 2):
            os.dup2(handle, stream)

    log.on_open = follow
    logging.basicConfig(level=logging.INFO, handlers=[logs.LogHandler(log)])
    logger.info("supervisor.started %d", os.getpid())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Own one stack (started by `bin/dam up`).")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--attached-to", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
