"""The services that the platform speaks to, wherever they run."""

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

import psycopg
import redis

from dam.stack import doctor_storage
from dam.stack.doctor import Finding
from dam.stack.doctor.storage import clock
from dam.stack.servers.service import LOOPBACK, http_status
from dam.stack.supervising.state import StackState

TIMEOUT_S = 5
LEAST_POSTGRES = 160000
LEAST_REDIS = (6, 2)

Environment = dict[str, str]


def look(environment: Environment, *, state: StackState | None) -> list[Finding]:
    looks: tuple[Callable[[Environment], list[Finding]], ...] = (
        *(_database, _redis, doctor_storage.look, _edge, _mail, _collector),
        lambda _: _edge_control(state),
    )
    with ThreadPoolExecutor(len(looks)) as pool:
        return [finding for found in pool.map(lambda each: each(environment), looks) for finding in found]


def _database(environment: Environment) -> list[Finding]:
    findings = []
    for variable in ("DATABASE_URL", "DATABASE_MIGRATOR_URL"):
        try:
            with psycopg.connect(environment[variable], connect_timeout=TIMEOUT_S) as connection:
                row = connection.execute(
                    "SELECT current_user, current_setting('server_version_num')::int, rolbypassrls OR rolsuper, "
                    "extract(epoch FROM now())::float8 FROM pg_roles WHERE rolname = current_user"
                ).fetchone()
        except (psycopg.Error, KeyError) as error:
            detail = str(error).strip().splitlines()[-1]
            remedy = "check its address and password, and whether the server runs (bin/dam status)"
            findings.append(Finding(variable, ok=False, detail=detail, remedy=remedy))
            continue
        findings += _judge_database(variable, row=row or ("", 0, True, 0.0))
    return findings


def _judge_database(variable: str, *, row: tuple[str, int, bool, float]) -> list[Finding]:
    role, version, bypasses, epoch = row
    return [
        Finding(
            variable,
            version >= LEAST_POSTGRES,
            f"PostgreSQL {version // 10000} as {role}",
            "use PostgreSQL 16 or newer",
        ),
        Finding(
            f"{variable} role",
            not bypasses,
            "row security holds" if not bypasses else "may bypass row security",
            f"ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS",
        ),
        clock(f"{variable} clock", skew_s=epoch - time.time()),
    ]


def _redis(environment: Environment) -> list[Finding]:
    try:
        with redis.Redis.from_url(environment["REDIS_URL"], socket_timeout=TIMEOUT_S) as client:
            version = str(client.info("server")["redis_version"])
            policy = dict(client.config_get("maxmemory-policy")).get("maxmemory-policy", "?")
    except (redis.RedisError, KeyError, OSError) as error:
        remedy = "check its address and password, and whether the server runs (bin/dam status)"
        return [Finding("REDIS_URL", ok=False, detail=str(error), remedy=remedy)]
    is_new = tuple(map(int, version.split(".")[:2])) >= LEAST_REDIS
    return [
        Finding("REDIS_URL", is_new, f"Redis {version}", "use Redis 6.2 or newer"),
        Finding(
            "Redis eviction",
            policy == "noeviction",
            policy,
            "set maxmemory-policy noeviction: queues live there",
        ),
    ]


def _edge(environment: Environment) -> list[Finding]:
    url = environment.get("EDGE_URL", "")
    if not urlsplit(url).hostname:
        return [Finding("EDGE_URL", ok=False, detail=f"{url!r}", remedy="set it to the edge's origin")]
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=TIMEOUT_S):
            pass
    except OSError as error:
        if not hasattr(error, "code"):
            remedy = "start the edge, or check EDGE_URL"
            return [Finding("edge", ok=False, detail=f"{url}: {error}", remedy=remedy)]
    return [Finding("edge", ok=True, detail=url)]


def _edge_control(state: StackState | None) -> list[Finding]:
    """Look at the private side of an edge that runs here: health, and the flag of its disk."""
    if state is None or all(service.name != "edge" for service in state.services):
        return []
    control = f"http://{LOOPBACK}:{state.port + 2}"
    if http_status(f"{control}/healthz") is None:
        remedy = (
            "see edge.log, and run/edge/error.log beside it; the supervisor starts it again after a minute"
        )
        return [Finding("edge control", ok=False, detail=f"{control} does not answer", remedy=remedy)]
    if http_status(f"{control}/_edge/flags/disk_low") == 204:
        remedy = "free room on the disk of edge-cache: until then every view is fetched from storage"
        return [Finding("edge control", None, "disk low: it streams without storing", remedy)]
    return [Finding("edge control", ok=True, detail=control)]


def _mail(environment: Environment) -> list[Finding]:
    host = environment.get("SMTP_HOST")
    if not host:
        return [Finding("mail", None, "no SMTP_HOST: outgoing mail is written to files")]
    return [_reach("SMTP_HOST", host=host, port=int(environment.get("SMTP_PORT", "587")))]


def _collector(environment: Environment) -> list[Finding]:
    """Look for the collector of traces, where one is named."""
    for variable in ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"):
        parts = urlsplit(environment.get(variable, ""))
        if parts.hostname:
            default = 443 if parts.scheme == "https" else 4318
            return [_reach(variable, host=parts.hostname, port=parts.port or default)]
    return []


def _reach(variable: str, *, host: str, port: int) -> Finding:
    try:
        with socket.create_connection((host, port), timeout=TIMEOUT_S):
            return Finding(variable, ok=True, detail=f"{host}:{port} accepts connections")
    except OSError as error:
        return Finding(variable, None, f"{host}:{port}: {error}", "start that server, or check the address")
