"""`faults`: processes, stores and disks die in every way we could think of; nothing may be lost, altered or stuck.

No measure of speed: the limit of each scenario is its number of runs, the mark is zero. After each the oracle looks
at everything: `bin/dam manage verify`, every delivery by its version, and no process left over.
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bench.report import Row, judge
from dam.stack.services import ALL_BACKENDS, find_free_base_port
from tests.faults import disks, outages, poisons, scenarios
from tests.faults.oracle import Outcome
from tests.faults.rig import Rig, Unreached, database_on, manned
from tests.faults.stores import Stores, own_stores

QUICK_RUNS, FULL_RUNS = 1, 5
TAKEN_UP_S = 60.0


@dataclass(frozen=True)
class Stand:
    """Where scenarios run: one rig with short leases on stores that may be killed, one with a small disk."""

    rig: Rig
    cramped: Rig | None
    stores: Stores


@dataclass(frozen=True)
class Scenario:
    """A scenario; one call of `play` is `runs` runs."""

    name: str
    play: Callable[[Stand], Outcome]
    runs: int = 1


def run(full: bool) -> list[Row]:  # noqa: FBT001  the signature of every benchmark
    """Play every scenario; one row each, and one for how soon a dead worker's job runs again."""
    with tempfile.TemporaryDirectory(prefix="dam-faults-") as folder, stand(Path(folder)) as place:
        rows = [play(each, place, times=FULL_RUNS if full else QUICK_RUNS) for each in SCENARIOS]
        if place.cramped is not None:
            rows += [play(each, place, times=FULL_RUNS if full else QUICK_RUNS) for each in _disks(full)]
        if full:
            rows.append(play(LONG_TASK, place, times=1))
        rows.append(taken_up(place, Path(folder), times=FULL_RUNS if full else QUICK_RUNS))
    return rows


def play(scenario: Scenario, place: Stand, *, times: int) -> Row:
    """Play a scenario so many times and answer the sum; what went wrong is told at once."""
    total = Outcome()
    for _ in range(times):
        try:
            found = scenario.play(place)
        except Unreached as error:
            found = Outcome()
            found.note("stuck", str(error))
            place.rig.calm()
        for note in found.notes:
            print(f"{scenario.name}: {note}", file=sys.stderr)
        total.lost, total.altered, total.stuck = (
            total.lost + found.lost,
            total.altered + found.altered,
            total.stuck + found.stuck,
        )
    runs, wrong = scenario.runs * times, total.lost + total.altered + total.stuck
    told = f"{runs} runs, {total.lost} lost, {total.altered} altered, {total.stuck} stuck"
    share = wrong / runs
    return Row(f"{scenario.name}: {told}", wrong, runs, share, (share, share), "0", reached=not wrong)


def taken_up(place: Stand, folder: Path, *, times: int) -> Row:
    """Measure, with the settings of production, how soon a killed worker's job runs again."""
    env = environment(place.stores)
    with (
        database_on(env) as address,
        manned(env | address, directory=folder / "patient", is_hasty=False) as rig,
    ):
        seconds = [(poisons.seconds_until_taken_up(rig), TAKEN_UP_S) for _ in range(times)]
    return judge("worker killed: its job runs again after", seconds, at_most=TAKEN_UP_S, unit="s")


@contextmanager
def stand(folder: Path) -> Iterator[Stand]:
    """Start stores and rigs of our own, and end them."""
    os.environ.update(own_keys())
    with own_stores(folder / "stores", port=find_free_base_port(), only=ALL_BACKENDS) as stores:
        env = environment(stores)
        with database_on(env) as address, manned(env | address, directory=folder / "rig") as rig:
            if not disks.can_mount():
                print("no user namespaces here: full disks are not tried", file=sys.stderr)
                yield Stand(rig, None, stores)
                return
            with (
                database_on(env) as other,
                manned(env | other, directory=folder / "cramped", disk_mb=disks.ROOMY_MB) as cramped,
            ):
                yield Stand(rig, cramped, stores)


def environment(stores: Stores) -> dict[str, str]:
    return dict(os.environ) | stores.env


def own_keys() -> dict[str, str]:
    """Answer the secrets that a platform needs, made for this run."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "DAM_SECRET_KEY": secrets.token_hex(16),
        "EDGE_SIGNING_KEY": secrets.token_hex(16),
        "DAM_JWT_PRIVATE_KEY": pem.decode(),
    }


def _kills(name: str, points: tuple[str, ...], play: Callable[..., Outcome], **options: bool) -> Scenario:
    return Scenario(name, lambda place: play(place.rig, *points, **options), runs=len(points))


def _disks(full: bool) -> list[Scenario]:  # noqa: FBT001  as `run`
    return [
        Scenario("scratch disk full", lambda place: disks.disk_full(_small(place), for_long=full)),
        Scenario("scratch disk fills up under a build", lambda place: disks.disk_fills_up(_small(place))),
    ]


def _small(place: Stand) -> Rig:
    if place.cramped is None:
        raise Unreached("there is no small disk here")
    return place.cramped


SCENARIOS = (
    _kills("worker killed in a promotion", scenarios.PROMOTION_STEPS, scenarios.worker_killed_at),
    _kills("worker killed around a job", scenarios.JOB_STEPS, scenarios.worker_killed_at),
    _kills("encoder killed in a build", scenarios.BUILD_STEPS, scenarios.encoder_killed_at),
    _kills("relay killed", scenarios.RELAY_STEPS, scenarios.server_killed_at),
    _kills("web process killed, retry with a key", scenarios.WEB_STEPS, scenarios.server_killed_at),
    _kills(
        "web process killed, retry without a key",
        scenarios.WEB_STEPS,
        scenarios.server_killed_at,
        keyed=False,
    ),
    Scenario("Redis emptied", lambda place: outages.redis_flushed(place.rig, place.stores)),
    Scenario("Redis killed under load", lambda place: outages.redis_restarted(place.rig, place.stores)),
    Scenario(
        "Postgres crashed under load", lambda place: outages.postgres_restarted(place.rig, place.stores)
    ),
    Scenario(
        "Postgres crashed, pool idle",
        lambda place: outages.postgres_restarted_unnoticed(place.rig, place.stores),
    ),
    Scenario("wake-ups five times, shuffled", lambda place: outages.shuffled_wakeups(place.rig), runs=11),
    Scenario(
        "job of 4 s, visibility timeout 1 s",
        lambda place: outages.delivered_again_while_it_runs(place.rig, seconds=4, visibility_s=1),
    ),
    Scenario("poison input", lambda place: poisons.poison(place.rig)),
)
LONG_TASK = Scenario(
    "job of 150 s, visibility timeout 6 s",
    lambda place: outages.delivered_again_while_it_runs(
        place.rig, seconds=150, visibility_s=6, by_itself=True
    ),
)
