"""The watermark of a link: what may be asked for, and the text that one guest's copies carry."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dam.core import registry
from dam.core.access import Mark
from shares import marks
from tests.cast import Cast
from tests.shares.gallery import Guest, make_asset, share

CAME_AT = datetime(2026, 11, 21, 9, 41, tzinfo=UTC)
USUAL = {"per_viewer": False, "position": "bottom_right", "opacity": 0.4}


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (None, None),
        (False, None),
        ("", None),
        (True, {"text": marks.DEFAULT_TEXT} | USUAL),
        ({}, {"text": marks.DEFAULT_TEXT} | USUAL),
        ("For review", {"text": "For review"} | USUAL),
        (
            {"text": "Cut 3", "position": "top-left", "opacity": 0.2},
            {"text": "Cut 3", "per_viewer": False, "position": "top_left", "opacity": 0.2},
        ),
        ({"per_viewer": True}, {"text": marks.DEFAULT_PERSONAL_TEXT} | USUAL | {"per_viewer": True}),
        ({"text": "For {email}"}, {"text": "For {email}"} | USUAL | {"per_viewer": True}),
        (
            {"text": "Secret", "per_viewer": True},
            {"text": "Secret\n{name} · {email}"} | USUAL | {"per_viewer": True},
        ),
    ],
)
def test_a_watermark_is_kept_as_it_will_be_used(cast: Cast, asked: Any, kept: Any) -> None:
    asset, _ = make_asset(cast)

    made = share(cast, asset, watermark=asked)

    assert made["watermark"] == kept
    assert Guest(made["token"]).look()["watermark"] == kept


def test_a_watermark_comes_and_goes_by_a_change_of_terms(cast: Cast) -> None:
    asset, _ = make_asset(cast)
    path = f"/api/shares/{share(cast, asset)['id']}"

    assert cast.editor.patch(path, {"watermark": "Mine"})["watermark"]["text"] == "Mine"
    assert cast.editor.patch(path, {"name": "Other"})["watermark"]["text"] == "Mine"
    assert cast.editor.patch(path, {"watermark": None})["watermark"] is None
    assert cast.editor.patch(path, {"watermark": True})["watermark"]["text"] == marks.DEFAULT_TEXT


@pytest.mark.parametrize(
    ("text", "name", "email", "drawn"),
    [
        ("{name} · {email}", "Ada", "ada@example.test", "Ada · ada@example.test"),
        ("{name} · {email}", "", "", "Guest · 203.0.113.9"),
        ("{share}, {date} {time}", "", "", "Cut 3, 2026-11-21 09:41 UTC"),
        ("{name}", "{email} {time}", "ada@example.test", "{email} {time}"),
        ("{nobody} {} {name", "Ada", "", "{nobody} {} {name"),
    ],
)
def test_fields_are_filled_in_once(text: str, name: str, email: str, drawn: str) -> None:
    template = marks.Template(text, True, "top", 0.5)
    viewer = marks.Viewer(name=name, email=email, ip="203.0.113.9", came_at=CAME_AT)

    assert marks.mark_for(template, share_name="Cut 3", viewer=viewer) == Mark(drawn, "top", 0.5)


def test_what_is_not_known_leaves_no_gap() -> None:
    template = marks.Template(marks.DEFAULT_PERSONAL_TEXT, True, "top", 0.5)
    viewer = marks.Viewer(name="Ada", email="", ip="", came_at=CAME_AT)

    assert marks.mark_for(template, share_name="", viewer=viewer).text == "Ada\n2026-11-21"


def test_a_named_guest_is_in_the_mark(cast: Cast) -> None:
    asset, _ = make_asset(cast)
    made = share(cast, asset, watermark={"text": "{name} / {email}"})
    access = Guest(made["token"]).unlock(name="Ada", email="ada@example.test")["access"]

    guest = registry.guest_of(made["token"], cookies={}, headers={"X-Share-Access": access})

    assert guest is not None
    assert guest.share is not None
    assert guest.share.mark == Mark("Ada / ada@example.test", "bottom_right", 0.4)
