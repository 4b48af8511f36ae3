"""The front nginx: portal files, and the way to the API and the live process."""

import os
import pwd
import re
from ipaddress import ip_network
from pathlib import Path

from dam.stack import files
from dam.stack.config import StackConfig, origin_of
from dam.stack.errors import StackError
from dam.stack.layout import CHECKOUT
from dam.stack.servers import binaries
from dam.stack.servers.service import LOOPBACK, Listening, base_environment, http_status
from dam.stack.supervising.processes import Command

TEMPLATE = CHECKOUT / "deploy" / "front" / "nginx.conf.template"
UNBUILT = CHECKOUT / "deploy" / "front" / "unbuilt"
PORTAL_DIST = CHECKOUT / "portal" / "dist"

TRANSPORT_SECURITY = "max-age=31536000"
_PLACEHOLDER = re.compile(r"\{\{ (\w+) \}\}")


class Front(Listening):
    """nginx on the stack's base port; the only origin that browsers see besides edge and storage."""

    name = "nginx"
    stop_grace_s = 1.5

    def __init__(self, config: StackConfig) -> None:
        super().__init__(config.layout)
        self.config = config

    @property
    def port(self) -> int:
        return self.layout.ports.front

    @property
    def directory(self) -> Path:
        return self.layout.run / "front"

    @property
    def configuration(self) -> Path:
        return self.directory / "nginx.conf"

    @property
    def access_log(self) -> Path:
        return self.layout.logs / "nginx-access.log"

    @property
    def own_logs(self) -> tuple[Path, ...]:
        return (self.access_log,)

    def prepare(self) -> None:
        (self.directory / "tmp").mkdir(parents=True, exist_ok=True)
        # nginx looks for included files beside its configuration.
        for plain in sorted(TEMPLATE.parent.glob("*.conf")):
            files.write_atomically(self.directory / plain.name, plain.read_text(encoding="utf-8"), mode=0o644)
        values = self._values()
        text = _PLACEHOLDER.sub(lambda match: values[match[1]], TEMPLATE.read_text(encoding="utf-8"))
        files.write_atomically(self.configuration, text, mode=0o644)

    def _values(self) -> dict[str, str]:
        ports = self.layout.ports
        return {
            "user": _user_line(),
            "run_dir": _quotable(self.directory),
            "log_file": _quotable(self.access_log),
            "listen": self.address,
            "portal": _quotable(PORTAL_DIST if (PORTAL_DIST / "index.html").exists() else UNBUILT),
            "api": f"{LOOPBACK}:{ports.api}",
            "live": f"{LOOPBACK}:{ports.live}",
            "edge_origin": origin_of(self.config.edge_url),
            "storage_origin": origin_of(self.config.s3_url),
            "live_origins": " ".join(self._live_origins()),
            "transport_security": TRANSPORT_SECURITY if self._is_https else "",
            "metrics_allow": " ".join(f"allow {network};" for network in _metrics_networks()),
        }

    @property
    def _is_https(self) -> bool:
        return self.config.portal_url.startswith("https://")

    def _live_origins(self) -> list[str]:
        """Name where sockets are reached, which not every browser takes for `'self'`."""
        portal = origin_of(self.config.portal_url).replace("http", "ws", 1)
        here = [f"ws://{self.address}", f"ws://localhost:{self.port}"]
        return here if portal in here else [*here, portal]

    def command(self) -> Command:
        return Command(
            argv=(
                *(str(binaries.nginx()), "-p", f"{self.directory}/", "-c", str(self.configuration)),
                *("-e", "stderr"),
            ),
            cwd=self.directory,
            env=base_environment(),
        )

    def is_ready(self) -> bool:
        return http_status(f"http://{self.address}/_front") == 204


def _user_line() -> str:
    """Keep the workers on the account that started nginx: another could not read the checkout."""
    return f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else ""


def _quotable(path: Path) -> str:
    text = str(path)
    if re.search(r'[\n\r"\\$]', text):
        raise StackError(f"nginx cannot use a path with quotes, backslashes or dollar signs: {text}")
    return text


def _metrics_networks() -> list[str]:
    """Read `METRICS_ALLOW`, addresses or networks.

    Raises:
        StackError: naming the entry that is neither.
    """
    networks = []
    for part in os.environ.get("METRICS_ALLOW", "").replace(",", " ").split():
        try:
            networks.append(str(ip_network(part, strict=False)))
        except ValueError as error:
            raise StackError(f"METRICS_ALLOW: {part} is neither an address nor a network") from error
    return networks
