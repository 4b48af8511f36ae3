"""Telling a database that serves nobody for the moment from one that refuses what this caller asked.

Whatever met an outage did nothing wrong: a request is told to come back, and work does not spend a try.
"""

from __future__ import annotations

import psycopg

#: Classes of SQLSTATE: the connection broke; no memory, disk or connection is left; the server stops or starts.
_AWAY = ("08", "53", "57P")
#: A server that may only read, as while another one takes its place.
_READ_ONLY = "25006"


def is_database_away(error: BaseException | None) -> bool:
    """Tell whether an error, the driver's or the framework's around it, comes from a database that is away.

    Source: PostgreSQL's appendix "Error Codes"; without a code the connection itself failed, or none could be had.
    """
    cause = error if isinstance(error, psycopg.Error) else getattr(error, "__cause__", None)
    if not isinstance(cause, psycopg.Error):
        return False
    code = cause.sqlstate
    if code is None:
        return isinstance(cause, psycopg.OperationalError)
    return code.startswith(_AWAY) or code == _READ_ONLY
