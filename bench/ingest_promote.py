"""`ingest-promote`: from completing an upload to the acknowledged master, on a whole running platform.

The limit is what the store itself takes, by bare boto3: a multipart copy inside the store with the same parts and
parallelism, and one read of the result through SHA-256. Ours also reads the staged bytes before anything reaches
masters, proves the lock, writes the manifest and the catalogue, and goes through API, outbox, queue and worker.
"""

import hashlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.report import CannotRun, Row, compare, interleaved, judge
from dam.core.buckets import Store, connect
from dam.stack.keys import load_or_make
from dam.stack.layout import CHECKOUT, Layout
from dam.stack.servers.s3 import REGION, S3
from dam.stack.services import find_free_base_port
from dam.stack.supervising.state import running_state
from ingest.multipart import COPY_THREADS, plan_copy

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

MIB, GIB = 1024**2, 1024**3
QUICK_BYTES, FULL_BYTES = 512 * MIB, 2 * GIB
QUICK_MEMORY, FULL_MEMORY = (64 * MIB, 512 * MIB), (2 * GIB, 8 * GIB)
AT_LEAST, MEMORY_AT_MOST_MB, GROWTH_AT_MOST = 0.85, 300, 1.1
# Asking costs processor time on the machine that is measured; the end is read from the job itself.
POLL_S, PATIENCE_S = 0.5, 900


@dataclass(frozen=True)
class Platform:
    """A running platform and what it takes to use it: the API's address and token, the store, a project."""

    api_url: str
    token: str
    project: str
    promoter: "S3Client"
    uploader: "S3Client"
    worker_pid: int
    store_pid: int

    def cpu_s(self) -> float:
        """Answer the processor time that store, worker and this process have used."""
        own = time.process_time()
        return own + sum(cpu_of(each) for each in (self.worker_pid, self.store_pid))

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the API; a refusal fails the benchmark."""
        request = urllib.request.Request(  # noqa: S310  our own loopback address
            f"{self.api_url}{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310  as above
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read()[:500]!r}") from error


def run(full: bool) -> list[Row]:  # noqa: FBT001  the signature of every benchmark
    """Measure both ways in turn, and the memory of the worker; raise RuntimeError on a wrong answer."""
    size = FULL_BYTES if full else QUICK_BYTES
    with running_platform() as platform:
        promote(platform, size=16 * MIB)
        bare_copy(platform, key=stage_bare(platform, size=16 * MIB), size=16 * MIB)
        staged = stage_bare(platform, size=size)
        spent: dict[str, list[float]] = {"ours": [], "bare": []}
        pairs = interleaved(
            lambda: promote(platform, size=size, spent=spent["ours"]),
            lambda: bare_copy(platform, key=staged, size=size, spent=spent["bare"]),
        )
        peaks = [peak_mb(platform, size=each) for each in (FULL_MEMORY if full else QUICK_MEMORY)]
    rates = [(size / MIB / ours, size / MIB / bare) for ours, bare in pairs]
    cpu = list(zip(spent["ours"], spent["bare"], strict=True))
    return [
        compare(f"complete → master acknowledged, {size // MIB} MiB, MiB/s", rates, at_least=AT_LEAST),
        compare("CPU of store and worker, s", cpu),
        judge("peak memory of the worker", [(peaks[1], peaks[0])], at_most=MEMORY_AT_MOST_MB, unit="MB"),
        compare(
            f"the same, growth over {memory_words(full)}", [(peaks[1], peaks[0])], at_most=GROWTH_AT_MOST
        ),
    ]


def memory_words(full: bool) -> str:  # noqa: FBT001  as above
    small, large = FULL_MEMORY if full else QUICK_MEMORY
    return f"{small // MIB} → {large // MIB} MiB"


@contextmanager
def running_platform() -> Iterator[Platform]:
    """Start a platform of its own and stop it in the end."""
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as directory:
        data_dir, port = Path(directory) / "data", find_free_base_port()
        try:
            command("up", "--detach", "--data-dir", str(data_dir), "--port", str(port))
            yield platform_at(data_dir, port=port)
        finally:
            command("down", "--data-dir", str(data_dir))


def command(*arguments: str) -> str:
    """Run one command of the platform and answer what it printed.

    Raises:
        CannotRun: with what it said.
    """
    argv = [sys.executable, "-m", "dam.stack", *arguments]
    done = subprocess.run(argv, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotRun(f"{arguments[0]} failed: {done.stdout[-500:]}{done.stderr[-1500:]}")
    return done.stdout.strip()


def platform_at(data_dir: Path, *, port: int) -> Platform:
    layout = Layout.of(data_dir, base_port=port)
    known = json.loads((data_dir / "credentials.json").read_text(encoding="utf-8"))
    keys = load_or_make(layout.secrets_file)
    url = S3(layout, keys=keys).url
    clients = {
        name: connect(Store(url, REGION, keys.s3[name].key_id, keys.s3[name].secret))
        for name in ("promoter", "uploader")
    }
    state = running_state(layout.run)
    pids = {each.name: each.process.pid for each in (state.services if state else ()) if each.process}
    if not {"worker-short", "s3"} <= set(pids):
        raise CannotRun("the platform has no store or no worker for short jobs")
    return Platform(
        api_url=f"http://127.0.0.1:{port}/api",
        token=command("token", "--email", known["email"], "--data-dir", str(data_dir)),
        project=known["project"],
        promoter=clients["promoter"],
        uploader=clients["uploader"],
        worker_pid=pids["worker-short"],
        store_pid=pids["s3"],
    )


def cpu_of(pid: int) -> float:
    """Answer the seconds of processor time of one process, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# --- ours -----------------------------------------------------------------------------------------


def promote(platform: Platform, *, size: int, spent: list[float] | None = None) -> float:
    """Upload fresh bytes, then measure the seconds from completing to acknowledging them."""
    opened = platform.ask(
        "POST",
        "/presign",
        {"project": platform.project, "name": "bench.bin", "size": size, "type": "application/octet-stream"},
    )
    upload = opened["upload"]
    parts, digest = send(platform, upload, opened["parts"])
    before, began = platform.cpu_s(), time.time()
    done = platform.ask("POST", f"/uploads/{upload['id']}/complete", {"parts": parts})
    job = platform.ask(
        "POST",
        "/promote",
        {"staging_key": done["staging_key"], "mapping": {"project": platform.project}, "sha256": digest},
    )
    finished = wait_for(platform, job["id"])
    if spent is not None:
        spent.append(platform.cpu_s() - before)
    wait_until_idle(platform)
    return datetime.fromisoformat(finished["finished_at"]).timestamp() - began


def send(platform: Platform, upload: Any, parts: list[Any]) -> tuple[list[dict[str, Any]], str]:
    """Put every part, random and never sent before; return the ledger and the SHA-256 of the whole."""
    ledger, digest = [], hashlib.sha256()
    block = secrets.token_bytes(upload["part_size"])
    for number in range(1, upload["part_count"] + 1):
        if number > len(parts):
            parts += platform.ask("POST", f"/uploads/{upload['id']}/parts", {"numbers": [number]})["parts"]
        part = parts[number - 1]
        body = number.to_bytes(8, "big") + block[8 : part["size"]]
        digest.update(body)
        request = urllib.request.Request(part["url"], data=body, method="PUT")  # noqa: S310  our own store
        request.add_unredirected_header("Content-Type", "")
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310  as above
            ledger.append({"number": number, "etag": answer.headers["ETag"]})
    return ledger, digest.hexdigest()


def wait_for(platform: Platform, job_id: str) -> Any:
    """Wait until the job has ended well."""
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        job = platform.ask("GET", f"/jobs/{job_id}")
        if job["state"] == "succeeded":
            return job
        if job["state"] in {"failed", "cancelled"}:
            raise RuntimeError(f"the promotion {job['state']}: {job['error']}")
        time.sleep(POLL_S)
    raise RuntimeError("the promotion did not end")


def wait_until_idle(platform: Platform) -> None:
    """Let the previews that follow a promotion end, so that they weigh on nobody's measure."""
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        if not any(
            platform.ask("GET", f"/jobs?project={platform.project}&state={state}")["results"]
            for state in ("queued", "running")
        ):
            return
        time.sleep(POLL_S)
    raise RuntimeError("the jobs after the promotion did not end")


def peak_mb(platform: Platform, *, size: int) -> float:
    """Promote once more and answer the worker's highest resident memory meanwhile."""
    process = Path(f"/proc/{platform.worker_pid}")
    (process / "clear_refs").write_text("5", encoding="ascii")
    promote(platform, size=size)
    status = (process / "status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) / 1024


# --- the limit ------------------------------------------------------------------------------------


def stage_bare(platform: Platform, *, size: int) -> str:
    """Put an object into staging that only the bare copy reads."""
    key, part = f"bench/{secrets.token_hex(8)}", 16 * MIB
    upload_id = platform.uploader.create_multipart_upload(Bucket="staging", Key=key)["UploadId"]
    parts: list[Any] = []
    for number in range(1, size // part + 1):
        answer = platform.uploader.upload_part(
            Bucket="staging", Key=key, UploadId=upload_id, PartNumber=number, Body=secrets.token_bytes(part)
        )
        parts.append({"PartNumber": number, "ETag": answer["ETag"]})
    platform.uploader.complete_multipart_upload(
        Bucket="staging", Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}
    )
    return key


def bare_copy(platform: Platform, *, key: str, size: int, spent: list[float] | None = None) -> float:
    """Measure the seconds of a copy inside the store and one read of it through SHA-256."""
    client, target = platform.promoter, f"bench/{secrets.token_hex(8)}"
    plan = plan_copy(size)
    before, began = platform.cpu_s(), time.monotonic()
    upload_id = client.create_multipart_upload(Bucket="masters", Key=target)["UploadId"]

    def copy(number: int) -> Any:
        first, last = plan.range_of(number)
        answer = client.upload_part_copy(
            Bucket="masters",
            Key=target,
            UploadId=upload_id,
            PartNumber=number,
            CopySource={"Bucket": "staging", "Key": key},
            CopySourceRange=f"bytes={first}-{last}",
        )
        return {"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]}

    with ThreadPoolExecutor(COPY_THREADS) as pool:
        parts: list[Any] = list(pool.map(copy, range(1, plan.count + 1)))
    done = client.complete_multipart_upload(
        Bucket="masters", Key=target, UploadId=upload_id, MultipartUpload={"Parts": parts}
    )
    read_through(client, key=target, version_id=done["VersionId"], size=size)
    if spent is not None:
        spent.append(platform.cpu_s() - before)
    return time.monotonic() - began


def read_through(client: "S3Client", *, key: str, version_id: str, size: int) -> None:
    """Read an object once through SHA-256."""
    digest, seen = hashlib.sha256(), 0
    body = client.get_object(Bucket="masters", Key=key, VersionId=version_id)["Body"]
    for chunk in body.iter_chunks(MIB):
        digest.update(chunk)
        seen += len(chunk)
    if seen != size:
        raise RuntimeError(f"the bare copy has {seen} bytes of {size}")
