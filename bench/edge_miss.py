"""`edge-miss`: a crowd on one cold object, hot viewers meanwhile, and a seek into a cold MP4."""

import os
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread, get_native_id

from bench.edge_stand import Server, Stand, fetch, put_first, standing
from bench.report import Row, compare
from dam.stack.servers import binaries, edge
from dam.stack.servers.service import LOOPBACK
from previews.edge_tokens import Kind

CROWD = 200
HOT = (Kind.HLS, "v0/index.m3u8")
MP4 = (Kind.MP4, "proxy.mp4")
COLD_BYTES = 64 * 1024
PAUSE_BETWEEN_CROWDS_S = 0.2
CROWD_NICENESS = 15


def cold(number: int) -> tuple[Kind, str]:
    return (Kind.HLS, f"v0/{number:05d}.m4s")


def crowd(server: Server, *, path: str) -> int:
    """Ask for one path on `CROWD` connections at once; return how many whole answers came."""
    request = f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nConnection: close\r\n\r\n".encode()
    sockets = [socket.create_connection((LOOPBACK, server.port), timeout=30) for _ in range(CROWD)]
    received = [0] * CROWD
    with selectors.DefaultSelector() as selector:
        for number, connection in enumerate(sockets):
            connection.sendall(request)
            selector.register(connection, selectors.EVENT_READ, number)
        while selector.get_map():
            for key, _ in selector.select():
                connection = sockets[key.data]
                chunk = connection.recv(262_144)
                received[key.data] += len(chunk)
                if not chunk:
                    selector.unregister(connection)
                    connection.close()
    return sum(size > COLD_BYTES for size in received)


def probe(port: int, path: str, seconds: float) -> list[float]:
    """Ask for a hot object every two milliseconds; return the seconds each answer took."""
    request = f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\n\r\n".encode()
    took: list[float] = []
    with socket.create_connection((LOOPBACK, port), timeout=30) as connection:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            began = time.perf_counter()
            connection.sendall(request)
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(65_536)
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            missing = length - len(head.partition(b"\r\n\r\n")[2])
            while missing > 0:
                missing -= len(connection.recv(65_536))
            took.append(time.perf_counter() - began)
            time.sleep(0.002)
    return took


def hot_p99_ms(stand: Stand, *, seconds: float) -> float:
    """Measure a hot viewer from a process of its own."""
    path = stand.path(stand.checked, kind=HOT[0], rest=HOT[1])
    command = [sys.executable, "-m", "bench.edge_miss", str(stand.checked.port), path, str(seconds)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(told)


@contextmanager
def crowds(stand: Stand, *, numbers: Iterator[int]) -> Iterator[list[tuple[int, int]]]:
    """Send one crowd after the other, each on a cold object of its own; collect (number, whole answers)."""
    done: list[tuple[int, int]] = []
    stop = Event()

    def run() -> None:
        # The crowd's own work must not hold up the viewer that is measured; on Linux each thread has a priority.
        os.setpriority(os.PRIO_PROCESS, get_native_id(), CROWD_NICENESS)
        put_first(get_native_id(), rank=1)
        while not stop.is_set():
            number = next(numbers)
            kind, rest = cold(number)
            path = stand.path(stand.checked, kind=kind, rest=rest)
            done.append((number, crowd(stand.checked, path=path)))
            time.sleep(PAUSE_BETWEEN_CROWDS_S)

    thread = Thread(target=run)
    thread.start()
    try:
        yield done
    finally:
        stop.set()
        thread.join()


def hot_beside_crowds(stand: Stand, *, repeats: int, seconds: float) -> Iterator[Row]:
    numbers = iter(range(10_000))
    alone, beside, fetches = [], [], []
    for _ in range(repeats):
        alone.append(hot_p99_ms(stand, seconds=seconds))
        with crowds(stand, numbers=numbers) as done:
            beside.append(hot_p99_ms(stand, seconds=seconds))
        time.sleep(0.1)
        for number, whole in done:
            if whole != CROWD:
                raise RuntimeError(f"only {whole} of {CROWD} answers were whole")
            fetches.append(len(stand.storage_sent(cold(number)[1])))
    most = float(max(fetches))
    yield compare(
        f"fetches from storage for {CROWD} clients on one cold object",
        [(most, 1.0)],
        at_most=1.0,
    )
    yield compare("p99 of a hot viewer meanwhile, ms", list(zip(beside, alone, strict=True)), at_most=2.0)


def run(full: bool) -> list[Row]:  # noqa: FBT001  the signature of every benchmark
    """Measure the edge's misses; raise RuntimeError on a wrong answer."""
    repeats, seconds = (9, 4.0) if full else (5, 2.0)
    mp4_bytes = edge.GIB if full else 64 * edge.MIB
    files = {cold(number): os.urandom(COLD_BYTES) for number in range(repeats * int(seconds) * 5)}
    files |= {HOT: os.urandom(10_240), MP4: bytes(mp4_bytes)}
    with standing(files, as_shipped=True) as stand:
        fetch(stand.checked, stand.path(stand.checked, kind=HOT[0], rest=HOT[1]))
        return [*hot_beside_crowds(stand, repeats=repeats, seconds=seconds), seek(stand, mp4_bytes=mp4_bytes)]


def seek(stand: Stand, *, mp4_bytes: int) -> Row:
    """Ask for a megabyte in the middle of a cold MP4; count what storage had to send."""
    middle = mp4_bytes // 2
    path = stand.path(stand.checked, kind=MP4[0], rest=MP4[1])
    status, body = fetch(stand.checked, path, headers={"Range": f"bytes={middle}-{middle + 999_999}"})
    if (status, len(body)) != (206, 1_000_000):
        raise RuntimeError(f"the seek came back with {status} and {len(body)} bytes")
    sent = float(sum(stand.storage_sent(MP4[1])))
    has_slice = edge.inspect(binaries.nginx()).has_slice
    name = "bytes from storage for a cold seek of 1 MB" + ("" if has_slice else " (this nginx has no slice)")
    return compare(name, [(sent, 1_000_000.0)], at_most=3.0 if has_slice else None)


if __name__ == "__main__":
    put_first(0)
    times = probe(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
    print(statistics.quantiles(times, n=100)[98] * 1000)
