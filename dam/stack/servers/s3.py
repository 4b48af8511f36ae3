"""The embedded S3: SeaweedFS with one identity per duty."""

import hmac
import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from dam.stack import files
from dam.stack.errors import ServiceFailed, StackError
from dam.stack.keys import StackKeys
from dam.stack.layout import CHECKOUT, Layout, Ports
from dam.stack.servers import binaries
from dam.stack.servers.service import LOOPBACK, Listening, base_environment, http_json, http_status
from dam.stack.supervising.processes import Command

REGION = "us-east-1"
SOCKETS = Path("/tmp")  # noqa: S108  compiled into SeaweedFS; only the owner may connect
# The store's heap may take a sixteenth of the machine before its collector works without pause; what it holds while gigabytes
# pass is some 600 MB, and held to 256 MiB it spends more than half of its processor time on collecting (decision 0168).
HEAP_SHARE, LEAST_HEAP_MIB, MOST_HEAP_MIB = 16, 256, 768
BUCKETS = ("staging", "masters", "previews", "docs", "backups")

# What each identity may do: enough for its duty, and the store refuses the rest. SeaweedFS ignores
# Deny policies, so the narrow action list is the fence here.
ACTIONS = {
    "provisioner": ("Admin",),
    "uploader": ("Write:staging", "List:staging"),
    "promoter": (
        *("Read:staging", "List:staging", "Write:staging"),
        *("Read:masters", "List:masters", "Write:masters"),
        *("PutObjectRetention:masters", "GetObjectRetention:masters", "PutObjectLegalHold:masters"),
        *("Read:docs", "Write:docs"),
    ),
    "gpu-writer": ("Read:masters", "Read:previews", "Write:previews", "List:previews"),
    "edge-reader": ("Read:previews", "List:previews"),
    "backup-writer": ("Write:backups",),
    "reader": ("Read:masters",),
    "purger": ("Read:masters", "List:masters", "Write:masters", "GetObjectRetention:masters"),
}


class S3(Listening):
    """SeaweedFS as one process: master, volume server, filer and S3 gateway."""

    name = "s3"
    # Its filer waits 15 s for a stream that its own gateway holds open. The HTTP side drains within the
    # grace; what is written lies with the kernel, so killing the rest loses nothing (decision 0045).
    stop_grace_s = 2.0

    def __init__(self, layout: Layout, *, keys: StackKeys) -> None:
        super().__init__(layout)
        self.keys = keys

    @property
    def port(self) -> int:
        return self.layout.ports.s3

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def listeners(self) -> tuple[int, ...]:
        return tuple(range(self.layout.ports.s3, self.layout.ports.s3_grpc + 1))

    @property
    def directory(self) -> Path:
        return self.layout.service_dir("s3")

    @property
    def portal_origin(self) -> str:
        return f"http://{LOOPBACK}:{self.layout.ports.front}"

    def environment(self) -> dict[str, str]:
        """Answer what our processes need; the provisioner's pair stays with the stack."""
        pairs: dict[str, str] = {}
        for name, pair in self.keys.s3.items():
            if name != "provisioner":
                prefix = f"S3_{name.upper().replace('-', '_')}"
                pairs |= {f"{prefix}_KEY_ID": pair.key_id, f"{prefix}_SECRET": pair.secret}
        return {"S3_ENDPOINT_URL": self.url, "S3_PUBLIC_URL": self.url, "S3_REGION": REGION, **pairs}

    def prepare(self) -> None:
        self.directory.mkdir(mode=0o700, exist_ok=True)
        (self.directory / "data").mkdir(exist_ok=True)
        if (left := foreign_socket(self.layout.ports)) is not None:
            raise StackError(f"{left} belongs to another user. Remove it, or choose another --port.")
        identities = [
            {
                "name": name,
                "credentials": [{"accessKey": pair.key_id, "secretKey": pair.secret}],
                "actions": list(ACTIONS[name]),
            }
            for name, pair in self.keys.s3.items()
        ]
        files.write_atomically(self.directory / "identities.json", json.dumps({"identities": identities}))
        # Volume server and filer listen on loopback too: without signatures, any local program could read
        # and delete there what the gateway guards.
        signing = "".join(
            f'[{section}]\nkey = "{self._internal_key(section)}"\nexpires_after_seconds = 60\n'
            for section in ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read")
        )
        files.write_atomically(self.directory / "security.toml", signing)

    def tidy(self) -> None:
        for path in sockets_of(self.layout.ports):
            with suppress(OSError):
                path.unlink()

    def _internal_key(self, purpose: str) -> str:
        """Derive a key for SeaweedFS's own use; nobody else ever needs to know it."""
        secret = self.keys.s3["provisioner"].secret
        return hmac.new(secret.encode(), purpose.encode(), "sha256").hexdigest()

    def command(self) -> Command:
        return Command(
            argv=(str(binaries.weed()), "-logtostderr=true", "-v=0", "server", *self._flags()),
            cwd=self.directory,
            env=base_environment({"GOMEMLIMIT": f"{heap_mib(machine_bytes())}MiB", "GOGC": "50"}),
        )

    def _flags(self) -> list[str]:
        ports = self.layout.ports
        return [
            *("-dir=data", f"-ip={LOOPBACK}", f"-ip.bind={LOOPBACK}"),
            *(f"-master.port={ports.weed_master}", f"-master.port.grpc={ports.weed_master_grpc}"),
            *("-master.electionTimeout=1s", "-master.telemetry=false", "-master.volumeSizeLimitMB=8192"),
            *(f"-volume.port={ports.weed_volume}", f"-volume.port.grpc={ports.weed_volume_grpc}"),
            *("-volume.max=1000", "-volume.preStopSeconds=0"),
            *("-filer", f"-filer.port={ports.weed_filer}", f"-filer.port.grpc={ports.weed_filer_grpc}"),
            *("-filer.localSocket=filer.sock", "-filer.exposeDirectoryData=false"),
            *("-s3", f"-s3.port={self.port}", f"-s3.port.grpc={ports.s3_grpc}", "-s3.port.iceberg=0"),
            *("-s3.port.lance=0", "-s3.iam=false", "-s3.localSocket=s3.sock"),
            *("-s3.config=identities.json", f"-s3.allowedOrigins={self.portal_origin}"),
            "-s3.autoCreateBucket=false",
        ]

    def is_ready(self) -> bool:
        """Tell whether the gateway answers and its volume server can take bytes; the two come up apart."""
        topology = http_json(f"http://{LOOPBACK}:{self.layout.ports.weed_master}/dir/status")
        if topology is None or topology.get("Topology", {}).get("Max", 0) == 0:
            return False
        return http_status(f"{self.url}/healthz") == 200

    def answers(self) -> bool:
        return http_status(f"{self.url}/healthz") is not None

    def provision(self) -> None:
        """Make the buckets and give each its first volumes; skipped once done with this recipe.

        Runs in a process of its own, so that the supervisor never carries the S3 library in its memory.

        Raises:
            ServiceFailed: with what the store said.
        """
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "dam.stack.servers.buckets",
                str(self.layout.data_dir),
                str(self.layout.ports.base),
            ],
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise ServiceFailed(f"the buckets could not be made:\n{done.stderr[-1500:]}")


def machine_bytes() -> int:
    """Answer how much memory the machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def heap_mib(memory_bytes: int) -> int:
    """Answer how large the store's heap may grow on a machine with so much memory, in MiB; a soft limit."""
    return min(max(memory_bytes // HEAP_SHARE // 1024**2, LEAST_HEAP_MIB), MOST_HEAP_MIB)


def sockets_of(ports: Ports) -> list[Path]:
    """Answer the sockets that SeaweedFS makes beside its ports, always in the same directory."""
    kinds = {
        "master": ports.weed_master_grpc,
        "volume": ports.weed_volume_grpc,
        "filer": ports.weed_filer_grpc,
    }
    return [SOCKETS / f"seaweedfs-{kind}-grpc-{port}.sock" for kind, port in kinds.items()]


def foreign_socket(ports: Ports) -> Path | None:
    """Answer a socket that another user's store left on these ports, and only that user (or root) may remove."""
    for path in sockets_of(ports):
        if path.exists() and os.geteuid() not in {0, path.lstat().st_uid}:
            return path
    return None
