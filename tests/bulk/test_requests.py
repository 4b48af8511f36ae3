"""What may be asked of many assets at once, and what is refused before anything is queued."""

from __future__ import annotations

from typing import Any

import pytest

from assets.services import create_field
from dam.core import tenancy
from dam.core.access import SYSTEM
from jobs.models import Job
from orgs.services import create_project
from tests.assets.catalogue import deliver
from tests.bulk.work import ask, assets_of, ids_of
from tests.cast import Cast

UNKNOWN = "01890000-0000-7000-8000-000000000000"


def jobs_in(cast: Cast) -> int:
    with tenancy.scope(cast.org_id):
        return Job.objects.filter(kind="bulk").count()


@pytest.mark.parametrize(
    ("action", "field"),
    [
        ({}, "action"),
        ({"tag": []}, "action"),
        ({"trash": False}, "action"),
        ({"shred": True}, "action.shred"),
        ({"set": {"fields": {"nothing": 1}}}, "action.set.fields.nothing"),
        ({"set": {"nothing": 1}}, "action.set.nothing"),
        ({"set": {"owner__password": "x"}}, "action.set.owner__password"),
        ({"set": {"fields": {"year": "MCMXC"}}}, "action.set.fields.year"),
        ({"set": {"year": True}}, "action.set.year"),
        ({"set": {"fields": {"camera": "E"}}}, "action.set.fields.camera"),
        ({"set": {"fields": ["year"]}}, "action.set.fields"),
        ({"set": {"title": " "}}, "action.set.title"),
        ({"set": {"title": 5}}, "action.set.title"),
        ({"set": {"tags": "x"}}, "action.set.tags"),
        ({"set": {"title": "a\u0000b"}}, "action.set.title"),
        ({"set": "x"}, "action.set"),
        ({"tag": "x"}, "action.tag"),
        ({"tag": [""]}, "action.tag.0"),
        ({"tag": ["a\nb"]}, "action.tag"),
        ({"untag": [5]}, "action.untag.0"),
        ({"move": "here"}, "action.move"),
        ({"move": UNKNOWN}, "action.move"),
        ({"collect": UNKNOWN}, "action.collect"),
        ({"trash": "yes"}, "action.trash"),
        ({"trash": True, "tag": ["x"]}, "action.trash"),
        ({"trash": True, "restore": True}, "action.trash"),
    ],
)
def test_an_action_that_makes_no_sense_is_refused_by_name(
    cast: Cast, action: dict[str, Any], field: str
) -> None:
    with tenancy.scope(cast.org_id):
        create_field(actor=SYSTEM, given={"name": "Year", "type": "number"})
        create_field(actor=SYSTEM, given={"name": "Camera", "type": "choice", "choices": ["A", "B"]})

    answer = ask(cast.editor, assets_of(cast, 1), action)

    assert (answer.status, list(answer.errors)) == (400, [field])
    assert jobs_in(cast) == 0


@pytest.mark.parametrize(
    ("selection", "field"),
    [
        ({}, "selection"),
        ({"ids": []}, "selection.ids"),
        ({"ids": "all"}, "selection.ids"),
        ({"ids": [5]}, "selection.ids.0"),
        ({"ids": ["x"]}, "selection.ids.0"),
        ({"ids": [UNKNOWN]}, "selection.ids.0"),
        ({"all": True}, "selection.all"),
        ({"query": {"owner__password": "x"}}, "selection.query.owner__password"),
        ({"query": {"kind": "film"}}, "selection.query.kind"),
        ({"query": {"project": "here"}}, "selection.query.project"),
        ({"query": {"project": UNKNOWN}}, "selection.query.project"),
        ({"query": {"collection": UNKNOWN}}, "selection.query.collection"),
        ({"query": {"field.nothing": "1"}}, "selection.query.field.nothing"),
        ({"query": {"trashed": True}}, "selection.query.trashed"),
        ({"query": {"limit": 2}}, "selection.query.limit"),
        ({"query": {"offset": 2}}, "selection.query.offset"),
        ({"query": ["q"]}, "selection.query"),
    ],
)
def test_a_selection_that_names_nothing_is_refused_by_name(
    cast: Cast, selection: dict[str, Any], field: str
) -> None:
    answer = cast.editor.post("/api/bulk", {"selection": selection, "action": {"tag": ["x"]}})

    assert (answer.status, list(answer.errors)) == (400, [field])
    assert jobs_in(cast) == 0


def test_ids_are_taken_all_or_none(cast: Cast) -> None:
    ours, theirs = assets_of(cast, 2), deliver(cast.foreign)[0]

    mixed = ask(cast.editor, [*ours, theirs], {"tag": ["x"]})
    foreign = ask(cast.editor, [theirs, *ours], {"tag": ["x"]})

    assert (mixed.status, list(mixed.errors)) == (400, ["selection.ids.2"])
    assert (foreign.status, list(foreign.errors)) == (400, ["selection.ids.0"])
    assert mixed.errors["selection.ids.2"] == foreign.errors["selection.ids.0"]
    assert jobs_in(cast) == 0


def test_an_id_given_twice_counts_once(cast: Cast) -> None:
    (asset,) = assets_of(cast, 1)

    job = ask(cast.editor, [asset, asset], {"tag": ["x"]})

    assert job.status == 202


def test_ids_and_a_query_together_are_refused(cast: Cast) -> None:
    selection = {"ids": ids_of(assets_of(cast, 1)), "query": {}}

    answer = cast.editor.post("/api/bulk", {"selection": selection, "action": {"tag": ["x"]}})

    assert (answer.status, list(answer.errors)) == (400, ["selection"])


def test_more_ids_than_a_list_may_hold_are_refused(cast: Cast) -> None:
    answer = cast.editor.post(
        "/api/bulk", {"selection": {"ids": [UNKNOWN] * 10_001}, "action": {"tag": ["x"]}}
    )

    assert (answer.status, list(answer.errors)) == (400, ["selection.ids"])


def test_a_role_that_may_not_edit_is_told_at_once(cast: Cast) -> None:
    chosen = assets_of(cast, 1)

    for api in (cast.viewer, cast.reviewer):
        for action in ({"tag": ["x"]}, {"trash": True}, {"rebuild": True}):
            assert ask(api, chosen, action).status == 403
            assert ask(api, {}, action).status == 403
            assert ask(api, {"project": str(cast.project.id)}, action).status == 403
    assert ask(cast.nobody, chosen, {"tag": ["x"]}).status == 401
    assert jobs_in(cast) == 0


def test_half_a_character_is_no_tag(cast: Cast) -> None:
    chosen = ids_of(assets_of(cast, 1))[0]
    raw = b'{"selection":{"ids":["%b"]},"action":{"tag":["\\ud800"]}}' % chosen.encode()

    assert cast.editor.send("POST", "/api/bulk", raw=raw).status == 400
    assert jobs_in(cast) == 0


def test_an_asset_that_is_hidden_reads_like_one_that_is_not_there(cast: Cast) -> None:
    """Also to somebody who may not edit at all, and names a project besides."""
    with tenancy.scope(cast.org_id):
        hidden, _ = deliver(create_project(actor=SYSTEM, name="Hidden"))
    action = {"move": str(cast.project.id)}

    told = [
        cast.reviewer.post("/api/bulk", {"selection": {"ids": [each]}, "action": action})
        for each in (str(hidden.id), UNKNOWN)
    ]

    assert {each.status for each in told} == {400}
    assert told[0].errors == told[1].errors
