"""Read what ffmpeg's filters and statistics say on standard error: loudness, black, freezes, silence, clipping, counts."""

import re
from dataclasses import dataclass, field
from typing import Any

_BLACK = re.compile(r"black_start:([0-9.]+) black_end:([0-9.]+)")
_FREEZE = re.compile(r"freeze_(start|end): ([0-9.]+)")
_SILENCE = re.compile(r"silence_(start|end): (-?[0-9.]+)")
_CLIPPED = re.compile(r"Parsed_ametadata_[0-9]+ .*? pts_time:(-?[0-9.]+)")
_LOUDNESS = re.compile(r"^\s+(I|LRA|Peak):\s+(-?[0-9.]+|-?inf|nan) ")
_DECODED = re.compile(
    r"Input stream #([0-9]+):([0-9]+) \((video|audio)\): .*?([0-9]+) frames decoded(?:; ([0-9]+) decode errors)?"
)
_ENCODED = re.compile(r"Output stream #([0-9]+):([0-9]+) \((video|audio)\): ([0-9]+) frames encoded")
_LISTING = re.compile(r"\[info\] +\S")
_ERROR = re.compile(r"\[(error|fatal|panic)\]")
_KEPT = 40
SILENT_LUFS = -70.0
SILENT_DBTP = -60.0
_RANGES_KEPT = 1000
CLIP_WINDOW_S = 0.1
"""Sound is looked at in pieces of this length; one that clips makes a range, and neighbours join."""

Range = tuple[float, float | None]


@dataclass
class Log:
    """What has been read so far. Times in seconds of the source, loudness in LUFS, LU and dBTP."""

    loudness: dict[str, float | None] = field(default_factory=dict)
    black: list[Range] = field(default_factory=list)
    freeze: list[Range] = field(default_factory=list)
    silence: list[Range] = field(default_factory=list)
    clipped: list[Range] = field(default_factory=list)
    clipped_s: float = 0.0
    decoded: dict[str, int] = field(default_factory=dict)
    decode_errors: dict[str, int] = field(default_factory=dict)
    encoded: dict[tuple[int, int], int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    error_count: int = 0
    _in_summary: bool = False

    def feed(self, line: str) -> None:
        """Take one line of standard error.

        Filters of different threads write into one another's lines, so findings are looked for anywhere in a line;
        but not in the listing of the source's own tags.
        """
        if _LISTING.match(line):
            return
        if _ERROR.search(line):
            self.error_count += 1
            self.errors = [*self.errors[-_KEPT + 1 :], line[:500]]
        self._take_counts(line)
        self._take_findings(line)
        self._take_loudness(line)

    def qc(self) -> dict[str, Any]:
        """Summarise the findings as the version's `meta.qc`."""
        return {
            "black": _seconds(self.black),
            "freeze": _seconds(self.freeze),
            "silence": _seconds(self.silence),
            "clipped": _seconds(self.clipped),
            "clipped_seconds": round(self.clipped_s, 1),
            "decode_errors": sum(self.decode_errors.values()),
            "messages": self.error_count,
        }

    def measured_loudness(self) -> dict[str, Any] | None:
        """Summarise EBU R 128 as the version's `meta.loudness`; None where there was no sound to measure."""
        if "I" not in self.loudness:
            return None
        integrated = self.loudness["I"]
        is_unmeasured = integrated is None or integrated <= SILENT_LUFS
        peak = self.loudness.get("Peak")
        return {
            "integrated_lufs": None if is_unmeasured else integrated,
            "range_lu": self.loudness.get("LRA"),
            "true_peak_dbtp": peak,
            # A blip is too short to have a loudness, and yet not silent.
            "silent": is_unmeasured and (peak is None or peak <= SILENT_DBTP),
        }

    def _take_counts(self, line: str) -> None:
        if (decoded := _DECODED.search(line)) is not None:
            kind = decoded[3]
            self.decoded[kind] = self.decoded.get(kind, 0) + int(decoded[4])
            self.decode_errors[kind] = self.decode_errors.get(kind, 0) + int(decoded[5] or 0)
        elif (encoded := _ENCODED.search(line)) is not None:
            self.encoded[int(encoded[1]), int(encoded[2])] = int(encoded[4])

    def _take_findings(self, line: str) -> None:
        for black in _BLACK.finditer(line):
            _append(self.black, (float(black[1]), float(black[2])))
        for freeze in _FREEZE.finditer(line):
            _mark(self.freeze, freeze[1], at=float(freeze[2]))
        for silence in _SILENCE.finditer(line):
            _mark(self.silence, silence[1], at=max(0.0, float(silence[2])))
        for clipped in _CLIPPED.finditer(line):
            self._clip(max(0.0, float(clipped[1])))

    def _clip(self, start: float) -> None:
        """Take one clipped piece, and join it to the one before."""
        self.clipped_s += CLIP_WINDOW_S
        end = round(start + CLIP_WINDOW_S, 6)
        before = self.clipped[-1] if self.clipped else None
        if before is not None and before[1] is not None and start <= before[1] + CLIP_WINDOW_S / 2:
            self.clipped[-1] = (before[0], end)
        else:
            _append(self.clipped, (start, end))

    def _take_loudness(self, line: str) -> None:
        if "Parsed_ebur128" in line and line.endswith("Summary:"):
            self._in_summary = True
        match = _LOUDNESS.match(line) if self._in_summary else None
        if match is not None:
            value = float(match[2])
            self.loudness[match[1]] = value if abs(value) < float("inf") else None


def _append(ranges: list[Range], found: Range) -> None:
    if len(ranges) < _RANGES_KEPT:
        ranges.append(found)


def _mark(ranges: list[Range], edge: str, *, at: float) -> None:
    if edge == "start":
        _append(ranges, (at, None))
    elif ranges and ranges[-1][1] is None:
        ranges[-1] = (ranges[-1][0], at)


def _seconds(ranges: list[Range]) -> list[dict[str, float | None]]:
    return [{"start": start, "end": end} for start, end in ranges]
