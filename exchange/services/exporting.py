"""An export: recorded, then written as it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any
from uuid import UUID

from activity import services as activity
from assets.queries import AssetFilter
from dam.core.access import Actor
from dam.core.guard import guard
from exchange import queries
from exchange.errors import PluginFailed
from exchange.export.formats import Format, gathered


def export(
    actor: Actor,
    *,
    organization_id: UUID,
    wanted: AssetFilter,
    sort: str,
    form: Format,
    asked: Mapping[str, str],
) -> Iterator[bytes]:
    """Return the file of all assets that the actor sees and that match, in pieces; record who took what was `asked`.

    The first batch is read at once, so that whatever is wrong with the question is said before the answer begins.

    Locks and transaction: in scope; the pieces are read outside of it, each batch in a transaction of its own.

    Raises:
        Invalid: as the list of assets.
        PluginFailed: the format is a plug-in's, and it could not begin.
    """
    keys = queries.field_keys(actor, project_id=wanted.project)
    batches = queries.records(actor, organization_id=organization_id, wanted=wanted, sort=sort)
    first = next(batches)
    activity.record(
        actor,
        verb="assets.exported",
        project_id=wanted.project,
        target_kind="project" if wanted.project else "organization",
        target_id=wanted.project or organization_id,
        data={"format": form.name, "query": dict(asked)},
    )
    records = chain.from_iterable(chain([first], batches))
    return _begun(form, records, keys) if form.is_plugin else gathered(form.write(records, keys))


def _begun(form: Format, records: Iterator[dict[str, Any]], keys: Sequence[str]) -> Iterator[bytes]:
    """Let a plug-in begin, so that one that cannot says so before the answer does.

    Raises:
        PluginFailed: it raised, or what it writes is no bytes.
    """
    beginning = b""
    with guard("plugin.failed", plugin=form.name) as outcome:
        pieces = gathered(form.write(records, keys))
        beginning = next(pieces, b"")
    if outcome.error is not None:
        raise PluginFailed(f"The exporter {form.name} failed; the log tells why.")
    return chain([beginning], pieces)
