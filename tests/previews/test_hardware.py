"""Graphics cards: presets that ffmpeg parses, trials that tell mistakes of ours from missing devices, and the fall-back.

The machine that runs these needs no card: a card of number 99 fails as a missing one does.
"""

import itertools
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dam.core.observing import metrics
from dam.stack.config import Outside, StackConfig
from dam.stack.doctor import media
from dam.stack.keys import load_or_make
from dam.stack.layout import Layout
from dam.stack.servers import card
from dam.stack.servers.application import Worker, application_services
from previews.media import sandbox
from previews.media.encoding.encoders import X264, Encoder
from previews.media.encoding.qc import Log
from previews.media.encoding.running import Ran
from previews.media.engine import BuildFailed, BuildRequest, build
from previews.media.hardware import capability, choice, nvenc
from previews.media.hardware.verdicts import Verdict, judge
from previews.media.recipes import plan_rungs
from tests.previews.media import Told, clip

ABSENT = 99
LOST = "[h264_nvenc @ 0x55f18976ea40] [error] OpenEncodeSessionEx failed: out of memory (10): (no details)"


@pytest.fixture(autouse=True)
def fresh_trials() -> Iterator[None]:
    capability.forget()
    yield
    capability.forget()


@pytest.fixture
def gpu_worker(monkeypatch: pytest.MonkeyPatch) -> Encoder:
    monkeypatch.setenv("PREVIEW_ENCODER", "nvenc")
    monkeypatch.setenv("PREVIEW_GPU", str(ABSENT))
    return choice.wanted_here()


def fallbacks(reason: str) -> float:
    return float(metrics.ENCODER_FALLBACKS.labels("h264_nvenc", reason)._value.get())


def built_in(place: Path) -> Told:
    (place / "work").mkdir()
    told = Told(place / "store")
    source = clip("card.mov", "25", frames=85)
    result = build(BuildRequest(source=source, workdir=place / "work", name="card.mov", threads=1), told)
    assert result.state == "ready"
    return told


@pytest.mark.parametrize("codec", sorted(nvenc.PRESETS))
def test_ffmpeg_takes_every_word_of_every_preset(codec: str):
    verdict = capability.capability(capability.on_card(nvenc.PRESETS[codec], gpu=ABSENT))

    assert verdict.kind == "device", verdict.said


@pytest.mark.parametrize("codec", sorted(nvenc.PRESETS))
@pytest.mark.parametrize("words", [("-preset", "p9"), ("-b_ref_mode", "sideways"), ("-nonsense", "1")])
def test_a_wrong_option_is_told_from_a_missing_device(codec: str, words: tuple[str, str]):
    preset = nvenc.PRESETS[codec]

    verdict = capability.capability(replace(preset, words=(*preset.words, *words)))

    assert verdict.kind == "options", verdict.said


@pytest.mark.parametrize(
    ("code", "line", "kind"),
    [
        (255, "[h264_nvenc @ 0x1] Cannot load libcuda.so.1", "device"),
        (255, "[h264_nvenc @ 0x1] No capable devices found", "device"),
        (187, LOST, "device"),
        (8, "Unrecognized option 'spatial_aq'.", "options"),
        (8, "Error splitting the argument list: Option not found", "options"),
        (234, "[vost#0:0/h264_nvenc @ 0x1] Error applying encoder options: Invalid argument", "options"),
        (183, "Invalid data found when processing input", "other"),
        (0, "[h264_nvenc @ 0x1] a warning", "works"),
    ],
)
def test_verdicts_follow_ffmpegs_words(code: int, line: str, kind: str):
    assert judge(code, [line, "Conversion failed!"]).kind == kind


def test_every_preset_keeps_the_contract_of_frames():
    rungs = plan_rungs(1920, 1080)
    for encoder in (X264, *nvenc.PRESETS.values()):
        words = encoder.argv(rungs, gop=25)
        said = dict(itertools.pairwise(words))
        assert said["-g"] == "25"
        assert said["-pix_fmt"] == "yuv420p"
        assert said["-flags"] == "+cgop"
        assert said["-bf"] == "3"
        assert said.get("-sc_threshold", "0") == "0"
        assert (said.get("-forced-idr"), said.get("-no-scenecut")) == (
            ("1", "1") if encoder.is_hardware else (None, None)
        )
        caps = [said[f"-maxrate:v:{number}"] for number in range(len(rungs))]
        assert caps == [f"{rung.cap_kilobits * 88 // 100}k" for rung in rungs]


def test_a_trial_is_remembered_for_ten_minutes(monkeypatch: pytest.MonkeyPatch):
    encoder = capability.on_card(nvenc.H264, gpu=ABSENT)
    first = capability.capability(encoder)

    assert capability.capability(encoder) is first

    monkeypatch.setattr(capability, "KEPT_S", -1.0)
    capability.forget()
    second = capability.capability(encoder)
    assert capability.capability(encoder) is not second


def test_without_a_card_a_whole_build_is_made_by_the_processor(
    gpu_worker: Encoder, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    before = fallbacks("device")

    with caplog.at_level(logging.WARNING, logger="previews"):
        told = built_in(tmp_path)

    assert [record.message for record in caplog.records] == ["preview.encoder_fell_back"]
    assert fallbacks("device") == before + 1
    assert_one_encoder(told)


def test_a_card_that_fails_at_work_is_done_without_from_then_on(
    gpu_worker: Encoder, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    capability.remember(gpu_worker, Verdict("works"))
    before = fallbacks("device")

    with caplog.at_level(logging.WARNING, logger="previews"):
        told = built_in(tmp_path)

    assert [record.message for record in caplog.records] == ["preview.encoder_fell_back"]
    assert fallbacks("device") == before + 1
    assert_one_encoder(told)
    assert choice.encoder_here() is X264


def test_options_that_the_card_refuses_fail_the_build_loudly(
    gpu_worker: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    wrong = replace(nvenc.H264, words=(*nvenc.H264.words, "-preset", "p9"))
    monkeypatch.setattr(nvenc, "H264", wrong)

    with caplog.at_level(logging.WARNING, logger="previews"), pytest.raises(BuildFailed) as failure:
        built_in(tmp_path)

    assert failure.value.permanent
    assert [(each.levelname, each.message) for each in caplog.records] == [
        ("ERROR", "preview.encoder_refused")
    ]
    assert not list(tmp_path.rglob("*.m4s"))


def test_after_segments_are_out_a_failed_card_gives_the_build_up(gpu_worker: Encoder):
    capability.remember(gpu_worker, Verdict("works"))
    used: list[str] = []

    def run(encoder: Encoder) -> Ran:
        used.append(encoder.name)
        return Ran(code=187, is_stopped=False, log=Log(errors=[LOST]))

    with pytest.raises(BuildFailed) as failure:
        choice.encode_here(run, has_published=lambda: True, clear=lambda: None)

    assert not failure.value.permanent
    assert used == ["h264_nvenc"]
    assert choice.encoder_here() is X264


def test_a_damaged_source_is_not_blamed_on_the_card(gpu_worker: Encoder, monkeypatch: pytest.MonkeyPatch):
    capability.remember(gpu_worker, Verdict("works"))
    monkeypatch.setattr(capability, "_try", lambda encoder: Verdict("works"))
    used: list[str] = []

    def run(encoder: Encoder) -> Ran:
        used.append(encoder.name)
        return Ran(code=183, is_stopped=False, log=Log(errors=["Invalid data found when processing input"]))

    ran = choice.encode_here(run, has_published=lambda: False, clear=lambda: None)

    assert (ran.code, used) == (183, ["h264_nvenc"])


def assert_one_encoder(told: Told) -> None:
    """Every rung has pictures, all of them of x264, which signs its streams."""
    rungs = sorted({path.parent for path in told.store.glob("hls/v*/*.m4s")})
    assert rungs
    pictures = [rung for rung in rungs if b"x264 - core" in (rung / "00000.m4s").read_bytes()]
    assert len(pictures) == len(rungs) - 1  # the last holds the sound


def stack_of(place: Path) -> StackConfig:
    layout = Layout.of(place, base_port=20300)
    layout.make_directories()
    outside = Outside(postgres=False, redis=False, s3=False, edge=False)
    return StackConfig(layout=layout, keys=load_or_make(layout.secrets_file), outside=outside)


@pytest.fixture
def fresh_card(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PREVIEW_ENCODER", "nvenc")
    monkeypatch.setenv("PREVIEW_GPU", str(ABSENT))
    card.verdict.cache_clear()
    yield
    card.verdict.cache_clear()


def test_a_stack_without_a_card_starts_no_worker_for_it(fresh_card: None, tmp_path: Path):
    config = stack_of(tmp_path)

    queues = {each.name: each.queue for each in application_services(config) if isinstance(each, Worker)}
    # What waits for a card from before is made by the processor.
    assert queues == {"worker-short": "short", "worker-encode-1": "encode,gpu"}
    assert config.own_environment()["PREVIEW_QUEUE"] == "encode"
    assert card.verdict().kind == "device"


def test_a_stack_with_a_card_gives_it_a_worker_and_a_queue_of_its_own(
    fresh_card: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(card, "works", lambda: True)
    config = stack_of(tmp_path)

    workers = {
        service.name: service for service in application_services(config) if isinstance(service, Worker)
    }

    assert config.own_environment()["PREVIEW_QUEUE"] == "gpu"
    assert (workers["worker-gpu"].queue, workers["worker-encode-1"].queue) == ("gpu", "encode")
    encoders = {name: worker.command().env["PREVIEW_ENCODER"] for name, worker in workers.items()}
    assert encoders == {"worker-short": "cpu", "worker-encode-1": "cpu", "worker-gpu": "nvenc"}


def test_doctor_says_why_a_card_is_not_used(fresh_card: None):
    found = next(each for each in media.look() if each.subject == "gpu")

    assert found.level == "warn"
    assert "h264_nvenc does not run" in found.detail


def test_a_card_may_be_reached_by_its_encoder_alone():
    limits = sandbox.Limits()

    assert capability.limits_with(X264, limits) is limits
    assert capability.limits_with(nvenc.H264, limits).memory_bytes is None
