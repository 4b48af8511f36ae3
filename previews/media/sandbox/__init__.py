"""Run tools on files that strangers sent.

Every tool gets an argv list, an environment without credentials, a process group of its own, resource limits
(prlimit), a filter of system calls (seccomp: no socket, no second process, nothing of the kernel's dark corners) and
a wall clock. Bubblewrap, where it works, adds a file system that holds the system's libraries, its input read-only and
its scratch folder, and no network and no other process in sight. Where it does not, Landlock, where the kernel has
it, closes the same files without namespaces.
"""

from previews.media.sandbox.limits import GIB, MIB, Limits, encode_limits
from previews.media.sandbox.running import Finished, end_of, kill, python, run, started
from previews.media.sandbox.walls import SandboxUnavailable, bubblewrap, kind_here

__all__ = [
    "GIB",
    "MIB",
    "Finished",
    "Limits",
    "SandboxUnavailable",
    "bubblewrap",
    "encode_limits",
    "end_of",
    "kill",
    "kind_here",
    "python",
    "run",
    "started",
]
