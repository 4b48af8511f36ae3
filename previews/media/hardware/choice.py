"""Choose the encoder of a worker, and go on without its card when that fails."""

import logging
import os
from collections.abc import Callable

from dam.core.observing import metrics
from previews.media.encoding.encoders import X264, Encoder
from previews.media.encoding.running import Ran
from previews.media.failures import BuildFailed
from previews.media.hardware import capability, nvenc
from previews.media.hardware.verdicts import Verdict, judge

logger = logging.getLogger(__name__)


def wanted_here() -> Encoder:
    """Answer the encoder that this process is set to use, whether it runs or not.

    `PREVIEW_ENCODER` is `cpu` or `nvenc`, `PREVIEW_GPU` the number of the card.
    """
    if os.environ.get("PREVIEW_ENCODER", "cpu") != "nvenc":
        return X264
    return capability.on_card(nvenc.H264, gpu=int(os.environ.get("PREVIEW_GPU") or 0))


def encoder_here() -> Encoder:
    """Answer the encoder to use now: the card's while its trial passes, else the processor's.

    Raises: BuildFailed when the card's encoder refuses our options: a mistake that a fall-back would hide.
    """
    encoder = wanted_here()
    if not encoder.is_hardware:
        return encoder
    verdict = capability.capability(encoder)
    if verdict.kind == "works":
        return encoder
    _fall_back(encoder, verdict)
    return X264


def encode_here(
    run: Callable[[Encoder], Ran], *, has_published: Callable[[], bool], clear: Callable[[], None]
) -> Ran:
    """Encode with the encoder of this worker; once more on the processor when the card fails.

    One rung never holds pictures of two encoders: `clear` throws away what the first run made, and where
    `has_published` says that pieces of it are out already, the whole build is given up and tried again elsewhere.
    Raises: BuildFailed when our options are wrong, or when the card failed after something was published.
    """
    encoder = encoder_here()
    ran = run(encoder)
    if not encoder.is_hardware or ran.code == 0:
        return ran
    verdict = _blame(encoder, ran)
    if verdict.kind == "works":
        return ran
    _fall_back(encoder, verdict)
    if has_published():
        raise BuildFailed(
            "The graphics card failed in the middle of encoding; it is tried again without it.",
            permanent=False,
        )
    clear()
    return run(X264)


def _blame(encoder: Encoder, ran: Ran) -> Verdict:
    """Judge a failed run: what it said, or, where that tells nothing of the card, another trial."""
    verdict = judge(ran.code, ran.log.errors)
    if verdict.kind == "other":
        capability.forget()
        return capability.capability(encoder)
    capability.remember(encoder, verdict)
    return verdict


def _fall_back(encoder: Encoder, verdict: Verdict) -> None:
    """Count and tell of a card that is done without.

    Raises: BuildFailed when it is our options that are wrong.
    """
    metrics.ENCODER_FALLBACKS.labels(encoder.name, verdict.kind).inc()
    told = {"encoder": encoder.name, "reason": verdict.kind, "said": verdict.said}
    if verdict.kind == "options":
        logger.error("preview.encoder_refused", extra=told)
        raise BuildFailed(
            "This server's graphics card refuses the settings it is given. Its operator finds the cause in the log; "
            "try again afterwards.",
            permanent=True,
        )
    logger.warning("preview.encoder_fell_back", extra=told)
