"""`status`: what runs, asked of the services themselves."""

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.table import Table
from rich.text import Text

from dam.stack.commands import console
from dam.stack.config import Outside, StackConfig
from dam.stack.keys import load_or_make
from dam.stack.layout import Layout
from dam.stack.servers.service import Service
from dam.stack.supervising import processes
from dam.stack.supervising.plan import plan_of
from dam.stack.supervising.state import ServiceState, StackState, read_state, running_state

#: All services are asked at once, and one that hangs is not waited for.
ANSWER_WITHIN_S = 2.5


@dataclass(frozen=True)
class ServiceStatus:
    """One service; `note` says in words what is wrong, as long as something is."""

    name: str
    pid: int | None
    address: str
    healthy: bool
    note: str = ""


@dataclass(frozen=True)
class Status:
    """The contract's answer; `state` is ready, starting, degraded or stopped."""

    state: str
    portal_url: str
    api_url: str
    edge_url: str
    s3_url: str
    services: tuple[ServiceStatus, ...]
    warnings: tuple[str, ...] = ()


def read_status(data_dir: Path) -> Status:
    """Ask every service of a stack how it is."""
    run = Layout.of(data_dir, base_port=0).run
    state = running_state(run)
    if state is None:
        return _without_supervisor(read_state(run / "state.json"))
    layout = Layout.of(data_dir, base_port=state.port)
    config = StackConfig(
        layout, load_or_make(layout.secrets_file), _outside_of(state), encode_workers=state.encode_workers
    )
    healthy = _ask(plan_of(config).services, state=state)
    services = tuple(_line(each, healthy=each.name in healthy) for each in state.services)
    overall = {"starting": "starting", "stopping": "stopped"}.get(state.phase, "ready")
    if overall == "ready" and (state.warnings or not all(service.healthy for service in services)):
        overall = "degraded"
    return _status(state, overall=overall, services=services)


def _outside_of(state: StackState) -> Outside:
    """Tell what is brought from outside by what the supervisor does not run."""
    names = {service.name for service in state.services}
    return Outside(
        postgres="postgres" not in names,
        redis="redis" not in names,
        s3="s3" not in names,
        edge="edge" not in names,
    )


def _ask(services: Sequence[Service], *, state: StackState) -> set[str]:
    """Answer the names of the services that say, within a moment, that they do their work."""
    running = {each.name: each.process for each in state.services if each.process is not None}
    healthy: set[str] = set()

    def ask(service: Service) -> None:
        process = running.get(service.name)
        if process is None or not processes.is_alive(process) or processes.is_stopped(process.pid):
            return
        if service.is_ready():
            healthy.add(service.name)

    # Daemons: the command ends without those that still wait.
    threads = [threading.Thread(target=ask, args=(service,), daemon=True) for service in services]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + ANSWER_WITHIN_S
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return healthy.copy()


def _line(told: ServiceState, *, healthy: bool) -> ServiceStatus:
    alive = told.process is not None and processes.is_alive(told.process)
    return ServiceStatus(
        name=told.name,
        pid=told.process.pid if told.process and alive else None,
        address=told.address,
        healthy=healthy,
        note="" if healthy else told.note or _own_words(told, alive=alive),
    )


def _own_words(told: ServiceState, *, alive: bool) -> str:
    """Say what is seen from here, where the supervisor has not said anything yet."""
    if told.phase in {"waiting", "preparing", "starting", "stopped"}:
        return told.phase
    return "is not ready" if alive else "has ended"


def _without_supervisor(state: StackState | None) -> Status:
    """Tell how it stands where nobody looks after it: stopped, or services that outlived a killed supervisor."""
    if state is None:
        return Status("stopped", "", "", "", "", ())
    gone = tuple(_line(replace(each, note=""), healthy=False) for each in state.services)
    left = [service.name for service in gone if service.pid is not None]
    if not left:
        return _status(state, overall="stopped", services=gone)
    words = (
        f"the supervisor is gone, {', '.join(left)} still runs: `up` starts all anew, `down` ends the rest"
    )
    return _status(replace(state, warnings=[words]), overall="degraded", services=gone)


def _status(state: StackState, *, overall: str, services: tuple[ServiceStatus, ...]) -> Status:
    return Status(
        state=overall,
        portal_url=state.portal_url,
        api_url=f"{state.portal_url}/api",
        edge_url=state.edge_url,
        s3_url=state.s3_url,
        services=services,
        warnings=() if overall == "stopped" else tuple(state.warnings),
    )


def show(data_dir: Path, *, as_json: bool) -> int:
    """Print the status; answer 0 only when the stack is ready."""
    status = read_status(data_dir)
    if as_json:
        print(json.dumps(asdict(status), indent=2))
        return 0 if status.state == "ready" else 1
    console.say(f"{status.state}  {status.portal_url}".rstrip())
    for warning in status.warnings:
        console.say(f"warning: {warning}")
    table = Table("service", "pid", "address", "healthy", "", box=None, padding=(0, 3, 0, 0))
    for service in status.services:
        table.add_row(
            service.name,
            str(service.pid or "-"),
            service.address,
            "yes" if service.healthy else "no",
            Text(service.note),
        )
    if status.services:
        console.out.print(table)
    return 0 if status.state == "ready" else 1
