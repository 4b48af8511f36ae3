"""How many uploads are on their way; over all tenants, without ids."""

from __future__ import annotations

from django.db import connection

from dam.core.observing.gauges import Reading
from ingest.states import State

ON_THEIR_WAY = (State.OPEN, State.UPLOADED, State.PROMOTING)


def load() -> list[Reading]:
    """Return the uploads that still lie in staging, and the bytes that they reserve.

    Locks and transaction: outside any scope; one read.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT state, uploads, reserved_bytes FROM uploads_load()")
        found = {state: (uploads, reserved) for state, uploads, reserved in cursor.fetchall()}
    states = sorted({*(str(each.value) for each in ON_THEIR_WAY), *found})
    return [
        reading
        for state in states
        for reading in (
            Reading("dam_uploads", "Uploads in staging", found.get(state, (0, 0))[0], {"state": state}),
            Reading(
                "dam_upload_reserved_bytes",
                "Quota that uploads reserve",
                found.get(state, (0, 0))[1],
                {"state": state},
            ),
        )
    ]
