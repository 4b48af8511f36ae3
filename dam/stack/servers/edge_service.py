"""The edge as a service of the stack; what it serves and how is `dam.stack.servers.edge`."""

from collections.abc import Mapping
from pathlib import Path

from dam import env
from dam.stack.config import EGRESS_LOG, StackConfig
from dam.stack.servers import binaries, edge, edge_cache
from dam.stack.servers.edge_agent import EdgeAgent
from dam.stack.servers.service import LOOPBACK, Listening, accepts_connections, base_environment, http_status
from dam.stack.supervising.processes import Command

#: A bill must outlast the database: at 5 MB each these hold some 700,000 requests.
EGRESS_LOGS_KEPT = 64


class Edge(Listening):
    """The second nginx: previews by signed addresses, cached from the store."""

    name = "edge"
    stop_grace_s = 1.5

    def __init__(self, config: StackConfig) -> None:
        super().__init__(config.layout)
        self.config = config
        self._rendered_keys: dict[str, str] = {}

    @property
    def port(self) -> int:
        return self.layout.ports.edge

    @property
    def listeners(self) -> tuple[int, ...]:
        return (self.port, self.layout.ports.edge_control)

    @property
    def run_dir(self) -> Path:
        return self.layout.run / "edge"

    @property
    def own_logs(self) -> tuple[Path, ...]:
        return tuple(self.run_dir.glob("*.log"))

    @property
    def kept_logs(self) -> Mapping[str, int]:
        return {EGRESS_LOG: EGRESS_LOGS_KEPT}

    def renew(self) -> bool:
        """Write the configuration anew where the signing keys changed."""
        keys = self.config.edge_signing_keys()
        if keys == self._rendered_keys:
            return False
        edge.render(self.edge_config())
        self._rendered_keys = keys
        return True

    def agent(self) -> EdgeAgent:
        """Answer who looks after this edge beside its nginx."""
        return EdgeAgent(self.edge_config(), build=edge.inspect(binaries.nginx()))

    def edge_config(self) -> edge.EdgeConfig:
        return edge.EdgeConfig(
            port=self.port,
            control_port=self.layout.ports.edge_control,
            run_dir=self.run_dir,
            cache_dir=self.layout.service_dir("edge-cache"),
            storage=self._storage(),
            signing_keys=self.config.edge_signing_keys(),
            revocations_url=f"http://{LOOPBACK}:{self.layout.ports.api}/_internal/revocations",
        )

    def _storage(self) -> edge.Storage:
        if not self.config.outside.s3:
            pair = self.config.keys.s3["edge-reader"]
            endpoint_url = f"http://{LOOPBACK}:{self.layout.ports.s3}"
            return edge.Storage(endpoint_url=endpoint_url, key_id=pair.key_id, secret=pair.secret)
        brought = env.key_pair("edge-reader")
        return edge.Storage(
            endpoint_url=env.read_storage("ENDPOINT_URL"),
            key_id=brought.key_id,
            secret=brought.secret,
            bucket=env.buckets()["previews"],
            region=env.read_storage("REGION", "us-east-1"),
        )

    def prepare(self) -> None:
        self.run_dir.mkdir(parents=True, exist_ok=True)
        config = self.edge_config()
        # After a power failure a cached file may be cut short, and nginx would send it so.
        edge_cache.scrub(config.cache_dir)
        edge.render(config)
        self._rendered_keys = dict(config.signing_keys)

    def command(self) -> Command:
        return Command(
            argv=tuple(edge.command(self.run_dir / "nginx.conf")), cwd=self.run_dir, env=base_environment()
        )

    def is_ready(self) -> bool:
        control = f"http://{LOOPBACK}:{self.layout.ports.edge_control}/healthz"
        return accepts_connections(self.port) and http_status(control) == 200
