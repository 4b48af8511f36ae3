"""Where one stack keeps its files and which ports it listens on."""

from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PORTS_PER_STACK = 40


@dataclass(frozen=True)
class Ports:
    """Every listener of a stack, counted from its base port (the contract's P…P+39)."""

    base: int

    @property
    def front(self) -> int:
        return self.base

    @property
    def edge(self) -> int:
        return self.base + 1

    @property
    def edge_control(self) -> int:
        return self.base + 2

    @property
    def api(self) -> int:
        return self.base + 3

    @property
    def live(self) -> int:
        return self.base + 4

    @property
    def postgres(self) -> int:
        return self.base + 5

    @property
    def redis(self) -> int:
        return self.base + 6

    @property
    def s3(self) -> int:
        return self.base + 7

    @property
    def weed_master(self) -> int:
        return self.base + 8

    @property
    def weed_master_grpc(self) -> int:
        return self.base + 9

    @property
    def weed_volume(self) -> int:
        return self.base + 10

    @property
    def weed_volume_grpc(self) -> int:
        return self.base + 11

    @property
    def weed_filer(self) -> int:
        return self.base + 12

    @property
    def weed_filer_grpc(self) -> int:
        return self.base + 13

    @property
    def s3_grpc(self) -> int:
        return self.base + 14


@dataclass(frozen=True)
class Layout:
    """The directories of one stack below its data directory."""

    data_dir: Path
    ports: Ports

    @classmethod
    def of(cls, data_dir: Path, *, base_port: int) -> "Layout":
        return cls(data_dir=data_dir.absolute(), ports=Ports(base_port))

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"

    @property
    def run(self) -> Path:
        return self.data_dir / "run"

    @property
    def scratch(self) -> Path:
        return self.data_dir / "scratch"

    @property
    def state_file(self) -> Path:
        return self.run / "state.json"

    @property
    def lock_file(self) -> Path:
        return self.run / "supervisor.lock"

    @property
    def secrets_file(self) -> Path:
        return self.data_dir / "secrets.json"

    @property
    def credentials_file(self) -> Path:
        return self.data_dir / "credentials.json"

    def service_dir(self, name: str) -> Path:
        return self.data_dir / name

    def log_of(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def make_directories(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        for directory in (self.logs, self.run, self.scratch):
            directory.mkdir(mode=0o700, exist_ok=True)
