"""Read what ffmpeg says of a card: it works, the device fails, or our own options are wrong."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["works", "device", "options", "other"]

_OPTIONS = re.compile(
    r"Unrecognized option|Error applying|Option not found|Unable to parse|Error setting option|Unknown encoder"
)
_DEVICE = re.compile(
    r"Cannot load (?:lib|nv)cuda|Cannot load \S*nv(?:idia-)?encod|Could not dynamically load CUDA|No capable devices"
    r"|OpenEncodeSessionEx|out of memory|CUDA_ERROR|cuInit|No device available|Device creation failed"
    r"|Driver does not support|does not support required NVENC|[Nn]o NVENC capable|Failed locking bitstream"
    r"|EncodePicture failed|nvEncodeAPI"
)
_ADDRESS = re.compile(r" @ 0x[0-9a-f]+")
_LONGEST = 300


@dataclass(frozen=True)
class Verdict:
    """What came of a run with a card; `said` is ffmpeg's own line that tells."""

    kind: Kind
    said: str = ""


def judge(code: int, said: Iterable[str]) -> Verdict:
    """Judge a run by its exit code and the lines of its standard error.

    Wrong options come first: they are mistakes of ours, and no other device would take them either.
    """
    if code == 0:
        return Verdict("works")
    lines = [_ADDRESS.sub("", line).strip()[:_LONGEST] for line in said if line.strip()]
    patterns: tuple[tuple[Kind, re.Pattern[str]], ...] = (("options", _OPTIONS), ("device", _DEVICE))
    for kind, pattern in patterns:
        telling = next((line for line in lines if pattern.search(line)), None)
        if telling is not None:
            return Verdict(kind, telling)
    return Verdict("other", lines[-1] if lines else f"ended with {code}")
