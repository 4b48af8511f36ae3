"""A revoked share, digest or organisation is closed within seconds, and stays closed."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest

from dam.stack.servers.edge import Limits
from dam.stack.supervising import processes
from previews.edge_tokens import (
    revocation_of_digest,
    revocation_of_organization,
    revocation_of_share,
    short_id,
)
from tests.edge.conftest import Published
from tests.edge.running import Edge, RevocationList, wait_for

ENTRIES: dict[str, Callable[[Published], str]] = {
    "share": lambda shown: revocation_of_share(shown.grant.share),
    "digest": lambda shown: revocation_of_digest(shown.grant.digest),
    "organization": lambda shown: revocation_of_organization(shown.grant.organization),
}


@pytest.mark.parametrize("entry_of", ENTRIES.values(), ids=ENTRIES.keys())
def test_pushed_revocation_closes_at_once_and_can_be_taken_back(
    nginx: Edge, publish: Callable[..., Published], entry_of: Callable[[Published], str]
) -> None:
    shown = publish(nginx, share=uuid4())
    entry = entry_of(shown)
    assert shown.get().status == 200

    assert nginx.control("PUT", f"/_edge/revoked/{entry}").status == 204
    assert nginx.control("GET", f"/_edge/revoked/{entry}").status == 204
    refused = shown.get()
    assert nginx.control("DELETE", f"/_edge/revoked/{entry}").status == 204

    assert (refused.status, refused.body) == (410, b'{"error":"revoked"}')
    assert nginx.control("GET", f"/_edge/revoked/{entry}").status == 404
    assert shown.get().status == 200


def test_revocation_of_one_share_leaves_the_others_open(
    nginx: Edge, publish: Callable[..., Published]
) -> None:
    shown = publish(nginx, share=uuid4())

    nginx.control("PUT", f"/_edge/revoked/{revocation_of_share(shown.grant.share)}")

    assert shown.get().status == 410
    assert shown.get(share=uuid4()).status == 200


@pytest.mark.parametrize("entry", ["x:abc", "s:", "s:short", "a:ABC", "s:" + "A" * 23, ""])
def test_malformed_revocation_is_refused(nginx: Edge, entry: str) -> None:
    assert nginx.control("PUT", f"/_edge/revoked/{entry}").status == 400


def test_revocation_cannot_be_pushed_with_another_method(nginx: Edge) -> None:
    assert nginx.control("POST", f"/_edge/revoked/s:{short_id(uuid4())}").status == 405


def test_pulled_revocation_is_live_soon_and_stays_while_the_api_is_down(
    nginx: Edge, revocations: RevocationList, publish: Callable[..., Published]
) -> None:
    shown = publish(nginx, share=uuid4())
    assert shown.get().status == 200

    revocations.entries.append(revocation_of_share(shown.grant.share))
    assert wait_for(lambda: shown.get().status == 410, timeout_s=nginx.config.pull_interval_s + 2)
    revocations.is_down = True
    failures = "edge_revocation_pull_failures_total"
    assert wait_for(
        lambda: f"{failures} 0" not in nginx.control("GET", "/metrics").body.decode(), timeout_s=5
    )

    assert shown.get().status == 410
    revocations.is_down = False


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    processes.signal_process(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        processes.signal_process(pid, signal.SIGCONT)


def test_worker_that_hangs_keeps_no_revocation_from_the_others(
    start_edge: Callable[..., Edge], revocations: RevocationList, publish: Callable[..., Published]
) -> None:
    own = start_edge(limits=Limits(workers=2))
    assert own.process is not None
    shown = publish(own, share=uuid4())

    def is_closed() -> bool:
        try:
            return shown.get(timeout_s=1).status == 410
        except OSError:
            # Its connection went to the worker that hangs.
            return False

    # The first to be started is the one that nginx gives such work unless told otherwise.
    with stopped(min(processes.children_of(own.process.pid))):
        revocations.entries.append(revocation_of_share(shown.grant.share))

        assert wait_for(is_closed, timeout_s=10)


def test_revocation_and_cache_survive_a_restart(
    start_edge: Callable[..., Edge], publish: Callable[..., Published]
) -> None:
    own = start_edge()
    closed, open_ = publish(own, share=uuid4()), publish(own, share=uuid4())
    entry = revocation_of_share(closed.grant.share)
    own.control("PUT", f"/_edge/revoked/{entry}")
    open_.get()
    assert wait_for(lambda: entry in own.log("revoked.json"), timeout_s=5)

    own.stop()
    own.start()

    assert closed.get().status == 410
    assert (open_.get().status, open_.get().cache) == (200, "HIT")
