"""`api-growth`: whether what people do all day takes longer the more there is.

The same list, search, opened asset and new comment, asked by one client of catalogues that grow tenfold, in turn;
each with its own stores and its own server. Compared is the median of the answers' times. The person is the whale's,
whose pages are as full in the smallest catalogue as in the largest. Searched for are many words, one after the other: how far the
newest twenty finds of a single one lie back is chance, in the smallest catalogue as in the largest.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle

import orjson

from bench import catalogue
from bench.api_stand import Client, Stand, running_stand
from bench.report import Row, compare

QUICK, FULL = (10_000, 100_000), (10_000, 100_000, 1_000_000)
ROUNDS, TIMES, WARM = 7, 20, 30
AT_MOST = 1.3
#: Words of the seed that one in some hundred titles holds: twenty of them are found in the smallest catalogue.
SEARCHES = [f"/api/assets?limit=20&q=w{number}" for number in range(120, 140)]
LIST = "/api/assets?limit=100"
REMARK = orjson.dumps({"body": "A remark of ordinary length on this very frame.", "frame_in": 12})


@dataclass(frozen=True)
class Person:
    """A person of one catalogue, and the things that person has before them."""

    client: Client
    assets: Sequence[str]
    versions: Sequence[str]


def run(full: bool) -> list[Row]:  # noqa: FBT001  the signature of every benchmark
    """Ask the catalogues in turn."""
    sizes = FULL if full else QUICK
    with ExitStack() as stands:
        running = {each: stands.enter_context(running_stand(assets=each)) for each in sizes}
        people = {each: _person(stand) for each, stand in running.items()}
        return [row for name, act in ACTS.items() for row in _grown(name, act, people)]


def _person(stand: Stand) -> Person:
    client = Client(stand.port, token=catalogue.TOKENS["whale"])
    rows = orjson.loads(client.get(LIST))["results"]
    return Person(client, [each["id"] for each in rows], [each["current_version"]["id"] for each in rows])


def _list(person: Person) -> Callable[[], object]:
    return lambda: person.client.get(LIST)


def _search(person: Person) -> Callable[[], object]:
    asked = cycle(SEARCHES)
    return lambda: person.client.get(next(asked))


def _open(person: Person) -> Callable[[], object]:
    shown = cycle(person.assets)
    return lambda: person.client.get(f"/api/assets/{next(shown)}")


def _comment(person: Person) -> Callable[[], object]:
    shown = cycle(person.versions)
    return lambda: person.client.post(f"/api/versions/{next(shown)}/comments", REMARK)


ACTS = {"list": _list, "search": _search, "open an asset": _open, "comment": _comment}


def _grown(name: str, make: Callable[[Person], Callable[[], object]], people: dict[int, Person]) -> list[Row]:
    """Answer a row for each larger catalogue beside the smallest; the largest is judged."""
    acts = {size: make(person) for size, person in people.items()}
    for act in acts.values():
        for _ in range(WARM):
            act()
    rounds = [{size: _median_ms(act) for size, act in acts.items()} for _ in range(ROUNDS)]
    least, *larger = acts
    return [
        compare(
            f"{name}, {size:,} assets beside {least:,}, p50 ms",
            [(each[size], each[least]) for each in rounds],
            at_most=AT_MOST if size == larger[-1] else None,
        )
        for size in larger
    ]


def _median_ms(act: Callable[[], object]) -> float:
    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        act()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)
