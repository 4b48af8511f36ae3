"""Try the card that the environment names and write the verdict as JSON: ``python -m previews.media.hardware.trial``.

For programs that want to know and nothing else: the engine's libraries stay out of their memory.
"""

import json
import sys
from dataclasses import asdict

from previews.media.hardware.capability import capability
from previews.media.hardware.choice import wanted_here
from previews.media.hardware.verdicts import Verdict
from previews.media.sandbox import SandboxUnavailable


def main() -> None:
    """Try, and tell."""
    try:
        verdict = capability(wanted_here())
    except SandboxUnavailable as error:
        verdict = Verdict("other", str(error))
    sys.stdout.write(json.dumps(asdict(verdict)))


if __name__ == "__main__":
    main()
