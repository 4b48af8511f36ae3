"""The configuration of the edge: from one frozen value to the files that nginx reads.

The templates and scripts lie in `deploy/edge/`; docs/edge.md says what they promise. Nothing here starts a
process: `render` writes the files, `command` says what to execute.
"""

import json
import os
import pwd
import re
import resource
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dam.stack import files
from dam.stack.errors import EdgeMisconfigured
from dam.stack.layout import CHECKOUT
from dam.stack.servers import binaries
from dam.stack.servers.edge_build import TEMP_PATHS, NginxBuild, inspect
from dam.stack.servers.edge_origin import Storage, origin_values, quoted

__all__ = [
    "EdgeConfig",
    "EdgeMisconfigured",
    "Limits",
    "NginxBuild",
    "Storage",
    "command",
    "inspect",
    "render",
]

TEMPLATES = CHECKOUT / "deploy" / "edge"
MIB = 1024**2
GIB = 1024**3
SLICE_BYTES = 2 * MIB
MOST_WORKERS = 4
#: An API that hangs holds a pull up for so long, and the next one asks anew: with `pull_interval_s` less than ten seconds.
PULL_TIMEOUT_S = 4

_PLACEHOLDER = re.compile(r"\{\{ (\w+) \}\}")
# Where njs has no dictionaries: what the agent writes (dam.stack.servers.edge_agent).
REVOCATIONS, DISK_FLAG = "revocations.json", "disk_low"
LARGE_ORIGIN = "origin-large.conf"

# The timeout outlives the longest token. No eviction: a full list fails loudly rather than forgets.
_STATE = """js_shared_dict_zone zone=revoked:{zone} timeout=13h "state={state}";
    js_shared_dict_zone zone=egress:1m type=number;"""
_STATE_IN_FILES = 'js_preload_object edge_revoked from "{list}";'
_COUNTED = """js_set $edge_tick edge_count.tick;
    js_set $edge_no_store edge_count.noStore;"""
_CONTROL = """location = /metrics {{
            js_content edge_control.metrics;
        }}
        location /_edge/revoked/ {{
            js_content edge_control.revocation;
        }}
        location = /_edge/flags/disk_low {{
            js_content edge_control.diskFlag;
        }}
        location = /_edge/pull {{
            internal;
            js_fetch_timeout {fetch_timeout}s;
            js_periodic edge_control.pull interval={interval}s jitter=500ms worker_affinity=all;
        }}"""
_DISK_GATE = """set $edge_no_store "";
if (-f "{flag}") {{
    set $edge_no_store 1;
}}"""
# X-Amz-Date before Authorization, which uses the same reading of the clock.
SIGNED_IN_HEADERS = {
    "query": "",
    "signature": "proxy_set_header X-Amz-Content-Sha256 "
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855;\n"
    "proxy_set_header X-Amz-Date $origin_date;\n"
    "proxy_set_header Authorization $origin_authorization;",
}
SIGNED_IN_QUERY = {"query": "?$origin_query", "signature": ""}
# What storage says about itself; nginx cannot hide by prefix.
_HIDDEN_HEADERS = (
    *("X-Amz-Id-2", "X-Amz-Request-Id", "X-Amz-Version-Id", "X-Amz-Storage-Class", "X-Amz-Tagging-Count"),
    *("X-Amz-Server-Side-Encryption", "X-Amz-Expiration", "X-Amz-Replication-Status", "X-Amz-Mp-Parts-Count"),
    *("X-Amz-Checksum-Sha256", "X-Amz-Checksum-Crc32", "X-Amz-Checksum-Crc32c", "X-Amz-Checksum-Crc64nvme"),
    *("X-Amz-Checksum-Sha1", "X-Amz-Checksum-Type", "X-Amz-Object-Lock-Mode", "X-Amz-Delete-Marker"),
    *("X-Amz-Object-Lock-Retain-Until-Date", "X-Amz-Object-Lock-Legal-Hold", "X-Amz-Meta-Mtime"),
    *("X-Wasabi-Cm-Reference-Id", "X-Filename", "Seaweed-X-Amz-ETag", "Seaweed-X-Amz-Owner"),
)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one edge may take, and what it gives to one share (or to one member's address).

    `workers` 0 is one for each processor that it may use, `MOST_WORKERS` at most: a worker answers in the order in
    which requests come, so that a crowd holds up whoever came to the same worker.
    """

    hls_max_bytes: int = 4 * GIB
    img_max_bytes: int = GIB
    mp4_max_bytes: int = 8 * GIB
    min_free_bytes: int = GIB
    requests_per_second: int = 1000
    request_burst: int = 2000
    connections_per_share: int = 512
    connections: int = 2048
    workers: int = 0
    keys_zone: str = "4m"
    revoked_zone: str = "2m"


@dataclass(frozen=True, kw_only=True)
class EdgeConfig:
    """Everything an edge needs to know.

    Attributes:
        port: of the public listener.
        control_port: of the private one (revocations, metrics, disk flag, health).
        run_dir: configuration, logs, revocation state; private to the user nginx runs as.
        cache_dir: the objects; may be emptied while nginx is stopped.
        signing_keys: secret of each key id; tokens of all of them are taken.
        revocations_url: asked every `pull_interval_s` seconds; empty to rely on pushed ones alone.
        hosts: names a request must be for, any other is answered 421; empty for any.
        bind_cookie: the cookie whose value a token with binding `c` is bound to.
        worker_user: whom the workers become when nginx is started as root; root unless given.
        resolvers: name servers, where storage or the revocations have a name; those of the system unless given.
    """

    port: int
    control_port: int
    run_dir: Path
    cache_dir: Path
    storage: Storage
    signing_keys: Mapping[str, str]
    revocations_url: str = ""
    address: str = "127.0.0.1"
    control_address: str = "127.0.0.1"
    control_networks: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    bind_cookie: str = "dam_edge"
    pull_interval_s: int = 5
    limits: Limits = field(default_factory=Limits)
    worker_user: str | None = None
    resolvers: tuple[str, ...] = ()


def render(config: EdgeConfig, *, nginx: Path | None = None) -> Path:
    """Write everything nginx reads into `run_dir` and return the path of its configuration.

    May be repeated while nginx runs; a SIGHUP to the master then takes over keys and settings.

    Raises:
        EdgeMisconfigured: naming what cannot be.
    """
    build = inspect(nginx or binaries.nginx())
    run_dir = config.run_dir.absolute()
    for directory in (run_dir, run_dir / "tmp", run_dir / "njs", config.cache_dir.absolute()):
        directory.mkdir(parents=True, exist_ok=True)
    run_dir.chmod(0o700 if config.worker_user is None else 0o711)
    values = _values(config, build=build)
    for template in sorted(TEMPLATES.glob("*.conf.template")):
        _write(run_dir / template.stem, _fill(template, values=values))
    _write(run_dir / LARGE_ORIGIN, _fill(TEMPLATES / "origin.conf.template", values=values | SIGNED_IN_QUERY))
    for plain in sorted((*TEMPLATES.glob("*.conf"), *TEMPLATES.glob("njs/*.js"))):
        _write(run_dir / plain.relative_to(TEMPLATES), plain.read_text(encoding="utf-8"))
    if not build.has_state:
        _use_files(run_dir)
    files.write_atomically(run_dir / "keys.json", json.dumps(_secrets(config), indent=1), mode=0o400)
    return run_dir / "nginx.conf"


def _use_files(run_dir: Path) -> None:
    """Let the list of revocations be an object that is read at every reload; one that is there already stays."""
    scripts = run_dir / "njs"
    (scripts / "edge_list_preloaded.js").replace(scripts / "edge_list.js")
    known = run_dir / REVOCATIONS
    if not known.exists():
        _write(known, "{}")


def command(conf_path: Path, *, nginx: Path | None = None) -> list[str]:
    """Return the arguments that start the edge in the foreground; SIGTERM or SIGQUIT ends it."""
    run_dir = conf_path.parent
    program = str(nginx or binaries.nginx())
    return [program, "-p", f"{run_dir}/", "-c", str(conf_path), "-e", str(run_dir / "error.log")]


def _write(path: Path, text: str) -> None:
    files.write_atomically(path, text, mode=0o644)


def _fill(template: Path, *, values: Mapping[str, str]) -> str:
    def value_of(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise EdgeMisconfigured(f"{template.name} asks for {match[1]}, which nobody gives")
        return values[match[1]]

    return _PLACEHOLDER.sub(value_of, template.read_text(encoding="utf-8"))


def _secrets(config: EdgeConfig) -> dict[str, object]:
    if not config.signing_keys:
        raise EdgeMisconfigured("the edge needs at least one signing key")
    storage = config.storage
    return {
        "keys": dict(config.signing_keys),
        "bucket": storage.bucket,
        "cookie": config.bind_cookie,
        "revocations": config.revocations_url,
        "storage": {
            "key_id": storage.key_id,
            "secret": storage.secret,
            "region": storage.region,
            "host": storage.host_header,
        },
    }


def _values(config: EdgeConfig, *, build: NginxBuild) -> dict[str, str]:
    limits = config.limits
    listener = f"{config.address}:{config.port}"
    return {
        "run_dir": quoted(config.run_dir),
        "cache_dir": quoted(config.cache_dir),
        "modules": f'load_module "{quoted(build.njs_module)}";' if build.njs_module else "",
        "user": _user(config),
        "unused_temp_paths": " ".join(
            f'{name}_temp_path "{quoted(config.run_dir / "tmp" / name)}";'
            for name in TEMP_PATHS
            if name not in build.lacks
        ),
        "slices": _slices(build),
        "listen": listener,
        "server_names": " ".join(config.hosts) or "_",
        "unknown_host_server": _unknown_host_server(config, listener=listener),
        "control_listen": f"{config.control_address}:{config.control_port}",
        "control_allow": " ".join(f"allow {network};" for network in config.control_networks),
        "pull_interval": f"{config.pull_interval_s}s",
        "hidden_headers": "\n".join(f"proxy_hide_header {name};" for name in _HIDDEN_HEADERS),
        **_limit_values(limits),
        **_state_values(config, build=build),
        **origin_values(
            config.storage,
            nginx_version=build.version,
            resolvers=config.resolvers,
            also_asked=config.revocations_url,
        ),
    }


def _limit_values(limits: Limits) -> dict[str, str]:
    return {
        "workers": str(limits.workers or min(len(os.sched_getaffinity(0)), MOST_WORKERS)),
        "connections": str(limits.connections),
        "open_files": str(_open_files(limits)),
        "keys_zone": limits.keys_zone,
        "limit_zone": "1m",
        "requests_per_second": str(limits.requests_per_second),
        "request_burst": str(limits.request_burst),
        "connections_per_share": str(limits.connections_per_share),
        "hls_max_bytes": str(limits.hls_max_bytes),
        "img_max_bytes": str(limits.img_max_bytes),
        "mp4_max_bytes": str(limits.mp4_max_bytes),
        "min_free_bytes": str(limits.min_free_bytes),
    }


def _state_values(config: EdgeConfig, *, build: NginxBuild) -> dict[str, str]:
    """Return where the template keeps what changes while nginx runs: in dictionaries of njs, or in files."""
    large = build.has_slice and not build.has_nocache
    common = {
        "nocache": " nocache" if build.has_nocache else "",
        "large_origin": LARGE_ORIGIN if large else "origin.conf",
        **SIGNED_IN_HEADERS,
    }
    if build.has_state:
        return common | {
            "state": _STATE.format(
                zone=config.limits.revoked_zone, state=quoted(config.run_dir / "revoked.json")
            ),
            "variables": _COUNTED,
            "counting": "js_import edge_count from edge_count.js;",
            "control_script": "edge_control.js",
            "disk_gate": "",
            "control": _CONTROL.format(interval=config.pull_interval_s, fetch_timeout=PULL_TIMEOUT_S),
        }
    return common | {
        "state": _STATE_IN_FILES.format(list=quoted(config.run_dir / REVOCATIONS)),
        "counting": "",
        "control_script": "edge_control_preloaded.js",
        "variables": 'map $host $edge_tick { default ""; }',
        "disk_gate": _DISK_GATE.format(flag=quoted(config.run_dir / DISK_FLAG)),
        "control": "location = /metrics { js_content edge_control.gauges; }",
    }


def _slices(build: NginxBuild) -> str:
    """Fetch large files in slices, so that a seek into a cold one costs megabytes and not the file."""
    if not build.has_slice:
        return 'proxy_cache_key "v1$edge_object";'
    return "\n            ".join(
        (
            f"slice {SLICE_BYTES};",
            "proxy_set_header Range $slice_range;",
            'proxy_cache_key "v1$edge_object $slice_range";',
        )
    )


def _unknown_host_server(config: EdgeConfig, *, listener: str) -> str:
    if not config.hosts:
        return ""
    return f"server {{ listen {listener} default_server; server_name _; access_log off; return 421; }}"


def _user(config: EdgeConfig) -> str:
    if os.geteuid() != 0:
        return ""
    name = config.worker_user or pwd.getpwuid(0).pw_name
    return f"user {name};"


def _open_files(limits: Limits) -> int:
    """Viewer, storage and file of each connection, as far as the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * limits.connections
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
