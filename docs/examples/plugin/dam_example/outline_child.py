"""A metadata extractor: how long a file is, how it begins, and how much of it looks random.

Runs alone (``python -I outline_child.py FILE OPTIONS``) inside the sandbox: no network, no credentials, nothing to read but
the file. It prints one JSON object, or nothing where it has nothing to say.
"""

import json
import math
import sys
from collections import Counter
from pathlib import Path

LOOKED_AT = 1 << 20


def outline(path: Path) -> dict[str, object]:
    """Return what is told of a file."""
    with path.open("rb") as file:
        head = file.read(LOOKED_AT)
    counts = Counter(head)
    entropy = -sum(n / len(head) * math.log2(n / len(head)) for n in counts.values()) if head else 0.0
    return {"size": path.stat().st_size, "begins": head[:8].hex(), "entropy": round(entropy, 3)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(outline(Path(sys.argv[1]))))
