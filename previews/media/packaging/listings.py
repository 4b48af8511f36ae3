"""Judge what is listed in text: playlists and storyboard cues, before they are published. Pure."""

import itertools
import re
from collections.abc import Mapping

_CUE = re.compile(r"([0-9:.]+) --> ([0-9:.]+)\n[^\n]+#xywh=[0-9,]+")
_MILLISECOND = 0.001


def check_playlist(text: str, *, sizes: Mapping[str, int], lasts_s: float, name: str) -> list[str]:
    """A finished playlist lists what there is, all of it, and says the right lengths.

    `sizes` are the bytes of every file beside it, by name; `lasts_s` is what the entries must add up to.
    """
    lines = text.splitlines()
    lengths = [float(line[8:].rstrip(",")) for line in lines if line.startswith("#EXTINF:")]
    targets = [int(line.partition(":")[2]) for line in lines if line.startswith("#EXT-X-TARGETDURATION:")]
    files = [line for line in lines if line and not line.startswith("#")]
    files += re.findall(r'#EXT-X-MAP:URI="([^"]+)"', text)
    rules = (
        (lines[:2] == ["#EXTM3U", "#EXT-X-VERSION:7"], "is of another version"),
        ("#EXT-X-ENDLIST" in lines and "#EXT-X-PLAYLIST-TYPE:VOD" in lines, "does not end"),
        (
            abs(sum(lengths) - lasts_s) <= _MILLISECOND + len(lengths) * 1e-6,
            f"adds up to {sum(lengths):.3f} of {lasts_s:.3f} seconds",
        ),
        (
            targets and all(int(length + 0.5) <= targets[0] for length in lengths),
            "has segments above its target",
        ),
        (len(lengths) + 1 == len(files), "has entries without a file"),
        (all(sizes.get(file, 0) > 0 for file in files), "lists files that are missing or empty"),
    )
    return [f"the playlist of {name} {words}" for holds, words in rules if not holds]


def check_cues(text: str, *, tiles: int, lasts_s: float) -> list[str]:
    """One cue for each tile, each beginning where the one before ends, the last with the clip."""
    cues = [(_seconds(start), _seconds(end)) for start, end in _CUE.findall(text)]
    if len(cues) != tiles or not cues:
        return [f"the storyboard names {len(cues)} of {tiles} tiles"]
    touch = all(before[1] == after[0] for before, after in itertools.pairwise(cues))
    if not touch or cues[0][0] != 0 or abs(cues[-1][1] - lasts_s) > _MILLISECOND:
        return ["the storyboard's cues do not cover the clip"]
    return []


def _seconds(clock: str) -> float:
    hours, minutes, seconds = clock.split(":")
    return round(3600 * int(hours) + 60 * int(minutes) + float(seconds), 3)
