"""Django's PostgreSQL backend with another check of pooled connections; Django asks for a module of this name.

Django tries a connection before it is lent and lets a thread of the pool reset it afterwards: two calls and a change
of threads. One call before it is lent does both (decision 0065).
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import ClassVar

import psycopg
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg.pq import ExecStatus
from psycopg_pool import ConnectionPool

from dam.core.postgres import silence

#: Everything that this platform ever sets; a session-level value would outlive `close()` in the pool.
_untried: ContextVar[bool] = ContextVar("lent_untried", default=False)
_FORGET = b"RESET app.organization_id; RESET app.member_of"


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection as Django knows it, from a pool whose connections are alive and without a tenant."""

    # Of Django's own class; the stubs leave them out.
    _connection_pools: ClassVar[dict[str, ConnectionPool[psycopg.Connection]]]
    _configure_connection: Callable[[psycopg.Connection], object]

    @property
    def pool(self) -> ConnectionPool[psycopg.Connection] | None:
        """The pool of this process, where settings ask for one."""
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        if self.alias not in self._connection_pools:
            made = ConnectionPool(
                kwargs={**self.get_connection_params(), "autocommit": True},
                open=False,
                configure=self._begin,
                check=partial(_try, self.alias),
                **options,
            )
            # Several threads may come here at once; an unopened pool holds nothing.
            self._connection_pools.setdefault(self.alias, made)
        return self._connection_pools[self.alias]

    def _begin(self, connection: psycopg.Connection) -> None:
        self._configure_connection(connection)
        silence.note(connection)

    def _set_autocommit(self, autocommit: bool) -> None:  # noqa: FBT001  Django's own signature
        """Leave alone what is as it should be: every connection comes out of the pool so, and asking takes a lock."""
        with self.wrap_database_errors:
            if self.connection.autocommit != autocommit:
                self.connection.autocommit = autocommit


def untried(pool: ConnectionPool[psycopg.Connection], patience_s: float) -> psycopg.Connection:
    """Borrow a connection as it is, for who bears that it is dead or remembers a tenant; waits so many seconds.

    Raises:
        psycopg.OperationalError: none could be had.
    """
    token = _untried.set(True)
    try:
        return pool.getconn(patience_s)
    finally:
        _untried.reset(token)


def forget_all(alias: str) -> None:
    """Have every connection of a pool made anew: the server has left one, so it has probably left them all.

    The pool alone would try them one by one, a second after the first, two after the second, and so on.
    """
    pool = DatabaseWrapper._connection_pools.get(alias)  # noqa: SLF001  Django's own place for it
    if pool is not None and not pool.closed:
        pool.drain()


def _try(alias: str, connection: psycopg.Connection) -> None:
    """Let a pooled connection forget its last tenant before it is lent.

    Raises:
        psycopg.OperationalError: the server has left it; the pool takes another.
    """
    if _untried.get():
        return
    result = connection.pgconn.exec_(_FORGET)
    if result.status != ExecStatus.COMMAND_OK:
        forget_all(alias)
        raise psycopg.OperationalError("the pooled connection is dead")
