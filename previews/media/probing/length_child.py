"""The child that tells how long a stranger's file of which the beginning is here declares itself to be; prints JSON.

Runs alone (``python -I length_child.py FILE OPTIONS``) inside the sandbox; it must import nothing of the house. OPTIONS
is JSON: formats, codecs.
"""

import json
import sys
from typing import Any

import av
import av.error


def main() -> None:
    """Answer what was asked on the command line."""
    path, options = sys.argv[1:]
    try:
        answer = length(path, options=json.loads(options))
    except (av.error.FFmpegError, ValueError, KeyError, IndexError):
        answer = {}
    sys.stdout.write(json.dumps(answer))


def length(path: str, *, options: dict[str, Any]) -> dict[str, Any]:
    """Read the declared length, in seconds."""
    whitelists = {
        "protocol_whitelist": "file",
        "format_whitelist": options["formats"],
        "codec_whitelist": options["codecs"],
    }
    with av.open(f"file:{path}", options=whitelists, metadata_errors="replace") as container:
        return {"seconds": container.duration / av.time_base if container.duration else None}


if __name__ == "__main__":
    main()
