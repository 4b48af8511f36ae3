"""How often a link's password may be guessed, and by whom."""

from __future__ import annotations

from uuid import UUID

from dam.core.web import limits
from dam.core.web.limits import QUARTER_S, Guess, Rate

#: Wrong passwords by one address at one link.
BY_ADDRESS = Rate(10, QUARTER_S)
#: Wrong passwords at one link, by all addresses that have never opened it.
BY_LINK = Rate(100, QUARTER_S)


def admit(share_id: UUID, *, ip: str, has_been_in: bool) -> Guess:
    """Admit one password before it is looked at.

    Whoever sends a link's password from many addresses closes the link to addresses that it does not know; one
    that has opened it before (`has_been_in`) answers for its own wrong passwords alone.

    Raises:
        TooManyRequests: too many wrong ones came from here, or from all unknown addresses together.
    """
    by_address = {f"unlock:{share_id}:{limits.address_key(ip)}": BY_ADDRESS}
    return limits.guess("unlock", by_address if has_been_in else by_address | {f"unlock:{share_id}": BY_LINK})
