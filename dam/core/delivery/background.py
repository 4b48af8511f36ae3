"""The relay and the schedule as threads of a process; they outlive restarts of the database and of Redis."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
from django.db import Error as DjangoDatabaseError
from django.db import connection

from dam.core.db import line_of_its_own
from dam.core.delivery import outbox, timetable
from dam.core.delivery.relay import ORGANIZATIONS, relay_once
from dam.core.delivery.schedule import Task, tasks

logger = logging.getLogger(__name__)
SWEEP_S = 1.0
# The first message after a quiet moment goes at once; in a burst those of this long go together.
GATHER_S = 0.02
FIRST_BACK_OFF_S, LONGEST_BACK_OFF_S = 0.25, 8.0
SCHEDULE_THREADS, URGENT_THREADS = 2, 1
_LOST = (DjangoDatabaseError, psycopg.Error, psycopg.errors.OperationalError, OSError)


class Loop(threading.Thread):
    """A thread that repeats `turn` until it is stopped, and backs off while the database is away."""

    def __init__(self, *, name: str) -> None:
        """Name the thread; it starts with `start`."""
        super().__init__(name=name, daemon=True)
        self.stopping = threading.Event()

    def stop(self, *, timeout_s: float = 5.0) -> None:
        """Ask the loop to end and wait for it."""
        self.stopping.set()
        self.join(timeout_s)

    def run(self) -> None:
        """Turn until stopped."""
        back_off_s = FIRST_BACK_OFF_S
        while not self.stopping.is_set():
            try:
                self.turn()
                back_off_s = FIRST_BACK_OFF_S
            except _LOST as error:
                logger.warning("background.waiting", extra={"loop": self.name, "error": str(error)})
                self.stopping.wait(back_off_s)
                back_off_s = min(back_off_s * 2, LONGEST_BACK_OFF_S)
            finally:
                connection.close()

    def turn(self) -> None:
        """Do one turn; what it raises for a lost connection is survived."""
        raise NotImplementedError


class RelayLoop(Loop):
    """Delivers the outbox as soon as a commit tells of it, and sweeps every second in case it did not."""

    def __init__(self) -> None:
        """Make the one relay of a process."""
        super().__init__(name="relay")

    def turn(self) -> None:
        """Listen and deliver until stopped or cut off."""
        with psycopg.connect(line_of_its_own("dam-relay"), autocommit=True) as listener:
            listener.execute("LISTEN dam_outbox")
            while not self.stopping.is_set():
                # Fewer than one turn could serve: nobody was left out, and whoever commits now will tell.
                while relay_once() >= ORGANIZATIONS and not self.stopping.is_set():
                    continue
                connection.close()
                self.stopping.wait(GATHER_S)
                for _ in listener.notifies(timeout=outbox.next_look_s(longest_s=SWEEP_S), stop_after=1):
                    pass


class ScheduleLoop(Loop):
    """Claims scheduled tasks when they are due and runs them beside each other."""

    def __init__(self) -> None:
        """Make the one schedule of a process, with threads for its tasks."""
        super().__init__(name="schedule")
        self._usual = ThreadPoolExecutor(SCHEDULE_THREADS, thread_name_prefix="schedule")
        self._urgent = ThreadPoolExecutor(URGENT_THREADS, thread_name_prefix="urgent")
        self._running: dict[str, Future[None]] = {}
        self._is_prepared = False

    def turn(self) -> None:
        """Start every task that is due and not still running here."""
        if not self._is_prepared:
            timetable.prepare()
            self._is_prepared = True
        for task in timetable.due([each for each in tasks() if self._is_free(each)]):
            if timetable.claim(task):
                pool = self._urgent if task.is_urgent else self._usual
                self._running[task.name] = pool.submit(_perform, task)
        connection.close()
        self.stopping.wait(SWEEP_S)

    def _is_free(self, task: Task) -> bool:
        """Tell whether the task's last run here has ended."""
        before = self._running.get(task.name)
        return before is None or before.done()

    def stop(self, *, timeout_s: float = 5.0) -> None:
        """Start nothing more; a task in flight is not waited for beyond the process's end."""
        super().stop(timeout_s=timeout_s)
        for pool in (self._usual, self._urgent):
            pool.shutdown(wait=False, cancel_futures=True)


def _perform(task: Task) -> None:
    try:
        timetable.perform(task)
    finally:
        connection.close()
