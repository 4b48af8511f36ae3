"""Undo the jumps of a broadcast's clock. The probing child runs it by its path, alone."""

from fractions import Fraction
from typing import Any

_FARTHEST_S, _BACK_S = 10, Fraction(1, 10)
"""What ffmpeg takes for a jump when it encodes: so far ahead, or so far back. Source: its `-dts_delta_threshold`."""


class Clock:
    """The times of a file's packets as if its clock had never been set: recordings joined end to end go on."""

    def __init__(self) -> None:
        """Begin with what the first packet says."""
        self._shift_s = Fraction(0)
        self._due: dict[int, tuple[Fraction, Fraction]] = {}

    @property
    def has_jumped(self) -> bool:
        """Whether the lengths that the file's times tell are none."""
        return self._shift_s != 0

    def set_right(self, packet: Any) -> None:
        """Move the times of a packet, in the order of the file."""
        base = packet.time_base
        if packet.dts is not None:
            at_s = packet.dts * base + self._shift_s
            last_s, due_s = self._due.get(packet.stream_index, (at_s, at_s))
            if abs(at_s - due_s) > _FARTHEST_S or at_s + _BACK_S < last_s:
                self._shift_s += due_s - at_s
                at_s = due_s
            self._due[packet.stream_index] = (at_s, at_s + (packet.duration or 0) * base)
        ticks = round(self._shift_s / base)
        packet.dts = None if packet.dts is None else packet.dts + ticks
        packet.pts = None if packet.pts is None else packet.pts + ticks
