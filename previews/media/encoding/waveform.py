"""Reduce sound to peaks while it streams by: never more than a block of PCM in memory."""

from typing import TYPE_CHECKING, Any

from dam.core.later import Later
from previews.media.recipes import AUDIO_RATE

if TYPE_CHECKING:
    import numpy as np
else:
    np = Later("numpy")

_CHANNELS = 2
_SAMPLE_BYTES = 2


class Waveform:
    """Minimum and maximum of every stretch of sound, over both channels, so that opposite phases do not cancel.

    Feed interleaved stereo s16le at 48 kHz; `rate` is peaks per second and divides 48 000.
    """

    def __init__(self, *, rate: int) -> None:
        """Start empty."""
        self.rate = rate
        self._bin = AUDIO_RATE // rate * _CHANNELS * _SAMPLE_BYTES
        self._rest = b""
        self._peaks: list[int] = []

    def feed(self, block: bytes) -> None:
        """Take the next bytes, cut anywhere."""
        data = self._rest + block
        whole = len(data) // self._bin * self._bin
        self._rest = data[whole:]
        if whole:
            self._reduce(data[:whole], samples=self._bin // _SAMPLE_BYTES)

    def finish(self) -> dict[str, Any]:
        """Give the document: peaks as min, max, min, max … in int8."""
        rest = self._rest[: len(self._rest) // _SAMPLE_BYTES * _SAMPLE_BYTES]
        if rest:
            self._reduce(rest, samples=len(rest) // _SAMPLE_BYTES)
        self._rest = b""
        return {"v": 1, "rate": self.rate, "channels": 1, "peaks": self._peaks}

    def _reduce(self, data: bytes, *, samples: int) -> None:
        stretches = np.frombuffer(data, dtype="<i2").reshape(-1, samples)
        pairs = np.stack((stretches.min(axis=1), stretches.max(axis=1)), axis=1)
        self._peaks += np.clip(np.rint(pairs / 256), -128, 127).astype(int).ravel().tolist()
