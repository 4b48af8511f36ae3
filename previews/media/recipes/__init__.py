"""What is made of which source: the recipe table as data, and the planner that applies it to probe facts."""

from previews.media.recipes.planner import (
    COVER_RENDITIONS,
    WITHHOLDABLE,
    AudioPlan,
    VideoPlan,
    plan_audio,
    plan_video,
)
from previews.media.recipes.sizes import Rung, even, fit_inside, plan_rungs
from previews.media.recipes.storyboard import Storyboard, plan_storyboard, plan_waveform_rate
from previews.media.recipes.table import (
    AAC_FRAME,
    AUDIO_KILOBITS,
    AUDIO_RATE,
    B_FRAMES,
    LADDER_NAME,
    POSTER_SIDE,
    PRESET,
    RECIPE_VERSION,
    THUMBNAILS,
)
from previews.media.recipes.timing import Timing, is_good_tail, plan_timing

__all__ = [
    "AAC_FRAME",
    "AUDIO_KILOBITS",
    "AUDIO_RATE",
    "B_FRAMES",
    "COVER_RENDITIONS",
    "LADDER_NAME",
    "POSTER_SIDE",
    "PRESET",
    "RECIPE_VERSION",
    "THUMBNAILS",
    "WITHHOLDABLE",
    "AudioPlan",
    "Rung",
    "Storyboard",
    "Timing",
    "VideoPlan",
    "even",
    "fit_inside",
    "is_good_tail",
    "plan_audio",
    "plan_rungs",
    "plan_storyboard",
    "plan_timing",
    "plan_video",
    "plan_waveform_rate",
]
