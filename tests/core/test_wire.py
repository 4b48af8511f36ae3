"""Several statements in one message, on connections whose sessions remember, forget and refuse."""

from __future__ import annotations

import psycopg
import pytest

from dam.core import reads, wire

ONE, TWO = wire.call("SELECT %(it)s::int", {"it": 1}), wire.call("SELECT %(it)s::int * 2", {"it": 2})
WRONG = wire.call("SELECT 1 / (%(it)s::int - 1)", {"it": 1})


def answers(link: object, *calls: wire.Call) -> list[object]:
    found = wire.ask(link, calls)  # type: ignore[arg-type]  # as `borrowed` lends it
    return [wire.first_row(link, each) for each in found]  # type: ignore[arg-type]  # likewise


@pytest.mark.usefixtures("committed")
def test_a_rollback_after_which_psycopg_forgets_costs_no_connection() -> None:
    with wire.borrowed() as link:
        assert answers(link, ONE, TWO) == [(1,), (4,)]
        link.prepare_threshold = link.prepare_threshold or reads.PREPARE_FROM
        link.execute("BEGIN")
        psycopg.Cursor(link).execute("SELECT 3", prepare=True)
        link.rollback()
        left = link.execute("SELECT name FROM pg_prepared_statements").fetchall()
        assert left == []

        assert answers(link, TWO, ONE) == [(4,), (1,)]
        assert answers(link, ONE, TWO) == [(1,), (4,)]
        assert not link.closed


@pytest.mark.usefixtures("committed")
def test_a_refusal_is_told_by_its_code_and_nothing_of_it_is_done(caplog: pytest.LogCaptureFixture) -> None:
    with wire.borrowed() as link:
        answers(link, ONE)
        with pytest.raises(wire.Unforeseen):
            answers(link, ONE, WRONG, TWO)
        assert link.closed
    assert [each.sqlstate for each in caplog.records if each.message == "wire.refused"] == ["22012"]  # type: ignore[attr-defined]  # named in `extra`
