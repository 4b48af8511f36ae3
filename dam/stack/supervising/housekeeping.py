"""What a supervisor does beside its services: watch the disks, and turn the logs that servers write themselves."""

import logging
import signal
from datetime import UTC, datetime
from pathlib import Path

from dam.stack.errors import StackError
from dam.stack.layout import Layout
from dam.stack.servers.edge_service import Edge
from dam.stack.supervising import logs, processes
from dam.stack.supervising.disk import room_at, shortage
from dam.stack.supervising.supervised import Supervised
from dam.stack.supervising.watch import Watch

logger = logging.getLogger(__name__)

#: nginx fills a disk within seconds; looking costs a system call.
DISK_S = 2.0
LOGS_EVERY = 5


class Housekeeping:
    """Looks around every `DISK_S` seconds; quick enough for the supervisor's own loop, but for the edge's flag."""

    def __init__(self, layout: Layout, *, watch: Watch, supervised: list[Supervised]) -> None:
        self._layout = layout
        self._watch = watch
        self._supervised = supervised
        self.agent = next(
            (each.service.agent() for each in supervised if isinstance(each.service, Edge)), None
        )
        self._day = datetime.now(UTC).date()
        self._rounds = 0

    def look(self) -> list[str]:
        """Look at everything due; answer the warnings that `status` shows."""
        warnings = []
        if lack := shortage(room_at(self._layout.data_dir), watch=self._watch):
            warnings.append(lack)
        if self.agent is not None and self.agent.look():
            warnings.append("the edge streams without storing: its disk is nearly full")
        self._renew_settings()
        if self._rounds % LOGS_EVERY == 0:
            self._turn_own_logs()
        self._rounds += 1
        return warnings

    def _renew_settings(self) -> None:
        """Let servers take over what an operator changed on disk (the edge: its signing keys)."""
        for supervised in self._supervised:
            if supervised.state.process is None:
                continue
            try:
                if supervised.service.renew():
                    processes.signal_process(supervised.pid, signal.SIGHUP)
                    logger.info("service.renewed %s", supervised.service.name)
            except (StackError, OSError) as error:
                logger.warning("service.not_renewed %s %s", supervised.service.name, error)

    def _turn_own_logs(self) -> None:
        today = datetime.now(UTC).date()
        for supervised in self._supervised:
            kept = supervised.service.kept_logs
            turned = [
                path
                for path in supervised.service.own_logs
                if self._turn(path, kept.get(path.name, logs.KEPT))
            ]
            if turned and supervised.state.process is not None:
                processes.signal_process(supervised.pid, signal.SIGUSR1)
        self._day = today

    def _turn(self, path: Path, kept: int) -> bool:
        try:
            return logs.turn_if_due(path, limit_bytes=self._watch.log_bytes, began=self._day, kept=kept)
        except OSError as error:
            logger.warning("log.not_turned %s %s", path, error.strerror)
            return False
