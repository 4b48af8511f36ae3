"""Mistyped words: which words one edit away may have been meant.

Every known word is kept under its cuts: its first letters whole, and with any one of them left out. A mistyped word
has a cut in common with whatever lies one edit away, so that finding candidates is asking for equal texts, which
row-level security lets an index do. Source: the symmetric delete algorithm (SymSpell), measured beside trigrams.
"""

from __future__ import annotations

#: So many first letters are cut; edits behind them are found by the letters that stayed the same.
CUT_LETTERS = 8
#: Shorter words than this are taken as they are: every other one would lie one edit away.
SHORTEST = 3


def cuts(word: str) -> list[str]:
    """Return the texts under which a word is kept and looked for."""
    head = word[:CUT_LETTERS]
    return list(dict.fromkeys([head, *(head[:place] + head[place + 1 :] for place in range(len(head)))]))


def is_one_edit(one: str, other: str) -> bool:
    """Tell whether a letter more, less, another or two swapped make one word of the other."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    pairs = zip(one, other, strict=False)
    same = next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
    rest, others = one[same:], other[same:]
    is_swapped = rest[:2] == others[:2][::-1] and rest[2:] == others[2:]
    return is_swapped or rest[1:] == others or rest[1:] == others[1:] or rest == others[1:]
