"""The platform's own SeaweedFS, a relay before it that can fail, and a real nginx in front of both."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import boto3
import pytest

from dam.stack.layout import PORTS_PER_STACK
from dam.stack.servers import binaries, edge
from dam.stack.services import find_free_base_port
from previews import edge_tokens
from previews.edge_tokens import Grant, Kind, SigningKey
from tests.edge.running import Answer, Edge, Origin, RevocationList, edge_config, request
from tests.edge.second import second_nginx
from tests.faults.disks import can_mount

NOT_HERE = {
    "test_second_nginx.py": "no second nginx with njs" if second_nginx() is None else "",
    "test_full_disk.py": "" if can_mount() else "no user namespaces",
}
collect_ignore_glob = [name for name, why in NOT_HERE.items() if why]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name, why in NOT_HERE.items():
        if why:
            terminalreporter.line(f"not run here: tests/edge/{name} ({why})")


KEY = SigningKey("k1", "first-secret-of-the-tests-0001")
SECOND_KEY = SigningKey("k2", "second-secret-of-the-tests-002")
ALL_KINDS = tuple(Kind)
SEGMENT = os.urandom(300_000)
MP4 = os.urandom(3_000_000)


@pytest.fixture(scope="session")
def origin() -> Iterator[Origin]:
    relay = Origin(target_port=int(urlsplit(os.environ["S3_ENDPOINT_URL"]).port or 0))
    relay.start()
    yield relay
    relay.stop()


@pytest.fixture(scope="session")
def revocations() -> Iterator[RevocationList]:
    known = RevocationList()
    server = known.start()
    yield known
    server.shutdown()
    server.server_close()


def free_ports() -> Iterator[int]:
    """Yield ports that nobody listens on, a range at a time."""
    while True:
        base = find_free_base_port()
        yield from range(base, base + PORTS_PER_STACK)


@pytest.fixture(scope="session")
def start_edge(
    origin: Origin,
    revocations: RevocationList,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., Edge]]:
    """Start an edge with settings of one's own; all of them end with the tests."""
    started: list[Edge] = []
    ports = free_ports()

    def start(**settings: Any) -> Edge:
        storage = edge.Storage(
            endpoint_url=f"http://127.0.0.1:{origin.port}",
            key_id=os.environ["S3_EDGE_READER_KEY_ID"],
            secret=os.environ["S3_EDGE_READER_SECRET"],
            timeout_s=2,
        )
        defaults = {
            "port": next(ports),
            "control_port": next(ports),
            "storage": storage,
            "signing_keys": {KEY.kid: KEY.secret, SECOND_KEY.kid: SECOND_KEY.secret},
            "revocations_url": f"http://127.0.0.1:{revocations.port}/",
            "pull_interval_s": 1,
        }
        nginx = settings.pop("nginx", binaries.nginx())
        running = Edge(edge_config(tmp_path_factory.mktemp("edge"), **(defaults | settings)), nginx=nginx)
        started.append(running)
        running.start()
        return running

    yield start
    for running in started:
        running.stop()


@pytest.fixture(scope="session")
def nginx(start_edge: Callable[..., Edge]) -> Edge:
    """The edge that most tests share; what they publish is their own."""
    return start_edge()


@dataclass(frozen=True)
class Published:
    """Preview files of one digest in storage, and addresses of them."""

    grant: Grant
    files: dict[tuple[Kind, str], bytes] = field(repr=False)
    port: int

    def path(
        self,
        rest: str = "master.m3u8",
        *,
        kind: Kind = Kind.HLS,
        key: SigningKey = KEY,
        expires_s: int | None = None,
        **changes: Any,
    ) -> str:
        expires_s = edge_tokens.expiry_s(time.time()) if expires_s is None else expires_s
        token = edge_tokens.issue_token(key, grant=replace(self.grant, **changes), expires_s=expires_s)
        return edge_tokens.edge_url("", token=token, kind=kind, digest=self.grant.digest, rest=rest)

    def get(self, rest: str = "master.m3u8", *, kind: Kind = Kind.HLS, **options: Any) -> Answer:
        sent = {name: options.pop(name) for name in ("method", "headers", "timeout_s") if name in options}
        return request(self.port, self.path(rest, kind=kind, **options), **sent)


@pytest.fixture(scope="session")
def bucket() -> Any:
    return boto3.client(
        "s3",
        endpoint_url=os.environ["S3_ENDPOINT_URL"],
        region_name=os.environ["S3_REGION"],
        aws_access_key_id=os.environ["S3_GPU_WRITER_KEY_ID"],
        aws_secret_access_key=os.environ["S3_GPU_WRITER_SECRET"],
    )


STANDARD_FILES = {
    (Kind.HLS, "master.m3u8"): b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv0/index.m3u8\n",
    (Kind.HLS, "v0/00000.m4s"): SEGMENT,
    (Kind.IMG, "poster.webp"): b"RIFF....WEBP",
    (Kind.IMG, "waveform.json"): b"{}",
    (Kind.MP4, "proxy.mp4"): MP4,
}


@pytest.fixture(scope="session")
def publish(bucket: Any) -> Callable[..., Published]:
    """Put the files of a new digest of a new organisation into storage, as the renderer would."""

    def put(
        nginx: Edge,
        *,
        files: dict[tuple[Kind, str], bytes] | None = None,
        organization: UUID | None = None,
        digest: str | None = None,
        **claims: Any,
    ) -> Published:
        grant = Grant(
            organization=organization or uuid4(),
            digest=digest or os.urandom(32).hex(),
            kinds=ALL_KINDS,
            **claims,
        )
        files = STANDARD_FILES if files is None else files
        for (kind, rest), body in files.items():
            bucket.put_object(
                Bucket="previews", Key=edge_tokens.object_key(grant, kind=kind, rest=rest), Body=body
            )
        return Published(grant=grant, files=files, port=nginx.config.port)

    return put


@pytest.fixture(scope="session")
def preview(nginx: Edge, publish: Callable[..., Published]) -> Published:
    """A whole preview, for tests that only look."""
    return publish(nginx, share=uuid4())
