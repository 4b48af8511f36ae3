"""What the product asks the database for searches: `python -m bench.tenancy_stand`, an organisation and words a line.

It answers each line with the statement of an admin's page of a hundred finds and its values, as both are sent.
"""

import json
import os
import sys
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dam.settings")
django.setup()

from assets.queries import AssetFilter, pages  # noqa: E402  Django must know its settings first
from assets.queries.statements import page_statement  # noqa: E402  as above
from dam.core import tenancy, wire  # noqa: E402  as above
from dam.core.access import Actor, Membership, Role  # noqa: E402  as above
from dam.core.web.pagination import PageRequest  # noqa: E402  as above

ROWS = 100


def asked(organization: UUID, words: str) -> wire.Call:
    """Answer what the hot door sends for a search, the newest finds first."""
    here = {organization: Membership(organization, "", "", Role.ADMIN)}
    admin = Actor(kind="user", id=organization, organizations=here)
    with tenancy.scope(organization):
        request = PageRequest("", {}, "-created_at", limit=ROWS)
        found = pages.question(admin, AssetFilter(q=words), request)
    if found is None or not found.shape.is_plain:
        raise RuntimeError(f"{words}: not asked in one prepared statement")
    return wire.call(page_statement(found.shape), found.values)


def main() -> None:
    """Answer each line with one of JSON."""
    for line in sys.stdin:
        organization, words = line.split(maxsplit=1)
        query, values = asked(UUID(organization), words.strip())
        told = [None if each is None else each.decode() for each in values or ()]
        sys.stdout.write(f"{json.dumps({'statement': query, 'values': told})}\n")


if __name__ == "__main__":
    main()
