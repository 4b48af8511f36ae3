"""`preview-first-frame`: from a promotion's acknowledgement to the first segment, fetched through the edge.

On a whole running platform, for masters of several lengths with the same picture: the shortest is the limit of the
longest, because the first seconds must not wait for the rest. Each master is new to the platform every time.
"""

import hashlib
import re
import secrets
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.ingest_promote import Platform, running_platform, wait_until_idle
from bench.ingest_promote import wait_for as wait_for_job
from bench.report import CannotRun, Row, compare, judge
from previews.media.sandbox import SandboxUnavailable
from previews.media.tools import ffmpeg

LENGTHS_S, QUICK_LENGTHS_S = (20, 120, 600), (20, 600)
GROWTH_AT_MOST, SECONDS_AT_MOST = 1.2, 5.0
REPEATS = 5
#: Size and rate of the picture.
QUICK, FULL = ("640x360", "1200k"), ("1920x1080", "12M")
POLL_S, PATIENCE_S = 0.05, 300


def run(full: bool) -> list[Row]:  # noqa: FBT001  the runner calls every benchmark like this
    """Promote every length in turn, five times."""
    size, rate = FULL if full else QUICK
    lengths = LENGTHS_S if full else QUICK_LENGTHS_S
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as directory, running_platform() as platform:
        place = Path(directory)
        try:
            masters = [make_master(place, size=size, rate=rate, seconds=each) for each in lengths]
        except (SandboxUnavailable, subprocess.CalledProcessError) as error:
            raise CannotRun(str(error)) from error
        measure(platform, masters[0])
        rounds = [[measure(platform, master) for master in masters] for _ in range(REPEATS)]
    return rows_of(rounds, lengths=lengths)


def rows_of(rounds: Sequence[Sequence[float]], *, lengths: Sequence[int]) -> list[Row]:
    """Judge growth and the time itself."""
    shortest = lengths[0]
    grown = [
        compare(
            f"acknowledged → first segment, {length} s / {shortest} s of film",
            [(each[number], each[0]) for each in rounds],
            at_most=GROWTH_AT_MOST,
        )
        for number, length in enumerate(lengths)
        if number
    ]
    longest = [(each[-1], each[0]) for each in rounds]
    return [
        *grown,
        judge(f"the same, {lengths[-1]} s of film", longest, at_most=SECONDS_AT_MOST, unit="s"),
    ]


def make_master(place: Path, *, size: str, rate: str, seconds: int) -> Path:
    """Make a master of so many seconds: one encode of the shortest, repeated without encoding."""
    one, path = place / "one.mov", place / f"{seconds}.mov"
    if not one.exists():
        picture = f"testsrc2=s={size}:r=25,noise=alls=4:allf=t"
        words = ["-f", "lavfi", "-t", str(LENGTHS_S[0]), "-i", picture]
        words += ["-f", "lavfi", "-t", str(LENGTHS_S[0]), "-i", "sine=f=330:r=48000"]
        words += ["-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-pix_fmt", "yuv420p"]
        call(*words, "-b:v", rate, "-c:a", "pcm_s16le", str(one))
    call("-stream_loop", str(seconds // LENGTHS_S[0] - 1), "-i", str(one), "-c", "copy", str(path))
    return path


def call(*words: str) -> None:
    """Run one ffmpeg."""
    subprocess.run([str(ffmpeg()), "-v", "error", "-nostdin", "-y", *words], check=True)


def measure(platform: Platform, master: Path) -> float:
    """Promote a copy of a master that nobody has seen; answer the seconds until its first segment was fetched."""
    fresh = master.with_name("fresh.mov")
    call("-i", str(master), "-c", "copy", "-metadata", f"comment={secrets.token_hex(8)}", str(fresh))
    version, acknowledged = promote(platform, fresh)
    try:
        return first_segment_at(platform, version) - acknowledged
    finally:
        for state in ("running", "queued"):
            for job in platform.ask("GET", f"/jobs?project={platform.project}&state={state}")["results"]:
                platform.ask("POST", f"/jobs/{job['id']}/cancel")
        wait_until_idle(platform)


def promote(platform: Platform, path: Path) -> tuple[str, float]:
    """Upload and promote a file; answer its version and when it was acknowledged."""
    size, digest = path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()
    wanted = {"project": platform.project, "name": path.name, "size": size, "type": "video/quicktime"}
    opened = platform.ask("POST", "/presign", wanted)
    upload, parts, ledger = opened["upload"], opened["parts"], []
    with path.open("rb") as file:
        for number in range(1, upload["part_count"] + 1):
            if number > len(parts):
                parts += platform.ask("POST", f"/uploads/{upload['id']}/parts", {"numbers": [number]})[
                    "parts"
                ]
            ledger.append({"number": number, "etag": put(parts[number - 1], file.read(upload["part_size"]))})
    done = platform.ask("POST", f"/uploads/{upload['id']}/complete", {"parts": ledger})
    body = {"staging_key": done["staging_key"], "mapping": {"project": platform.project}, "sha256": digest}
    job = wait_for_job(platform, platform.ask("POST", "/promote", body)["id"])
    return job["result"]["version"], datetime.fromisoformat(job["finished_at"]).timestamp()


def put(part: Any, body: bytes) -> str:
    """Send one part; answer its entity tag."""
    request = urllib.request.Request(part["url"], data=body, method="PUT")  # noqa: S310  our own store
    request.add_unredirected_header("Content-Type", "")
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310  as above
        return str(answer.headers["ETag"])


def first_segment_at(platform: Platform, version: str) -> float:
    """Poll as a player does until the first segment of the first rung has come whole; answer when that was."""
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        address = platform.ask("GET", f"/versions/{version}/playback")["hls"]
        master = fetch(address) if address else None
        if address and master:
            rung = re.findall(r"^(?!#)(\S+)", master.decode(), re.MULTILINE)[0]
            folder = f"{address.rsplit('/', 1)[0]}/{rung.rsplit('/', 1)[0]}"
            if fetch(f"{folder}/init.mp4") and fetch(f"{folder}/00000.m4s"):
                return time.time()
        time.sleep(POLL_S)
    raise RuntimeError("no segment could be fetched")


def fetch(url: str) -> bytes | None:
    """Fetch a file through the edge; None while it is not there."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310  our own edge
            body: bytes = answer.read()
            return body
    except urllib.error.HTTPError:
        return None
