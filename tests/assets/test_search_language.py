"""The query language: what is typed is read, whatever it is; pure, so without a database."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.conditions import Condition
from assets.search import Said, Term, is_said, match, parse, printed, vector, words

PIECES = st.sampled_from(
    [*'"-*:,><= \t', "..", ">=", "kind", "niche", "field.", "é", "東京", "Z", "0", "\0", "\ud800", "\u202e", "א", "\u0308", "title", "name", "+", "#", "\U0001f600", "\ufe0f", "\U0001f1e9"]
)  # fmt: skip


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.one_of(st.lists(PIECES, max_size=25).map("".join), st.text(max_size=80)))
def test_any_text_is_read_and_its_printed_form_asks_the_same(text: str) -> None:
    asked = parse(text)
    again = parse(printed(asked))

    assert (again.terms, again.conditions) == (asked.terms, asked.conditions)
    assert (match(asked.terms) is None) == (bool(text.strip()) and not any(is_said(each.text) for each in asked.terms) and not asked.conditions)  # fmt: skip


@pytest.mark.parametrize(
    "unit", ['"', "-", "a:", '"a', '-"', "a:b,", "a-", "東", "\u0308", "א\u05b8", "-a ", 'a:"b",']
)
def test_long_texts_take_time_in_proportion(unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        spent = []
        for _ in range(3):
            start = time.process_time()
            parse(text)
            spent.append(time.process_time() - start)
        return min(spent)

    # Eight times the text in a quadratic time would take sixty-four times as long; a busy machine tells it roughly.
    assert seconds(80_000) <= 40 * seconds(10_000) + 0.2


@pytest.mark.parametrize(
    ("text", "terms", "conditions"),
    [
        ("opening shot", [Term("opening"), Term("shot")], []),
        ('"opening shot"', [Term("opening shot", is_phrase=True)], []),
        ('cam* -draft -"rough cut"', [Term("cam", is_prefix=True), Term("draft", negated=True), Term("rough cut", is_phrase=True, negated=True)], []),
        ("kind:video,audio -Tag:hero", [], [Condition("kind", "eq", ("video", "audio")), Condition("tag", "eq", ("hero",), negated=True)]),
        ('niche:"fast cars, old",food', [], [Condition("field.niche", "eq", ("fast cars, old", "food"))]),
        ("duration:>60 duration:<=90", [], [Condition("duration", "gt", ("60",)), Condition("duration", "lte", ("90",))]),
        ("created:2026-01..2026-03", [], [Condition("created", "gte", ("2026-01",)), Condition("created", "lte", ("2026-03",))]),
        ("size:..20MB width:1920..", [], [Condition("size", "lte", ("20MB",)), Condition("width", "gte", ("1920",))]),
        ("by:x is:ready fps:23.976", [], [Condition("person", "eq", ("x",)), Condition("is", "eq", ("ready",)), Condition("fps", "eq", ("23.976",))]),
        ('niche:"fast c"*', [], [Condition("field.niche", "prefix", ("fast c",))]),
        ('field.niche:car* place:"car*"', [], [Condition("field.niche", "prefix", ("car",)), Condition("field.place", "eq", ("car*",))]),
        ('title:"night shot"* -Name:IMG,MVI', [], [Condition("title", "prefix", ("night shot",)), Condition("name", "eq", ("IMG", "MVI"), negated=True)]),
        ("\U0001f600 -\u2605 C++", [Term("\U0001f600"), Term("\u2605", negated=True), Term("C++")], []),
        ("16:9 -- IMG_0042.mov", [Term("16:9"), Term("IMG_0042.mov")], []),
    ],
)  # fmt: skip
def test_every_form_of_the_language_is_read(
    text: str, terms: list[Term], conditions: list[Condition]
) -> None:
    asked = parse(text)

    assert (list(asked.terms), list(asked.conditions)) == (terms, conditions)
    assert asked.notes == ()


@pytest.mark.parametrize(
    ("text", "noted"),
    [
        ('"opening shot', "not closed"),
        ("%", "nothing to search for"),
        ("duration:>", "no value"),
        ("kind:", "no value"),
        ("-duration:10..60", "left out"),
        ("word " * 30, "first 24 words"),
        ("kind:video " * 30, "first 24 conditions"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, noted: str) -> None:
    (note,) = parse(text).notes

    assert noted in note


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("IMG_0042.mov", ["img", "0042", "mov"]),
        ("Café Cafe\u0301 CAFÉ", ["cafe"] * 3),
        ("Straße ﬁn Ⅳ", ["strasse", "fin", "iv"]),
        ("東京2024年", ["東", "京", "2024", "年"]),
        ("か\u3099 が ｶﾞ", ["が", "が", "ガ"]),
        ("שָׁלוֹם مُحَمَّد मुंबई", ["שלום", "محمد", "मुंबई"]),
        ("so\u00adft hello\u200bworld", ["soft", "hello", "world"]),
        ("x" * 100, ["x" * 64]),
        ("\0 \ud800 _ %", []),
    ],
)
def test_words_of_every_script_are_told_apart(text: str, found: list[str]) -> None:
    assert [each.text for each in words(text)] == found


def test_what_an_asset_says_has_an_end() -> None:
    spoken = " ".join(f"word{number}" for number in range(50_000))

    entered = vector(Said("Title", tags=["hero"], sidecars=[spoken, "東京" * 50_000]))

    assert entered.startswith("'t=hero' 'title':8A 'hero'")
    assert entered.count("'") == 2 * 3000
    assert max(int(place.rstrip("ABCD,")) for each in entered.split(" ") for place in each.partition(":")[2].split(",") if place) <= 16_383  # fmt: skip
