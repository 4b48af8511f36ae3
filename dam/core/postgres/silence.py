"""Cutting connections to a database that takes what it is told and answers nothing.

libpq waits for an answer as long as the kernel says that somebody is there, and a server that is stopped, or a proxy
that has lost its server, confirms every packet. Whoever asked would wait until a person came.
"""

from __future__ import annotations

import logging
import os
import socket
import struct
import threading
from collections.abc import Callable
from functools import partial
from weakref import WeakSet

import psycopg
from psycopg.pq import TransactionStatus

from dam.core import daemons

logger = logging.getLogger(__name__)
TURN_S = 1.0
#: Of Linux's `struct tcp_info` the milliseconds since data was last sent, and since some was last received.
_SINCE = struct.Struct("=8x 36x I 4x I")
_lock = threading.Lock()
_known: WeakSet[psycopg.Connection] = WeakSet()


def note(connection: psycopg.Connection) -> None:
    """Look after a connection as long as it lives."""
    with _lock:
        _known.add(connection)


def watch(*, after_s: float, then: Callable[[], None]) -> None:
    """Cut, from now on, whatever connection has waited so many seconds for a byte; `then` is called after a cut."""
    daemons.start("silence", partial(_watch, after_s, then))


def _watch(after_s: float, then: Callable[[], None]) -> None:
    while not daemons.is_ending_within(TURN_S):
        with _lock:
            known = list(_known)
        # All of them: the first waits no longer because the second is cut, too.
        if sum([_cut_if_silent(each, after_s=after_s) for each in known]):
            then()


def _cut_if_silent(connection: psycopg.Connection, *, after_s: float) -> bool:
    try:
        if connection.pgconn.transaction_status != TransactionStatus.ACTIVE:
            return False
        # A duplicate: the number may be another file's by the time it is used, but that one is not waiting for us.
        with socket.socket(fileno=os.dup(connection.pgconn.socket)) as link:
            if link.family == socket.AF_UNIX or _silent_s(link) < after_s:
                return False
            link.shutdown(socket.SHUT_RDWR)
    except (psycopg.Error, OSError):
        # It has just ended by itself.
        return False
    logger.warning("database.silent", extra={"seconds": after_s})
    return True


def _silent_s(link: socket.socket) -> float:
    """Return for how long nothing has come or gone."""
    since_ms = _SINCE.unpack(link.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SINCE.size))
    return float(min(since_ms)) / 1000
