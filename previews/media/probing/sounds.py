"""Choose what is heard of a file's sounds: pure, from what the probing child told of every stream."""

import re
from collections.abc import Sequence
from typing import Any

from previews.media.facts import AudioFacts

_SILENT_PEAK = 0.0005
"""About -66 dBFS: the noise of an open line is above it, a muted track below."""
_LARGEST_LAYOUT = 8
_LABEL = re.compile(r"1 channels \(([A-Z]{2,3})\)")
_POSITIONS = {"FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR", "BC", "FLC", "FRC"}
_USUAL = {2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 8: "7.1"}
_SIX = ("FL", "FR", "FC", "LFE", "BL", "BR")


def choose_sound(tracks: Sequence[dict[str, Any]]) -> AudioFacts | None:
    """Choose the first stream that sounds, or several mono streams as the one sound that they are together.

    Mono streams go by their labels; six without any are 5.1 in the usual order; of others the first two that sound
    are left and right, as recorders and broadcasters lay them out. Streams in several languages are never mixed.
    """
    if not tracks:
        return None
    monos = [track for track in tracks if track["channels"] == 1]
    if len(monos) > 1 and tracks[0] in monos and _belong_together(monos):
        return _joined(monos)
    return _alone(next((track for track in tracks if _sounds(track)), tracks[0]))


def _belong_together(monos: Sequence[dict[str, Any]]) -> bool:
    languages = {track["language"] for track in monos} - {None, "und"}
    return len(languages) <= 1 and len({track["sample_rate"] for track in monos}) == 1


def _joined(monos: Sequence[dict[str, Any]]) -> AudioFacts:
    labels = [_label(track) for track in monos]
    if len(set(labels)) == len(labels) and set(labels) <= _POSITIONS and len(labels) > 1:
        return _together(monos, labels)
    if len(monos) == len(_SIX):
        return _together(monos, _SIX)
    pairs = [monos[at : at + 2] for at in range(0, len(monos), 2)]
    pair = next((pair for pair in pairs if any(_sounds(track) for track in pair)), pairs[0])
    heard = [track for track in pair if _sounds(track)] or pair[:1]
    return _together(pair, ("FL", "FR")) if len(heard) > 1 else _alone(heard[0])


def _label(track: dict[str, Any]) -> str:
    found = _LABEL.fullmatch(track["layout"])
    return found[1] if found else "FC" if track["layout"] == "mono" else ""


def _sounds(track: dict[str, Any]) -> bool:
    return track["peaks"] is None or any(peak > _SILENT_PEAK for peak in track["peaks"])


def _together(tracks: Sequence[dict[str, Any]], positions: Sequence[str]) -> AudioFacts:
    return AudioFacts(
        index=tracks[0]["index"],
        codec=tracks[0]["codec"],
        channels=len(tracks),
        layout="+".join(positions),
        sample_rate=tracks[0]["sample_rate"],
        duration_s=max(track["duration"] for track in tracks),
        members=tuple(track["index"] for track in tracks),
    )


def _alone(track: dict[str, Any]) -> AudioFacts:
    wider = _USUAL.get(track["most_channels"]) if track["most_channels"] > track["channels"] else None
    is_wider = track["is_changing"] and wider is not None
    return AudioFacts(
        index=track["index"],
        codec=track["codec"],
        channels=track["most_channels"] if is_wider else track["channels"],
        layout=wider if is_wider and wider is not None else track["layout"],
        sample_rate=track["sample_rate"],
        duration_s=track["duration"],
        pair=_pair(track) if track["channels"] > _LARGEST_LAYOUT else None,
        is_changing=track["is_changing"],
    )


def _pair(track: dict[str, Any]) -> tuple[int, int]:
    """Choose the first two channels that sound; the same one twice where its neighbour is silent."""
    peaks = track["peaks"] or []
    for left in range(0, len(peaks) - 1, 2):
        heard = [channel for channel in (left, left + 1) if peaks[channel] > _SILENT_PEAK]
        if heard:
            return heard[0], heard[-1]
    return 0, 1
