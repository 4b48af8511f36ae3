"""The edge's way to storage: the address, the certificates it is checked against, the name servers it is asked of."""

import ipaddress
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from dam.stack.errors import EdgeMisconfigured

_DEFAULT_PORTS = {"http": 80, "https": 443}
#: From this version on nginx looks the names of upstream servers up again.
RESOLVES_SINCE = (1, 27, 3)


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

    @property
    def endpoint(self) -> SplitResult:
        endpoint = urlsplit(self.endpoint_url)
        if endpoint.scheme not in _DEFAULT_PORTS or not endpoint.hostname or endpoint.path.strip("/"):
            raise EdgeMisconfigured(
                f"the storage endpoint must look like https://host[:port], not {endpoint.geturl()}"
            )
        return endpoint

    @property
    def host_header(self) -> str:
        endpoint = self.endpoint
        if endpoint.port in {None, _DEFAULT_PORTS[endpoint.scheme]}:
            return str(endpoint.hostname)
        return f"{endpoint.hostname}:{endpoint.port}"


def origin_values(
    storage: Storage, *, nginx_version: tuple[int, ...], resolvers: Sequence[str], also_asked: str
) -> dict[str, str]:
    """Return what the template says of storage; `also_asked` is another address that the edge itself asks."""
    endpoint = storage.endpoint
    host = str(endpoint.hostname)
    port = endpoint.port or _DEFAULT_PORTS[endpoint.scheme]
    by_name = not _is_fixed(host) and nginx_version >= RESOLVES_SINCE
    return {
        "origin_scheme": endpoint.scheme,
        "origin_host": storage.host_header,
        "origin_server": f"{host}:{port} resolve" if by_name else f"{host}:{port}",
        "origin_timeout": f"{storage.timeout_s}s",
        "origin_tls": _origin_tls(storage, host=host) if endpoint.scheme == "https" else "",
        "resolver": _resolver(resolvers) if by_name or _asks_by_name(also_asked) else "",
    }


def quoted(path: Path) -> str:
    """Return a path as nginx may read it between quotes; it has no way to escape a dollar sign."""
    text = str(path.absolute())
    if re.search(r'[\n\r"\\$]', text):
        raise EdgeMisconfigured(f"nginx cannot use a path with quotes, backslashes or dollar signs: {text}")
    return text


def _origin_tls(storage: Storage, *, host: str) -> str:
    ca_file = storage.ca_file or _system_certificates()
    return "\n".join(
        (
            "proxy_ssl_server_name on;",
            f"proxy_ssl_name {host};",
            "proxy_ssl_verify on;",
            "proxy_ssl_verify_depth 4;",
            f'proxy_ssl_trusted_certificate "{quoted(ca_file)}";',
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


def _resolver(resolvers: Sequence[str]) -> str:
    servers = resolvers or _system_resolvers()
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
