"""`status`: what runs, asked of the services themselves."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.table import Table

from dam.stack import console, processes
from dam.stack.config import Outside, StackConfig
from dam.stack.keys import load_or_make
from dam.stack.layout import Layout
from dam.stack.plan import plan_of
from dam.stack.service import Service
from dam.stack.state import StackState, read_state, running_state


@dataclass(frozen=True)
class ServiceStatus:
    name: str
    pid: int | None
    address: str
    healthy: bool


@dataclass(frozen=True)
class Status:
    """The contract's answer; `state` is ready, starting, degraded or stopped."""

    state: str
    portal_url: str
    api_url: str
    edge_url: str
    s3_url: str
    services: tuple[ServiceStatus, ...]


def read_status(data_dir: Path) -> Status:
    """Ask every service of a stack how it is."""
    run = Layout.of(data_dir, base_port=0).run
    state = running_state(run)
    if state is None:
        return _stopped(read_state(run / "state.json"))
    layout = Layout.of(data_dir, base_port=state.port)
    config = StackConfig(
        layout, load_or_make(layout.secrets_file), _outside_of(state), encode_workers=state.encode_workers
    )
    services = plan_of(config).services
    with ThreadPoolExecutor(len(services)) as pool:
        checked = tuple(pool.map(lambda service: _check(service, state=state), services))
    overall = (
        state.phase if state.phase == "starting" else "stopped" if state.phase == "stopping" else "ready"
    )
    if overall == "ready" and not all(service.healthy for service in checked):
        overall = "degraded"
    return _status(state, overall=overall, services=checked)


def _outside_of(state: StackState) -> Outside:
    """Tell what is brought from outside by what the supervisor does not run."""
    names = {service.name for service in state.services}
    return Outside(
        postgres="postgres" not in names,
        redis="redis" not in names,
        s3="s3" not in names,
        edge="edge" not in names,
    )


def _check(service: Service, *, state: StackState) -> ServiceStatus:
    told = next((each for each in state.services if each.name == service.name), None)
    process = told.process if told else None
    alive = process is not None and processes.is_alive(process)
    return ServiceStatus(
        name=service.name,
        pid=process.pid if process and alive else None,
        address=service.address,
        healthy=alive and service.is_ready(),
    )


def _stopped(state: StackState | None) -> Status:
    if state is None:
        return Status("stopped", "", "", "", "", ())
    gone = tuple(ServiceStatus(each.name, None, each.address, healthy=False) for each in state.services)
    return _status(state, overall="stopped", services=gone)


def _status(state: StackState, *, overall: str, services: tuple[ServiceStatus, ...]) -> Status:
    return Status(
        state=overall,
        portal_url=state.portal_url,
        api_url=f"{state.portal_url}/api",
        edge_url=state.edge_url,
        s3_url=state.s3_url,
        services=services,
    )


def show(data_dir: Path, *, as_json: bool) -> int:
    """Print the status; answer 0 only when the stack is ready."""
    status = read_status(data_dir)
    if as_json:
        print(json.dumps(asdict(status), indent=2))
        return 0 if status.state == "ready" else 1
    console.say(f"{status.state}  {status.portal_url}".rstrip())
    table = Table("service", "pid", "address", "healthy", box=None, padding=(0, 3, 0, 0))
    for service in status.services:
        table.add_row(
            service.name, str(service.pid or "-"), service.address, "yes" if service.healthy else "no"
        )
    if status.services:
        console.out.print(table)
    return 0 if status.state == "ready" else 1
