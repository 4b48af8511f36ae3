"""`stack`: how long the platform takes to start, to stop and to heal, and what it costs while idle.

The limit is the same services started by hand: the same programs and arguments, without supervisor, checks of
the environment, or command line. Of healing the limit is the same work while nothing is wrong.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.healing import NotYet, Platform, heal
from bench.processor import cpu_s
from bench.report import CannotRun, Row, judge
from dam.stack.config import Outside, StackConfig
from dam.stack.keys import load_or_make
from dam.stack.layout import CHECKOUT, Layout
from dam.stack.servers.service import Service, wait_until_ready
from dam.stack.services import find_free_base_port, start_service
from dam.stack.supervising import processes
from dam.stack.supervising.plan import Plan, plan_of
from dam.stack.supervising.state import running_state

FIRST_AT_MOST_S, LATER_AT_MOST_S, DOWN_AT_MOST_S = 240, 15, 15
ALL_AT_MOST_MB, OWN_AT_MOST_MB = 850, 500
SETTLE_S = 1.5
HEAL_AT_MOST_S, IDLE_CPU_AT_MOST = 15, 5
IDLE_S = 6.0
#: Groups of services that a quick run kills.
AT_ONCE = 3
OWN = ("api", "live", "worker-")


@dataclass(frozen=True)
class Measured:
    """One start, rest and stop."""

    up_s: float
    down_s: float
    all_mb: float
    own_mb: float


def run(full: bool) -> list[Row]:  # noqa: FBT001  the runner calls every benchmark like this
    """Measure first and later starts, stops and idle memory."""
    repeats = 10 if full else 5
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as directory, ExitStack() as undo:
        checkout = copy_of_checkout(Path(directory) / "checkout")
        data_dir, port = Path(directory) / "data", find_free_base_port()
        undo.callback(dam, checkout, "down", "--data-dir", str(data_dir))
        first_s = timed(checkout, "up", "--detach", "--data-dir", str(data_dir), "--port", str(port))
        dam(checkout, "down", "--data-dir", str(data_dir))
        ours: list[Measured] = []
        by_hand: list[Measured] = []
        for repeat in range(repeats):
            if repeat % 2:
                by_hand.append(measure_by_hand(data_dir, port=port))
            ours.append(measure_ours(checkout, data_dir=data_dir, port=port))
            if not repeat % 2:
                by_hand.append(measure_by_hand(data_dir, port=port))
        kept = keeping_rows(checkout, data_dir=data_dir, port=port, full=full)
    return rows_of(first_s, ours=ours, by_hand=by_hand) + kept


def rows_of(first_s: float, *, ours: list[Measured], by_hand: list[Measured]) -> list[Row]:
    pairs = list(zip(ours, by_hand, strict=True))
    return [
        judge("first up", [(first_s, by_hand[0].up_s)], at_most=FIRST_AT_MOST_S, unit="s"),
        judge("later up", [(a.up_s, b.up_s) for a, b in pairs], at_most=LATER_AT_MOST_S, unit="s"),
        judge("down", [(a.down_s, b.down_s) for a, b in pairs], at_most=DOWN_AT_MOST_S, unit="s"),
        judge(
            "idle memory of all (PSS)",
            [(a.all_mb, b.all_mb) for a, b in pairs],
            at_most=ALL_AT_MOST_MB,
            unit="MB",
        ),
        judge(
            "idle memory of our own (PSS)",
            [(a.own_mb, b.own_mb) for a, b in pairs],
            at_most=OWN_AT_MOST_MB,
            unit="MB",
        ),
    ]


def copy_of_checkout(target: Path) -> Path:
    """Answer a fresh clone; packages come from the caches of pip, uv and npm, so the network is left out."""
    git = shutil.which("git")
    if git is None:
        raise CannotRun("git is absent, and the first start is measured in a fresh clone")
    subprocess.run([git, "clone", "--quiet", str(CHECKOUT), str(target)], check=True)
    return target


def dam(checkout: Path, *arguments: str, **variables: str) -> str:
    """Run one command in a checkout of its own, and answer what it prints.

    Raises:
        CannotRun: with what it said.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | variables
    done = subprocess.run(
        [str(checkout / "bin" / "dam"), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CannotRun(f"bin/dam {arguments[0]} failed: {done.stdout[-500:]}{done.stderr[-1500:]}")
    return done.stdout


def timed(checkout: Path, *arguments: str) -> float:
    began = time.monotonic()
    dam(checkout, *arguments)
    return time.monotonic() - began


def pss_mb(pids: Iterable[int]) -> float:
    """Answer the memory of processes, what they share counted once."""
    total_kb = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
        except OSError:
            continue
        total_kb += next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total_kb / 1024


def family(pid: int) -> list[int]:
    return [pid, *processes.descendants_of(pid)]


def measure_ours(checkout: Path, *, data_dir: Path, port: int) -> Measured:
    """Start and stop with the one command."""
    up_s = timed(checkout, "up", "--detach", "--data-dir", str(data_dir), "--port", str(port))
    state = running_state(Layout.of(data_dir, base_port=port).run)
    if state is None:
        raise CannotRun("the stack ended by itself")
    time.sleep(SETTLE_S)
    own = [
        service.process.pid for service in state.services if service.process and service.name.startswith(OWN)
    ]
    supervisor = state.supervisor.pid
    all_mb = pss_mb(family(supervisor))
    own_mb = pss_mb([supervisor, *(pid for each in own for pid in family(each))])
    down_s = timed(checkout, "down", "--data-dir", str(data_dir))
    return Measured(up_s=up_s, down_s=down_s, all_mb=all_mb, own_mb=own_mb)


def keeping_rows(checkout: Path, *, data_dir: Path, port: int, full: bool) -> list[Row]:
    """Measure what an idle stack costs, and kill each service: seconds until a whole work goes again.

    In full each by itself, three times; otherwise a third of them at once, which is harder and sooner done.
    """
    dam(checkout, "up", "--detach", "--data-dir", str(data_dir), "--port", str(port), RATE_LIMIT_SCALE="0")
    try:
        state = running_state(Layout.of(data_dir, base_port=port).run)
        if state is None:
            raise CannotRun("the stack ended by itself")
        time.sleep(SETTLE_S)
        everyone, watcher = family(state.supervisor.pid), [state.supervisor.pid]
        before = (cpu_s(everyone), cpu_s(watcher))
        time.sleep(IDLE_S)
        spent = ((cpu_s(everyone) - before[0]) / IDLE_S, (cpu_s(watcher) - before[1]) / IDLE_S)
        idle = (100 * spent[0], 100 * max(spent[1], 1e-3))
        rows = [
            judge("idle CPU of all; of the supervisor", [idle], at_most=IDLE_CPU_AT_MOST, unit="% of a core")
        ]
        platform = platform_of(checkout, data_dir=data_dir, url=state.portal_url)
        names = [each.name for each in state.services]
        groups = [[each] for each in names] if full else [names[first::AT_ONCE] for first in range(AT_ONCE)]
        return rows + [heal_row(platform, data_dir, names=each, kills=3 if full else 1) for each in groups]
    finally:
        dam(checkout, "down", "--data-dir", str(data_dir))


def platform_of(checkout: Path, *, data_dir: Path, url: str) -> Platform:
    credentials = json.loads((data_dir / "credentials.json").read_text(encoding="utf-8"))
    token = dam(checkout, "token", "--email", credentials["email"], "--data-dir", str(data_dir))
    return Platform(url, token.strip(), credentials["project"])


def heal_row(platform: Platform, data_dir: Path, *, names: list[str], kills: int) -> Row:
    """Kill services at once, as often as wanted, and work until it goes.

    Raises:
        CannotRun: when one was not running to begin with.
    """
    pairs = []
    for _ in range(kills):
        began = time.monotonic()
        platform.work()
        healthy_s = time.monotonic() - began
        state = running_state(data_dir / "run")
        doomed = [each.process for each in state.services if each.name in names] if state else []
        if not doomed or None in doomed:
            raise CannotRun(f"one of {', '.join(names)} does not run")
        began = time.monotonic()
        for process in filter(None, doomed):
            processes.signal_process(process.pid, signal.SIGKILL)
        try:
            healed = heal(platform, began=began)
        except NotYet:
            pairs.append((time.monotonic() - began, healthy_s))
            break
        pairs.append((max(healed.work_s, healed.last_refusal_s), healthy_s))
    return judge(f"heal after kill -9 of {', '.join(names)}", pairs, at_most=HEAL_AT_MOST_S, unit="s")


def measure_by_hand(data_dir: Path, *, port: int) -> Measured:
    """Start and stop the same programs at once, with nothing around them."""
    layout = Layout.of(data_dir, base_port=port)
    config = StackConfig(layout, load_or_make(layout.secrets_file), Outside.from_environment())
    plan = plan_of(config)
    for service in plan.services:
        service.prepare()
    began = time.monotonic()
    running = [(service, start_service(service)) for service in plan.services]
    for service, process in running:
        wait_until_ready(service, process=process)
    up_s = time.monotonic() - began
    time.sleep(SETTLE_S)
    all_mb = pss_mb(pid for _, process in running for pid in family(process.pid))
    own_mb = pss_mb(
        pid for service, process in running if service.name.startswith(OWN) for pid in family(process.pid)
    )
    began = time.monotonic()
    stop_by_hand(running, plan=plan)
    return Measured(up_s=up_s, down_s=time.monotonic() - began, all_mb=all_mb, own_mb=own_mb)


def stop_by_hand(running: list[tuple[Service, "subprocess.Popen[bytes]"]], *, plan: Plan) -> None:
    """End ring after ring; whoever needs longer than its grace is killed, as anybody would."""
    for ring in plan.stop_rings:
        mine = [(service, process) for service, process in running if service in ring]
        for service, process in mine:
            processes.signal_process(process.pid, service.stop_signal)
        for service, process in mine:
            try:
                process.wait(timeout=service.stop_grace_s)
            except subprocess.TimeoutExpired:
                processes.signal_group(process.pid, processes.KILL)
                process.wait()
