"""Another nginx than the one the platform brings: that of a distribution, where one with njs is installed."""

import os
import subprocess
from pathlib import Path

from dam.stack.errors import EdgeMisconfigured
from dam.stack.servers import binaries, edge

PLACES = ("/usr/sbin/nginx", "/usr/local/nginx/sbin/nginx", "/usr/local/sbin/nginx")


def second_nginx() -> Path | None:
    """Return the nginx of `DAM_TEST_NGINX`, else of this machine, if the edge can run with it."""
    wanted = os.environ.get("DAM_TEST_NGINX")
    for each in (Path(wanted),) if wanted else map(Path, PLACES):
        if each.exists() and each != binaries.nginx():
            try:
                edge.inspect(each)
            except (EdgeMisconfigured, subprocess.SubprocessError, OSError):
                continue
            return each
    return None
