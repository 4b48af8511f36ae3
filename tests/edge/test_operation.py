"""Running an edge: accounts, counters, limits, reloads, crashes, the disk."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from uuid import uuid4

import pytest

from dam.stack.servers import binaries, edge, edge_cache
from dam.stack.servers.service import base_environment
from dam.stack.supervising import processes
from previews.edge_tokens import NO_SHARE, Kind, SigningKey, short_id
from tests.edge.conftest import KEY, SECOND_KEY, SEGMENT, Published, free_ports
from tests.edge.running import Edge, Origin, cached_files, request, wait_for


def test_every_request_is_accounted_to_organization_and_share(
    nginx: Edge, publish: Callable[..., Published]
) -> None:
    shown = publish(nginx, share=uuid4())
    shown.get("v0/00000.m4s")
    shown.get("v0/00000.m4s", headers={"Range": "bytes=0-99"})

    records = nginx.accounts(digest=shown.grant.digest, least=2)

    assert {(record["org"], record["share"]) for record in records} == {
        (short_id(shown.grant.organization), short_id(shown.grant.share))
    }
    # In no order: each of nginx's workers writes what it has served when its buffer is due.
    told = {(record["kind"], record["file"], record["bytes"], record["cache"]) for record in records}
    assert told == {
        ("hls", "v0/00000.m4s", len(SEGMENT), "MISS"),
        ("hls", "v0/00000.m4s", 100, "HIT"),
    }
    assert {record["sha"] for record in records} == {shown.grant.digest}


def test_refused_request_is_accounted_to_nobody(nginx: Edge, publish: Callable[..., Published]) -> None:
    shown = publish(nginx, share=uuid4())
    request(shown.port, shown.path(key=SigningKey("k1", "not-the-secret-of-the-edge")))

    (record,) = nginx.accounts(digest=shown.grant.digest)

    assert (record["status"], record["org"], record["share"]) == (403, "", "")


def test_no_token_and_no_query_is_ever_written_down(
    nginx: Edge, origin: Origin, publish: Callable[..., Published]
) -> None:
    shown = publish(nginx)
    path = shown.path()
    referrer = {"Referer": f"http://localhost{path}"}
    with origin.failing(status=403):
        request(shown.port, f"{path}?query-of-a-viewer", headers=referrer)
    with origin.failing(is_gone=True):
        request(shown.port, shown.path("v0/00000.m4s"))
    request(shown.port, path.replace("master", "%61"))
    nginx.accounts(digest=shown.grant.digest, least=3)

    written = "".join(
        file.read_text(encoding="utf-8") for file in nginx.config.run_dir.glob("*.log") if file.is_file()
    )

    assert shown.grant.digest in written
    assert path.split("/")[2][-43:] not in written
    assert "query-of-a-viewer" not in written
    assert "/e/k1." not in written


def counters(nginx: Edge) -> dict[str, float]:
    text = nginx.control("GET", "/metrics").body.decode()
    return {
        line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line[0] != "#"
    }


def test_counters_tell_bytes_by_organization(nginx: Edge, publish: Callable[..., Published]) -> None:
    shown = publish(nginx)
    for _ in range(3):
        shown.get("v0/00000.m4s")
    name = f'{{organization="{short_id(shown.grant.organization)}"}}'

    known = counters(nginx)

    assert known[f"edge_sent_bytes_total{name}"] == 3 * len(SEGMENT)
    assert len(SEGMENT) < known[f"edge_origin_bytes_total{name}"] < len(SEGMENT) + 2000
    assert known['edge_requests_total{status="200",cache="HIT"}'] >= 2


def test_disk_flag_streams_without_storing(
    nginx: Edge, origin: Origin, publish: Callable[..., Published]
) -> None:
    hot, cold = publish(nginx), publish(nginx)
    hot.get()

    assert nginx.control("PUT", "/_edge/flags/disk_low").status == 204
    answers = [cold.get("v0/00000.m4s") for _ in range(2)]
    still_hot = hot.get()
    flagged = counters(nginx)["edge_disk_low"]
    assert nginx.control("DELETE", "/_edge/flags/disk_low").status == 204

    assert [answer.body for answer in answers] == [SEGMENT, SEGMENT]
    assert origin.fetches(cold.grant.digest) == 2
    assert (still_hot.cache, flagged) == ("HIT", 1)
    assert nginx.control("GET", "/_edge/flags/disk_low").status == 404


@pytest.fixture(scope="module")
def narrow(start_edge: Callable[..., Edge]) -> Edge:
    """An edge that gives every share four requests a second."""
    return start_edge(limits=edge.Limits(requests_per_second=4, request_burst=4))


def test_one_share_cannot_spend_the_allowance_of_another(
    narrow: Edge, publish: Callable[..., Published]
) -> None:
    greedy = publish(narrow, share=uuid4())

    answers = [greedy.get() for _ in range(15)]
    modest = greedy.get(share=uuid4())

    limited = [answer for answer in answers if answer.status == 429]
    assert len(limited) >= 8
    assert limited[0].headers["Retry-After"] == "2"
    assert limited[0].body == b'{"error":"too-many-requests"}'
    assert modest.status == 200


def test_flood_of_forged_tokens_does_not_touch_the_share_it_names(
    narrow: Edge, publish: Callable[..., Published]
) -> None:
    victim = publish(narrow, share=uuid4())

    forged = [victim.get(key=SigningKey("k1", "not-the-secret-of-the-edge")) for _ in range(30)]

    assert {answer.status for answer in forged} == {403}
    assert victim.get().status == 200


def test_members_are_limited_one_organization_at_a_time(
    narrow: Edge, publish: Callable[..., Published]
) -> None:
    busy, quiet = publish(narrow, share=NO_SHARE), publish(narrow, share=NO_SHARE)

    statuses = {busy.get().status for _ in range(15)}

    assert statuses == {200, 429}
    assert quiet.get().status == 200


class Load:
    """Requests one after the other until told to stop, each on a connection of its own."""

    def __init__(self, ask: Callable[[], int]) -> None:
        self.failures: list[str] = []
        self.count = 0
        self._stop = Event()
        self._ask = ask
        self._thread = Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._stop.is_set():
            self.count += 1
            try:
                status = self._ask()
            except OSError as error:
                self.failures.append(repr(error))
                continue
            if status != 200:
                self.failures.append(str(status))

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=10)


def test_keys_are_exchanged_under_load_without_a_failure(
    start_edge: Callable[..., Edge], publish: Callable[..., Published]
) -> None:
    own = start_edge(signing_keys={KEY.kid: KEY.secret})
    shown = publish(own)
    assert shown.get(key=SECOND_KEY).status == 401

    with Load(lambda: shown.get().status) as load:
        own.reload(signing_keys={KEY.kid: KEY.secret, SECOND_KEY.kid: SECOND_KEY.secret})
        own.reload()
    new_key_taken = shown.get(key=SECOND_KEY).status
    own.reload(signing_keys={SECOND_KEY.kid: SECOND_KEY.secret})

    assert load.count > 5
    assert load.failures == []
    assert (new_key_taken, shown.get(key=SECOND_KEY).status, shown.get().status) == (200, 200, 401)


def test_killed_workers_are_replaced_and_the_cache_stays_hot(
    start_edge: Callable[..., Edge], publish: Callable[..., Published]
) -> None:
    own = start_edge()
    shown = publish(own)
    shown.get()
    assert own.process is not None
    workers = [pid for pid in processes.children_of(own.process.pid) if "worker process" in title_of(pid)]

    for worker in workers:
        os.kill(worker, signal.SIGKILL)

    assert wait_for(lambda: answers(shown), timeout_s=5)
    assert shown.get().cache == "HIT"


def title_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")


def answers(shown: Published) -> bool:
    try:
        return shown.get().status == 200
    except OSError:
        return False


def test_purged_digest_is_fetched_anew_and_nothing_else(
    nginx: Edge, publish: Callable[..., Published]
) -> None:
    gone, kept = publish(nginx), publish(nginx)
    for shown in (gone, kept):
        shown.get()
        shown.get("poster.webp", kind=Kind.IMG)

    swept = edge_cache.purge(nginx.config.cache_dir, digests={gone.grant.digest})

    assert swept.removed == 2
    assert (gone.get().cache, gone.get("poster.webp", kind=Kind.IMG).cache) == ("MISS", "MISS")
    assert (kept.get().cache, kept.get("poster.webp", kind=Kind.IMG).cache) == ("HIT", "HIT")


def test_scrub_removes_a_file_cut_short_and_leaves_whole_ones(
    start_edge: Callable[..., Edge], publish: Callable[..., Published]
) -> None:
    own = start_edge()
    cut, whole = publish(own), publish(own)
    for shown in (cut, whole):
        shown.get("v0/00000.m4s")
    own.stop()
    (file,) = cached_files(own, cut.grant.digest)
    os.truncate(file, file.stat().st_size - 1000)

    swept = edge_cache.scrub(own.config.cache_dir)
    own.start()

    assert (swept.seen, swept.removed) == (2, 1)
    assert (cut.get("v0/00000.m4s").body, cut.get("v0/00000.m4s").cache) == (SEGMENT, "HIT")
    assert whole.get("v0/00000.m4s").cache == "HIT"


def test_failing_check_lets_nobody_in(
    start_edge: Callable[..., Edge], publish: Callable[..., Published]
) -> None:
    own = start_edge()
    shown = publish(own)
    script = own.config.run_dir / "njs" / "edge_token.js"
    script.write_text(
        script.read_text(encoding="utf-8").replace("function judge(", "function gone("), encoding="utf-8"
    )
    assert own.process is not None
    before = set(processes.children_of(own.process.pid))

    processes.signal_process(own.process.pid, signal.SIGHUP)
    assert wait_for(lambda: not before & set(processes.children_of(own.process.pid)), timeout_s=10)

    assert shown.get().status == 403


def test_secrets_are_readable_by_their_owner_alone(nginx: Edge) -> None:
    run_dir = nginx.config.run_dir

    assert (run_dir / "keys.json").stat().st_mode & 0o777 == 0o400
    assert run_dir.stat().st_mode & 0o077 == 0
    for file in run_dir.rglob("*"):
        if file.is_file() and file.name != "keys.json":
            text = file.read_text(encoding="utf-8", errors="replace")
            assert KEY.secret not in text
            assert nginx.config.storage.secret not in text


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory that any user may enter, which pytest's own are not."""
    directory = Path(tempfile.mkdtemp(prefix="edge-user-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


def test_edge_runs_as_an_ordinary_user(
    nginx: Edge, preview: Published, open_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_root = os.geteuid() == 0
    nobody = 65534
    program = open_directory / "nginx"
    ports = free_ports()
    shutil.copy2(binaries.nginx(), program)
    config = replace(
        nginx.config,
        port=next(ports),
        control_port=next(ports),
        run_dir=open_directory / "run with blanks",
        cache_dir=open_directory / "cache",
    )
    monkeypatch.setattr(os, "geteuid", lambda: nobody)
    conf = edge.render(config, nginx=program)
    monkeypatch.undo()
    if is_root:
        for path in (open_directory, *open_directory.rglob("*")):
            os.chown(path, nobody, nobody)
    command = processes.Command(
        argv=tuple(edge.command(conf, nginx=program)),
        cwd=open_directory,
        env=base_environment(),
        user=nobody if is_root else None,
    )
    running = Edge(config, process=processes.spawn(command, output=subprocess.DEVNULL))
    try:
        running.wait_until_ready()
        status = request(config.port, preview.path()).status
    finally:
        running.stop()

    assert status == 200
    assert "[warn]" not in running.log("error.log")


def test_workers_of_one_edge_stay_small(nginx: Edge, preview: Published) -> None:
    preview.get("proxy.mp4", kind=Kind.MP4)
    assert nginx.process is not None

    family = [nginx.process.pid, *processes.descendants_of(nginx.process.pid)]

    assert sum(proportional_set_kb(pid) for pid in family) < 40_000


def proportional_set_kb(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    return int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1])  # type: ignore[index]


def test_log_of_the_private_side_stays_quiet(nginx: Edge) -> None:
    assert "[emerg]" not in nginx.log("error.log")
    assert "[alert]" not in nginx.log("error.log")
    assert nginx.log("requests-error.log") == ""
    assert json.loads(nginx.log("egress.log").splitlines()[0])["time"] < time.time()
