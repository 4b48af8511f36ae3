"""What a supervisor does beside its services: watch the disks, and turn the logs that servers write themselves."""

import logging
import signal
from datetime import UTC, datetime
from pathlib import Path

from dam.stack.layout import Layout
from dam.stack.supervising import logs, processes
from dam.stack.supervising.disk import EDGE_LOW_BYTES, EDGE_WELL_BYTES, EdgeDiskGuard, room_at, shortage
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
        has_edge = any(each.service.name == "edge" for each in supervised)
        self.guard = (
            EdgeDiskGuard(layout, low_bytes=EDGE_LOW_BYTES, well_bytes=EDGE_WELL_BYTES) if has_edge else None
        )
        self._day = datetime.now(UTC).date()
        self._rounds = 0

    def look(self) -> list[str]:
        """Look at everything due; answer the warnings that `status` shows."""
        warnings = []
        if lack := shortage(room_at(self._layout.data_dir), watch=self._watch):
            warnings.append(lack)
        if self.guard is not None and self.guard.look():
            warnings.append("the edge streams without storing: its disk is nearly full")
        if self._rounds % LOGS_EVERY == 0:
            self._turn_own_logs()
        self._rounds += 1
        return warnings

    def _turn_own_logs(self) -> None:
        today = datetime.now(UTC).date()
        for supervised in self._supervised:
            turned = [path for path in supervised.service.own_logs if self._turn(path)]
            if turned and supervised.state.process is not None:
                processes.signal_process(supervised.pid, signal.SIGUSR1)
        self._day = today

    def _turn(self, path: Path) -> bool:
        try:
            return logs.turn_if_due(path, limit_bytes=self._watch.log_bytes, began=self._day)
        except OSError as error:
            logger.warning("log.not_turned %s %s", path, error.strerror)
            return False
