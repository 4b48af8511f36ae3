"""A plain model of the catalogue: what assets, stacks, collections, the trash and work over many should come to.

Nothing here knows the database. An asset's `state` is a token of what it says and where it is: whatever changes it
makes a new one, and undoing brings the old one back, so that an operation can be undone where its token stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

_tokens = count(1)
Words = dict[str, Any]


def words_of(title: str) -> Words:
    return {"title": title, "tags": [], "fields": {}}


@dataclass
class Thing:
    """An asset: what it says, its place, its stack (version id to what it said before it was attached), its head."""

    words: Words
    project: str
    stack: dict[str, Words | None]
    head: str
    trashed: bool = False
    state: int = field(default_factory=lambda: next(_tokens))

    def touch(self) -> None:
        self.state = next(_tokens)


@dataclass
class Shelf:
    """A collection."""

    project: str
    parent: str | None
    held: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Before:
    """What an operation changed on one asset, and the tokens on both sides of it."""

    words: Words
    project: str
    left: frozenset[str]
    was: int
    state: int


@dataclass
class Outcome:
    """What a job tells in the end."""

    done: int = 0
    failed: set[str] = field(default_factory=set)
    changes: dict[str, Before] = field(default_factory=dict)


@dataclass
class Catalogue:
    """Everything, by id; `edits` are the jobs that can be undone, `undone` the jobs that have been, with by which."""

    assets: dict[str, Thing] = field(default_factory=dict)
    shelves: dict[str, Shelf] = field(default_factory=dict)
    edits: dict[str, dict[str, Before]] = field(default_factory=dict)
    undone: dict[str, str] = field(default_factory=dict)
    #: The tag that each saved search and smart collection asks for; and what jobs changed of it, from and to.
    asked: dict[str, str] = field(default_factory=dict)
    reworded: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    #: What was put under a legal hold: projects, assets and versions.
    held: set[str] = field(default_factory=set)

    def is_held(self, key: str) -> bool:
        """Tell whether an asset, its project or one of its versions is under a legal hold."""
        thing = self.assets[key]
        return bool(self.held & {key, thing.project, *thing.stack})

    def live(self) -> list[str]:
        return [key for key, each in self.assets.items() if not each.trashed]

    # --- one at a time ------------------------------------------------------------------------------

    def say(self, key: str, words: Words) -> None:
        thing = self.assets[key]
        if thing.words | words != thing.words:
            thing.words = thing.words | words
            thing.touch()

    def attach(self, key: str, other: str) -> None:
        """Put one stack on the other; what held the one that goes holds the one that stays."""
        thing, going = self.assets[key], self.assets.pop(other)
        for version, said in going.stack.items():
            thing.stack[version] = said or going.words
        thing.head = going.head
        thing.touch()
        for shelf in self.shelves.values():
            if other in shelf.held:
                shelf.held = (shelf.held - {other}) | {key}

    def detach(self, key: str, version: str, fresh: str) -> None:
        thing = self.assets[key]
        said = thing.stack.pop(version) or thing.words
        if thing.head == version:
            thing.head = list(thing.stack)[-1]
        thing.touch()
        self.assets[fresh] = Thing(said, thing.project, {version: None}, version)

    def promote(self, key: str, version: str) -> None:
        thing = self.assets[key]
        if thing.head != version:
            thing.head = version
            thing.touch()

    def trash(self, key: str, *, trashed: bool) -> None:
        thing = self.assets[key]
        if thing.trashed != trashed:
            thing.trashed = trashed
            thing.touch()

    def purge(self, key: str) -> None:
        """Take an asset away for good."""
        del self.assets[key]
        for shelf in self.shelves.values():
            shelf.held.discard(key)

    def lies_below(self, key: str, other: str | None) -> bool:
        """Tell whether `other` is the shelf itself or hangs somewhere below it."""
        while other is not None:
            if other == key:
                return True
            other = self.shelves[other].parent
        return False

    # --- many at once -------------------------------------------------------------------------------

    def work(self, keys: Iterable[str], action: dict[str, Any]) -> Outcome:
        """Carry out an action on assets that are there, and are not in the trash but to be restored."""
        outcome = Outcome()
        for key in keys:
            thing = self.assets[key]
            is_elsewhere = "collect" in action and self.shelves[action["collect"]].project != thing.project
            leaves = "trash" in action or action.get("move", thing.project) != thing.project
            if is_elsewhere or (leaves and self.is_held(key)):
                outcome.failed.add(key)
                continue
            outcome.done += 1
            if "trash" in action or "restore" in action:
                self.trash(key, trashed="trash" in action)
            elif "collect" in action:
                self.shelves[action["collect"]].held.add(key)
            else:
                self._edit(key, action, outcome)
        return outcome

    def _edit(self, key: str, action: dict[str, Any], outcome: Outcome) -> None:
        thing = self.assets[key]
        words, project = edited(thing.words, action), action.get("move", thing.project)
        if (words, project) == (thing.words, thing.project):
            return
        left = self._leave(key) if project != thing.project else frozenset()
        was = thing.state
        thing.touch()
        outcome.changes[key] = Before(thing.words, thing.project, left, was, thing.state)
        thing.words, thing.project = words, project

    def _leave(self, key: str) -> frozenset[str]:
        left = frozenset(name for name, each in self.shelves.items() if key in each.held)
        for each in left:
            self.shelves[each].held.remove(key)
        return left

    def reword(self, job: str, changed: dict[str, tuple[str, str]]) -> None:
        """Let queries ask for other tags."""
        self.asked |= {key: new for key, (_, new) in changed.items()}
        self.reworded[job] = changed

    def undo(self, job: str) -> Outcome:
        """Give assets back what a job changed, where its token stands."""
        outcome = Outcome()
        for key, before in self.edits[job].items():
            thing = self.assets.get(key)
            if (
                thing is None
                or thing.state != before.state
                or (before.project != thing.project and self.is_held(key))
            ):
                outcome.failed.add(key)
                continue
            outcome.done += 1
            left = self._leave(key) if before.project != thing.project else frozenset()
            outcome.changes[key] = Before(thing.words, thing.project, left, before.state, before.was)
            thing.words, thing.project, thing.state = before.words, before.project, before.was
            for name in before.left & set(self.shelves):
                self.shelves[name].held.add(key)
        return outcome


def edited(words: Words, action: dict[str, Any]) -> Words:
    """Return what an asset says after an edit."""
    fields = words["fields"] | action.get("set", {})
    old, new = action.get("retag", ("", ""))
    held = dict.fromkeys(new if each == old else each for each in words["tags"])
    kept = [each for each in held if each not in action.get("untag", ())]
    return words | {
        "fields": {key: value for key, value in fields.items() if value is not None},
        "tags": list(dict.fromkeys([*kept, *action.get("tag", ())])),
    }
