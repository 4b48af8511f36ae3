"""Findings are read from ffmpeg's own lines, and from nothing that a file can put there."""

from previews.media.encoding.qc import Log

SUMMARY = """[Parsed_ebur128_25 @ 0x7f02] [info] Summary:

  Integrated loudness:
    I:         -23.1 LUFS
    Threshold: -33.5 LUFS

  Loudness range:
    LRA:         4.2 LU

  True peak:
    Peak:       -1.3 dBFS"""


def read(text: str) -> Log:
    log = Log()
    for line in text.splitlines():
        log.feed(line)
    return log


def test_loudness_is_read_from_the_summary() -> None:
    assert read(SUMMARY).measured_loudness() == {
        "integrated_lufs": -23.1,
        "range_lu": 4.2,
        "true_peak_dbtp": -1.3,
        "silent": False,
    }


def test_silence_has_no_loudness_and_no_sound_none_at_all() -> None:
    silent = read(SUMMARY.replace("-23.1", "-70.0").replace("-1.3", "-inf")).measured_loudness()

    assert silent is not None
    assert (silent["integrated_lufs"], silent["true_peak_dbtp"], silent["silent"]) == (None, None, True)
    assert read("").measured_loudness() is None


def test_a_title_that_looks_like_a_finding_is_none() -> None:
    log = read("[info]     title           : black_start:0 black_end:9\n    I:         -5.0 LUFS\n")

    assert log.measured_loudness() is None
    assert log.qc()["black"] == []


def test_findings_that_another_thread_wrote_into_a_line_are_read() -> None:
    log = read(
        "[Parsed_ebur128_1 @ 0x7f] [verbose] t: 1.4   I: -70.0 LUFS  FTPK:lavfi.freezedetect.freeze_start: 0\n"
        "[Parsed_ebur128_1 @ 0x7f] [verbose] t: 2.4   Isilence_start: 1.5\n"
    )

    assert log.qc()["freeze"] == [{"start": 0.0, "end": None}]
    assert log.qc()["silence"] == [{"start": 1.5, "end": None}]
    assert log.measured_loudness() is None


def test_ranges_and_counts_are_read() -> None:
    log = read(
        "[Parsed_blackdetect_21 @ 0x7f] [info] black_start:0 black_end:1.2 black_duration:1.2\n"
        "[Parsed_freezedetect_22 @ 0x7f] [info] lavfi.freezedetect.freeze_start: 2\n"
        "[Parsed_freezedetect_22 @ 0x7f] [info] lavfi.freezedetect.freeze_end: 4.5\n"
        "[Parsed_silencedetect_26 @ 0x7f] [info] silence_start: -0.02\n"
        "[h264 @ 0x55] [error] error while decoding MB 1 2\n"
        "[in#0/mov @ 0x55] [verbose]   Input stream #0:0 (video): 200 packets read (9 bytes); 198 frames decoded; "
        "3 decode errors; \n"
        "[out#0/tee @ 0x55] [verbose]   Output stream #0:0 (video): 200 frames encoded; 200 packets muxed (9 bytes); "
    )

    assert log.qc() == {
        "black": [{"start": 0.0, "end": 1.2}],
        "freeze": [{"start": 2.0, "end": 4.5}],
        "silence": [{"start": 0.0, "end": None}],
        "clipped": [],
        "clipped_seconds": 0.0,
        "decode_errors": 3,
        "messages": 1,
    }
    assert (log.decoded["video"], log.encoded[0, 0]) == (198, 200)
