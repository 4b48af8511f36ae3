"""Our own processes: API, live, and the workers."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from dam.stack.config import StackConfig
from dam.stack.layout import CHECKOUT
from dam.stack.servers import card
from dam.stack.servers.beat import CONSUMING, STALE_AFTER_S
from dam.stack.servers.service import KEPT_MEMORY, LOOPBACK, Listening, Service, http_status
from dam.stack.supervising.processes import Command

API_THREADS = 8
SHORT_THREADS = 4
START_TIMEOUT_S = 120.0


class Api(Listening):
    """The WSGI server: one worker process with a few threads."""

    name = "api"
    start_timeout_s = START_TIMEOUT_S
    stop_grace_s = 4.0

    def __init__(self, config: StackConfig) -> None:
        super().__init__(config.layout)
        self.config = config

    @property
    def port(self) -> int:
        return self.layout.ports.api

    def command(self) -> Command:
        return _granian(
            self.config,
            *("--interface", "wsgi", "--port", str(self.port), "--no-ws"),
            *("--blocking-threads", str(API_THREADS), "dam.wsgi:application"),
            environment=KEPT_MEMORY,
        )

    def is_ready(self) -> bool:
        return http_status(f"http://{self.address}/readyz", timeout_s=5) == 200

    def answers(self) -> bool:
        return http_status(f"http://{self.address}/healthz") is not None


class Live(Listening):
    """The ASGI server: sockets, and in its background the outbox relay and the schedule."""

    name = "live"
    start_timeout_s = START_TIMEOUT_S
    stop_grace_s = 4.0

    def __init__(self, config: StackConfig) -> None:
        super().__init__(config.layout)
        self.config = config

    @property
    def port(self) -> int:
        return self.layout.ports.live

    def command(self) -> Command:
        return _granian(
            self.config,
            *("--interface", "asgi", "--port", str(self.port), "--ws", "--loop", "asyncio"),
            "dam.asgi:application",
        )

    def is_ready(self) -> bool:
        """Tell whether the application answers; the listener is open before it has loaded."""
        return http_status(f"http://{self.address}/healthz") is not None


def _environment(config: StackConfig) -> dict[str, str]:
    """Answer a server's environment: beside what every process gets, where to count."""
    return {"METRICS_DIR": str(config.layout.run / "metrics")} | config.process_environment()


def _granian(
    config: StackConfig, *arguments: str, environment: Mapping[str, str] = MappingProxyType({})
) -> Command:
    return Command(
        argv=(
            *(
                sys.executable,
                "-m",
                "granian",
                "--host",
                LOOPBACK,
                "--workers",
                "1",
                "--log-level",
                "warning",
                "--log-config",
                str(CHECKOUT / "deploy" / "logging" / "granian.json"),
            ),
            *("--respawn-failed-workers", "--workers-kill-timeout", "2", *arguments),
        ),
        cwd=CHECKOUT,
        env={**_environment(config), **environment},
    )


class Worker(Service):
    """A Celery worker with a thread pool on one queue, or on several (with commas between)."""

    start_timeout_s = START_TIMEOUT_S
    stop_grace_s = 4.0

    def __init__(
        self, config: StackConfig, *, name: str, queue: str, threads: int, encoder: str = "cpu"
    ) -> None:
        super().__init__(config.layout)
        self.encoder = encoder
        self.config = config
        self.name = name
        self.queue = queue
        self.threads = threads

    @property
    def address(self) -> str:
        return f"queue {self.queue}"

    @property
    def ready_file(self) -> Path:
        return self.layout.run / f"{self.name}.ready"

    def prepare(self) -> None:
        self.ready_file.unlink(missing_ok=True)

    def command(self) -> Command:
        return Command(
            argv=(
                *(sys.executable, "-m", "dam.stack.servers.worker", "--queue", self.queue),
                *("--name", self.name, "--threads", str(self.threads), "--ready-file", str(self.ready_file)),
            ),
            cwd=CHECKOUT,
            env=_environment(self.config) | KEPT_MEMORY | {"PREVIEW_ENCODER": self.encoder},
        )

    def is_ready(self) -> bool:
        """Tell whether it takes messages: `dam.stack.servers.worker` renews its file as long as it does."""
        return self._heard() == CONSUMING

    def answers(self) -> bool:
        """Tell whether it lives, also while its broker is away."""
        return self._heard() is not None

    def _heard(self) -> str | None:
        try:
            if time.time() - self.ready_file.stat().st_mtime > STALE_AFTER_S:
                return None
            return self.ready_file.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None


def application_services(config: StackConfig) -> list[Service]:
    """Answer the processes of the platform itself, not started."""
    cards = (
        [Worker(config, name="worker-gpu", queue="gpu", threads=1, encoder="nvenc")] if card.works() else []
    )
    # What waited for a card that is gone is made by the processor.
    queue = "encode" if cards else "encode,gpu"
    encoders = [
        Worker(config, name=f"worker-encode-{number}", queue=queue, threads=1)
        for number in range(1, config.encode_workers + 1)
    ]
    return [
        Api(config),
        Live(config),
        Worker(config, name="worker-short", queue="short", threads=SHORT_THREADS),
        *encoders,
        *cards,
    ]
