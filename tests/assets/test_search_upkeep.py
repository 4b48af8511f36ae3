"""Entering what is there anew: after an upgrade in the background, and when an operator says so."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from assets.models import LexiconEntry, SearchEntry
from assets.services import catch_up, learn_words, reindex
from dam.core import tenancy
from dam.core.models import Outbox
from tests.assets.catalogue import deliver, titles
from tests.cast import Cast


def fall_behind(cast: Cast) -> None:
    with tenancy.scope(cast.org_id):
        SearchEntry.objects.update(words="'nothing'", form=1)


def finds(cast: Cast) -> list[str]:
    return titles(cast.viewer.get("/api/assets?q=clip"))


def test_what_was_entered_in_an_older_form_is_entered_anew_in_the_background(cast: Cast) -> None:
    for number in range(3):
        deliver(cast.project, title=f"Take {number}", name="clip.mov")
    fall_behind(cast)
    assert finds(cast) == []

    assert catch_up() >= 3

    assert len(finds(cast)) == 3
    assert catch_up() == 0


def test_an_interrupted_turn_goes_on_where_it_was(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dam.core.pace._FIRST", 2)
    for number in range(5):
        deliver(cast.project, title=f"Take {number}", name="clip.mov")
    fall_behind(cast)

    def stop(count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reindex(cast.org_id, on_batch=stop)

    assert len(finds(cast)) == 2
    assert reindex(cast.org_id) == 3
    assert len(finds(cast)) == 5


def test_an_operator_is_told_and_enters_anew(cast: Cast) -> None:
    deliver(cast.project, name="clip.mov")
    fall_behind(cast)

    def told(*words: str) -> str:
        out = io.StringIO()
        call_command("search", *words, stdout=out)
        return out.getvalue().strip()

    org = f"--org={cast.org_id}"
    assert told("status", org) == "1 assets to enter anew"
    assert told("reindex", org) == "1 assets entered anew"
    assert told("reindex", org) == "0 assets entered anew"
    assert told("reindex", "--all", org) == "1 assets entered anew"
    assert len(finds(cast)) == 1
    with pytest.raises(CommandError, match="no organisation"):
        told("status", "--org=nobody")


def test_words_are_learnt_once_and_by_their_own_organisation_alone(cast: Cast) -> None:
    deliver(cast.project, title="Harbour 2024 A1 at 東京", name="x.bin")
    with tenancy.scope(cast.org_id):
        (sent,) = Outbox.objects.filter(topic="assets.words").values_list("payload", flat=True)
        learn_words([sent])
        learn_words([sent, {"words": ["harbour"]}])
        known = set(LexiconEntry.objects.values_list("word", flat=True))

    deliver(cast.project, title="Harbour again", name="x.bin")

    assert known == {"harbour", "bin"}
    with tenancy.scope(cast.org_id):
        later = (
            Outbox.objects.filter(topic="assets.words")
            .order_by("-sequence")
            .values_list("payload", flat=True)
        )
        assert later[0] == {"words": ["again"]}
    with tenancy.scope(cast.foreign.organization_id):
        assert not LexiconEntry.objects.exists()
