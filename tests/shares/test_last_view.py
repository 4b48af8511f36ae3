"""Two guests at the last view."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from tests.cast import Cast
from tests.shares.gallery import Guest, make_asset, share


def test_no_more_guests_come_in_than_views_are_left(committed_cast: Cast):
    asset, _ = make_asset(committed_cast)
    token = share(committed_cast, asset, max_views=3)["token"]

    def look(_: int) -> int:
        try:
            return int(Guest(token).look().status)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(look, range(12)))

    assert statuses == [200] * 3 + [404] * 9
