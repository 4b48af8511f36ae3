"""Stacks, duplicates, collections, the trash, legal holds and work over many, in any order, come to what a plain model says.

A few hundred steps in CI, the same every time; `DAM_MODEL_EXAMPLES=500 pytest tests/bulk/test_model.py` goes further,
and elsewhere each time.
"""

from __future__ import annotations

import os
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from assets.models import Hold
from assets.services import create_field
from dam.core import tenancy
from dam.core.access import SYSTEM
from orgs.models import Project
from orgs.services import create_project
from tests.assets.catalogue import deliver
from tests.bulk.model import Catalogue, Outcome, Shelf, Thing, words_of
from tests.bulk.work import finish, paired
from tests.cast import Answer, Cast

EXAMPLES = int(os.environ.get("DAM_MODEL_EXAMPLES", "0"))
MOST_ASSETS, MOST_SHELVES = 7, 4
TAGS = st.sampled_from(["red", "green"])
PICK = st.integers(0, 11)
EDITS = st.fixed_dictionaries(
    {},
    optional={
        "set": st.fixed_dictionaries({"niche": st.sampled_from(["cars", "boats", None])}),
        "tag": st.lists(TAGS, min_size=1, max_size=2, unique=True),
        "untag": st.lists(TAGS, min_size=1, max_size=1),
    },
).filter(bool)


class Machine(RuleBasedStateMachine):
    def __init__(self, cast: Cast) -> None:
        super().__init__()
        self.cast, self.api, self.model = cast, cast.owner, Catalogue()
        self.before = transaction.savepoint()

    def teardown(self) -> None:
        if self.model.assets:
            self.check_stacks_and_shelves()
        transaction.savepoint_rollback(self.before)

    @initialize(numbers=st.integers(2, 4))
    def begin(self, numbers: int) -> None:
        with tenancy.scope(self.cast.org_id):
            create_field(actor=SYSTEM, given={"name": "Niche", "type": "text"})
            self.projects = [create_project(actor=SYSTEM, name=name) for name in ("One", "Two")]
        for _ in range(numbers):
            self.deliver(self.projects[0])
        for tag in ("red", "green"):
            made = self.api.post("/api/searches", {"name": tag, "query": {"q": f'tag:{tag} -"tag:{tag}"'}})
            self.model.asked[f"/api/searches/{made['id']}"] = tag
        smart = {"project": str(self.projects[0].id), "name": "Smart", "query": {"tag": "red"}}
        self.smart = str(self.api.post("/api/collections", smart)["id"])
        self.model.asked[f"/api/collections/{self.smart}"] = "red"

    def deliver(self, project: Project) -> None:
        title = f"Work {len(self.model.assets)}"
        asset, version = deliver(project, title=title)
        self.model.assets[str(asset.id)] = Thing(
            words_of(title), str(project.id), {str(version.id): None}, str(version.id)
        )

    def pick(self, number: int, among: Any) -> str:
        names = list(among)
        return str(names[number % len(names)])

    # --- stacks -------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.model.assets) < MOST_ASSETS)
    @rule(place=st.integers(0, 1))
    def a_new_asset_comes(self, place: int) -> None:
        self.deliver(self.projects[place])

    @precondition(lambda self: self.model.live())
    @rule(one=PICK)
    def a_new_version_comes(self, one: int) -> None:
        key = self.pick(one, self.model.live())
        thing = self.model.assets[key]
        project = next(each for each in self.projects if str(each.id) == thing.project)
        _, version = deliver(project, asset_id=key)
        thing.stack[str(version.id)], thing.head = None, str(version.id)
        thing.touch()

    @rule(one=PICK, two=PICK)
    def attach(self, one: int, two: int) -> None:
        key, other = self.pick(one, self.model.assets), self.pick(two, self.model.assets)
        thing, going = self.model.assets[key], self.model.assets[other]
        answer = self.api.post(f"/api/assets/{key}/attach", {"asset": other})
        if thing.trashed:
            assert answer.status == 404, answer
        elif not going.trashed and self.model.held & {key, other}:
            assert (answer.status, answer.problem) == (409, "held"), answer
        elif going.trashed or key == other or thing.project != going.project:
            assert (answer.status, list(answer.errors)) == (400, ["asset"])
        else:
            assert answer.status == 200, answer
            self.model.attach(key, other)

    @rule(one=PICK, which=PICK)
    def detach(self, one: int, which: int) -> None:
        key = self.pick(one, self.model.assets)
        thing = self.model.assets[key]
        version = self.pick(which, thing.stack)
        answer = self.api.post(f"/api/versions/{version}/detach")
        if thing.trashed or len(thing.stack) == 1 or key in self.model.held:
            assert answer.status == (404 if thing.trashed else 409), answer
        else:
            assert answer.status == 201, answer
            self.model.detach(key, version, answer["id"])

    @precondition(lambda self: self.model.live())
    @rule(one=PICK, which=PICK)
    def promote(self, one: int, which: int) -> None:
        key = self.pick(one, self.model.live())
        version = self.pick(which, self.model.assets[key].stack)
        assert self.api.post(f"/api/versions/{version}/promote").status == 200
        self.model.promote(key, version)

    @precondition(lambda self: len(self.model.live()) > 1)
    @rule(one=PICK, two=PICK, other_leads=st.booleans())
    def merge_duplicates(self, one: int, two: int, other_leads: bool) -> None:
        key, other = self.pick(one, self.model.live()), self.pick(two, self.model.live())
        if key == other:
            return
        thing, going = self.model.assets[key], self.model.assets[other]
        head = thing.head
        chosen = {"into": key, "head": other if other_leads else key}
        answer = self.api.post(f"/api/duplicates/{paired(self.cast, thing.head, going.head)}/merge", chosen)
        if thing.project != going.project or self.model.held & {key, other}:
            assert answer.status == 409, answer
            return
        assert (answer.status, answer["id"]) == (200, key), answer
        self.model.attach(key, other)
        if not other_leads:
            self.model.promote(key, head)

    # --- one asset ------------------------------------------------------------------------------------

    @precondition(lambda self: self.model.live())
    @rule(one=PICK, title=st.sampled_from(["First", "Second"]))
    def rename(self, one: int, title: str) -> None:
        key = self.pick(one, self.model.live())
        assert self.api.patch(f"/api/assets/{key}", {"title": title}).status == 200
        self.model.say(key, {"title": title})

    @rule(one=PICK)
    def trash_or_restore(self, one: int) -> None:
        key = self.pick(one, self.model.assets)
        is_trashed = self.model.assets[key].trashed
        if is_trashed:
            assert self.api.post(f"/api/assets/{key}/restore").status == 200
        elif self.model.is_held(key):
            refused = self.api.delete(f"/api/assets/{key}")
            assert (refused.status, refused.problem) == (409, "held"), refused
            return
        else:
            assert self.api.delete(f"/api/assets/{key}").status == 204
        self.model.trash(key, trashed=not is_trashed)

    @precondition(lambda self: len(self.model.assets) > 2)
    @rule(one=PICK)
    def purge(self, one: int) -> None:
        key = self.pick(one, self.model.assets)
        answer = self.api.delete(f"/api/assets/{key}?purge=true")
        if not self.model.assets[key].trashed or self.model.is_held(key):
            assert answer.status == 409, answer
        else:
            assert answer.status == 202, answer
            self.model.purge(key)

    @rule(noun=st.sampled_from(["project", "asset", "version"]), one=PICK, which=PICK)
    def hold_or_release(self, noun: str, one: int, which: int) -> None:
        """Set a hold, or release it, without the store: no bytes lie behind these assets (`tests/assets/test_holds`)."""
        key = self.pick(one, self.model.assets)
        thing = self.model.assets[key]
        place = {"project": thing.project, "asset": key, "version": self.pick(which, thing.stack)}[noun]
        with tenancy.scope(self.cast.org_id):
            if place in self.model.held:
                Hold.objects.get(**{noun: place}).delete()
            else:
                Hold.objects.create(**{f"{noun}_id": place})
        self.model.held ^= {place}

    # --- collections ------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.model.shelves) < MOST_SHELVES)
    @rule(place=st.integers(0, 1), above=st.none() | PICK)
    def make_a_shelf(self, place: int, above: int | None) -> None:
        project = str(self.projects[place].id)
        parent = None if above is None or not self.model.shelves else self.pick(above, self.model.shelves)
        answer = self.api.post("/api/collections", {"project": project, "name": "Shelf", "parent": parent})
        if parent is not None and self.model.shelves[parent].project != project:
            assert (answer.status, list(answer.errors)) == (400, ["parent"])
        else:
            assert answer.status == 201, answer
            self.model.shelves[answer["id"]] = Shelf(project, parent)

    @precondition(lambda self: self.model.shelves)
    @rule(one=PICK, above=st.none() | PICK)
    def hang_a_shelf(self, one: int, above: int | None) -> None:
        key = self.pick(one, self.model.shelves)
        parent = None if above is None else self.pick(above, self.model.shelves)
        shelf = self.model.shelves[key]
        answer = self.api.patch(f"/api/collections/{key}", {"parent": parent})
        is_foreign = parent is not None and self.model.shelves[parent].project != shelf.project
        if is_foreign or self.model.lies_below(key, parent):
            assert (answer.status, list(answer.errors)) == (400, ["parent"])
        else:
            assert answer.status == 200, answer
            shelf.parent = parent

    @precondition(lambda self: self.model.shelves)
    @rule(one=PICK)
    def take_a_shelf_away(self, one: int) -> None:
        key = self.pick(one, self.model.shelves)
        answer = self.api.delete(f"/api/collections/{key}")
        if any(each.parent == key for each in self.model.shelves.values()):
            assert answer.status == 409, answer
        else:
            assert answer.status == 204, answer
            del self.model.shelves[key]

    @precondition(lambda self: self.model.shelves)
    @rule(one=PICK, add=st.lists(PICK, max_size=2), remove=st.lists(PICK, max_size=2))
    def change_what_a_shelf_holds(self, one: int, add: list[int], remove: list[int]) -> None:
        shelf = self.model.shelves[key := self.pick(one, self.model.shelves)]
        coming = [self.pick(each, self.model.assets) for each in add]
        going = [self.pick(each, self.model.assets) for each in remove]
        answer = self.api.post(f"/api/collections/{key}/assets", {"add": coming, "remove": going})
        found = [self.model.assets[each] for each in coming]
        if any(each.trashed or each.project != shelf.project for each in found):
            assert answer.status == 400, answer
        else:
            assert answer.status == 200, answer
            shelf.held = (shelf.held - set(going)) | set(coming)

    # --- many at once -------------------------------------------------------------------------------------

    @precondition(lambda self: self.model.live())
    @rule(which=st.sets(PICK, min_size=1, max_size=4), action=EDITS, place=st.none() | st.integers(0, 1))
    def edit_many(self, which: set[int], action: dict[str, Any], place: int | None) -> None:
        if place is not None:
            action = action | {"move": str(self.projects[place].id)}
        keys = list(dict.fromkeys(self.pick(each, self.model.live()) for each in which))
        job = self.do({"ids": keys}, action)
        self.settle(job, self.model.work(keys, action))

    @rule(tag=TAGS, action=EDITS)
    def edit_what_a_search_finds(self, tag: str, action: dict[str, Any]) -> None:
        keys = [each for each in self.model.live() if tag in self.model.assets[each].words["tags"]]
        job = self.do({"query": {"tag": tag}}, action)
        self.settle(job, self.model.work(keys, action))

    @precondition(lambda self: self.model.live())
    @rule(which=st.sets(PICK, min_size=1, max_size=4), restores=st.booleans())
    def trash_or_restore_many(self, which: set[int], restores: bool) -> None:
        among = self.model.assets if restores else self.model.live()
        keys = list(dict.fromkeys(self.pick(each, among) for each in which))
        action = {"restore": True} if restores else {"trash": True}
        self.settle(self.do({"ids": keys}, action), self.model.work(keys, action))

    @precondition(lambda self: self.model.live() and self.model.shelves)
    @rule(which=st.sets(PICK, min_size=1, max_size=4), one=PICK)
    def collect_many(self, which: set[int], one: int) -> None:
        action = {"collect": self.pick(one, self.model.shelves)}
        keys = list(dict.fromkeys(self.pick(each, self.model.live()) for each in which))
        self.settle(self.do({"ids": keys}, action), self.model.work(keys, action))

    @rule(tag=TAGS, to=st.sampled_from(["green", "blue", "red"]))
    def rename_a_tag(self, tag: str, to: str) -> None:
        keys = [each for each in self.model.live() if tag in self.model.assets[each].words["tags"]]
        asked = self.api.post("/api/tags/rename", {"from": tag, "to": to})
        if not keys or tag == to:
            assert asked.status == 400, asked
            return
        job = finish(self.cast, asked)
        self.settle(job, self.model.work(keys, {"retag": (tag, to)}))
        self.model.reword(
            job["id"], {key: (tag, to) for key, held in self.model.asked.items() if held == tag}
        )

    @precondition(lambda self: self.model.edits)
    @rule(one=PICK)
    def undo(self, one: int) -> None:
        undone = self.pick(one, self.model.edits)
        asked = self.api.post(f"/api/jobs/{undone}/undo")
        if undone in self.model.undone:
            assert (asked.status, asked["id"]) == (200, self.model.undone[undone])
            return
        assert asked.status == 202, asked
        job, outcome = finish(self.cast, asked), self.model.undo(undone)
        self.model.undone[undone] = job["id"]
        self.settle(job, outcome)
        changed = self.model.reworded.get(undone, {})
        back = {key: (new, old) for key, (old, new) in changed.items() if self.model.asked[key] == new}
        self.model.reword(job["id"], back)

    def do(self, selection: dict[str, Any], action: dict[str, Any]) -> Answer:
        asked = self.api.post("/api/bulk", {"selection": selection, "action": action})
        assert asked.status == 202, asked
        return finish(self.cast, asked)

    def settle(self, job: Answer, outcome: Outcome) -> None:
        """Compare what a job tells with what the model did, and keep what can be undone."""
        told = job["result"]
        assert (job["state"], told["done"]) == ("succeeded", outcome.done), job
        assert {each["id"] for each in told["errors"]} == outcome.failed
        assert told["failed"] == len(outcome.failed)
        assert told["changed"] == len(outcome.changes) or not outcome.changes
        if outcome.changes:
            self.model.edits[job["id"]] = outcome.changes

    # --- what must hold -----------------------------------------------------------------------------------

    @invariant()
    def lists_show_what_the_model_holds(self) -> None:
        for trashed in (False, True):
            rows = self.api.get(f"/api/assets?limit=500&trashed={str(trashed).lower()}")["results"]
            shown = {
                row["id"]: (
                    {name: row[name] for name in ("title", "tags", "fields")},
                    row["project"],
                    row["version_count"],
                    row["current_version"]["id"],
                    row.get("held"),
                )
                for row in rows
            }
            assert shown == {
                key: (
                    each.words,
                    each.project,
                    len(each.stack),
                    each.head,
                    self.model.is_held(key) if trashed else None,
                )
                for key, each in self.model.assets.items()
                if each.trashed == trashed
            }

    def check_stacks_and_shelves(self) -> None:
        for key in self.model.live():
            versions = self.api.get(f"/api/assets/{key}/versions")["results"]
            assert {each["id"] for each in versions} == set(self.model.assets[key].stack)
            assert len({each["number"] for each in versions}) == len(versions)
        for address, tag in self.model.asked.items():
            query = self.api.get(address)["query"]
            assert query.get("tag", query.get("q", "").partition(" ")[0].removeprefix("tag:")) == tag, query
        found = self.api.get(f"/api/assets?collection={self.smart}&limit=500")["results"]
        tag, place = self.model.asked[f"/api/collections/{self.smart}"], str(self.projects[0].id)
        assert {each["id"] for each in found} == {
            key
            for key in self.model.live()
            if tag in self.model.assets[key].words["tags"] and self.model.assets[key].project == place
        }
        shelves = self.api.get("/api/collections?limit=500")["results"]
        assert {each["id"]: each["parent"] for each in shelves if each["id"] != self.smart} == {
            key: each.parent for key, each in self.model.shelves.items()
        }
        for key, shelf in self.model.shelves.items():
            held = self.api.get(f"/api/assets?collection={key}&limit=500")["results"]
            assert {each["id"] for each in held} == shelf.held & set(self.model.live())


def test_whatever_is_done_comes_to_what_the_model_says(cast: Cast) -> None:
    run_state_machine_as_test(
        lambda: Machine(cast),  # type: ignore[arg-type]  # a maker of machines does
        settings=settings(
            max_examples=EXAMPLES or 6,
            stateful_step_count=40 if EXAMPLES else 20,
            derandomize=not EXAMPLES,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
