"""Peaks: the same however the stream is cut, over both channels."""

import numpy as np

from previews.media.encoding.waveform import Waveform


def stereo(
    left: "np.ndarray[tuple[int], np.dtype[np.int16]]", right: "np.ndarray[tuple[int], np.dtype[np.int16]]"
) -> bytes:
    return np.stack([left, right], axis=1).astype("<i2").tobytes()


def test_the_peaks_do_not_depend_on_how_the_stream_is_cut() -> None:
    rng = np.random.default_rng(7)
    data = stereo(
        rng.integers(-32768, 32767, 4801).astype(np.int16), rng.integers(-3000, 3000, 4801).astype(np.int16)
    )
    whole, pieces = Waveform(rate=100), Waveform(rate=100)
    whole.feed(data)
    at = 0
    while at < len(data):
        step = int(rng.integers(1, 999))
        pieces.feed(data[at : at + step])
        at += step

    assert whole.finish() == pieces.finish()
    assert len(whole.finish()["peaks"]) == 2 * 11


def test_each_pair_is_the_least_and_the_greatest_of_both_channels() -> None:
    left, right = np.zeros(960, np.int16), np.zeros(960, np.int16)
    left[100], right[200], left[500], right[900] = 25600, -12800, 2560, 32767
    waveform = Waveform(rate=100)

    waveform.feed(stereo(left, right))

    assert waveform.finish() == {"v": 1, "rate": 100, "channels": 1, "peaks": [-50, 100, 0, 127]}


def test_silence_and_nothing_are_fine() -> None:
    assert Waveform(rate=100).finish()["peaks"] == []
