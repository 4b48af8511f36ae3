"""Comments as a file."""

import csv
import io

import orjson
import pytest

from tests.cast import Cast
from tests.comments.test_comments import say
from tests.shares.gallery import VIDEO_FACTS, Guest, make_asset, share


def test_csv_lists_every_comment_with_its_timecode(cast: Cast):
    _, version = make_asset(cast, **VIDEO_FACTS)
    say(cast.reviewer, version, 'Say "cheese", please\nnow', frame_in=50)

    answer = cast.viewer.get(f"/api/versions/{version.id}/comments/export?format=csv")

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    rows = list(csv.DictReader(io.StringIO(answer.response.content.decode("utf-8-sig"))))
    assert (rows[0]["timecode"], rows[0]["frame_out"]) == ("10:00:02:00", "51")
    assert rows[0]["body"] == 'Say "cheese", please\nnow'


@pytest.mark.parametrize("formula", ['=HYPERLINK("http://evil")', "+1", "-1", "@SUM(A1)"])
def test_no_cell_becomes_a_formula(cast: Cast, formula: str):
    asset, version = make_asset(cast)
    guest = Guest(share(cast, asset, allow_comments=True)["token"])
    guest.unlock(name=formula)
    guest.comment(version, body=formula)

    answer = cast.editor.get(f"/api/versions/{version.id}/comments/export?format=csv")

    rows = list(csv.DictReader(io.StringIO(answer.response.content.decode("utf-8-sig"))))
    assert (rows[0]["author"], rows[0]["body"]) == (f"'{formula}", f"'{formula}")


def test_json_holds_the_documents(cast: Cast):
    _, version = make_asset(cast)
    made = say(cast.reviewer, version)

    answer = cast.viewer.get(f"/api/versions/{version.id}/comments/export?format=json")

    assert orjson.loads(answer.response.content) == [made.json]


@pytest.mark.parametrize("query", ["", "?format=edl", "?format=xlsx", "?format=csv&who=me"])
def test_other_formats_are_refused_by_name(cast: Cast, query: str):
    _, version = make_asset(cast)

    answer = cast.viewer.get(f"/api/versions/{version.id}/comments/export{query}")

    assert (answer.status, list(answer.errors)) == (400, ["who" if "who" in query else "format"])
