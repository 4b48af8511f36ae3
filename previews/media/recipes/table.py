"""The recipe table: every number and word that decides what previews come out. Data alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

RECIPE_VERSION = 4
"""Counts up whenever the same master would get other previews; a part of every build's identity."""

Priority = Literal["critical", "usual", "extra"]
"""Critical: without it nothing plays. Extra: left for later while builds wait."""

Source = Literal["picture and sound", "picture", "sound", "sound and cover"]

LADDER_NAME = "rungs"
"""Stands in the table for every size of the ladder."""

RECIPES: Mapping[Source, Mapping[str, Priority]] = {
    "picture and sound": {
        "poster": "critical",
        LADDER_NAME: "critical",
        "audio": "critical",
        "mp4": "critical",
        "thumbnails": "usual",
        "storyboard": "extra",
        "waveform": "usual",
        "frames": "usual",
    },
    "picture": {
        "poster": "critical",
        LADDER_NAME: "critical",
        "mp4": "critical",
        "thumbnails": "usual",
        "storyboard": "extra",
        "frames": "usual",
    },
    "sound": {"audio": "critical", "mp4": "critical", "waveform": "usual"},
    "sound and cover": {
        "audio": "critical",
        "mp4": "critical",
        "waveform": "usual",
        "poster": "usual",
        "thumbnails": "usual",
    },
}
"""What is made of each kind of source, the most wanted first. Clips too short for HLS have neither rungs nor audio."""

AUDIO_RATE = 48_000
AAC_FRAME = 1024
AUDIO_KILOBITS = 128
THUMBNAILS = (150, 300, 1280)
POSTER_SIDE = 1920
TILE_SIDE = 160
SHEET_SIDE = 10
LONGEST_SIDE = 4096
"""Rungs are never longer than this, whatever their short side: the limit of H.264 level 5.1 hardware decoders."""


@dataclass(frozen=True)
class Quality:
    """One row of the ladder: constant quality with a cap, for pictures up to this short side."""

    short: int
    crf: int
    cap_kilobits: int


LADDER = (
    Quality(1080, 19, 12_000),
    Quality(720, 21, 4_000),
    Quality(480, 23, 1_500),
    Quality(360, 23, 800),
    Quality(240, 24, 450),
)
TOP_CRF = 19
PRESET = "veryfast"
B_FRAMES = 3
