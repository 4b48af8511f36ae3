"""A process that has loaded everything and forks the platform's processes on order: `python -m tests.faults.zygote`.

A kill costs a fork then, and not the seconds that Python takes to load. Orders come as lines of JSON:
`{"start": role, …}` forks a process that stays, answered by its number; `{"call": name, …}` forks one that runs a
function of `tests.faults.inside` and answers what it returns.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import traceback
from typing import Any

import django

django.setup()

from dam.stack.supervising.processes import die_with_parent  # noqa: E402  Django must know its settings first
from tests.faults import inside  # noqa: E402  as above


def main() -> None:
    # Children that end are gone at once: nobody waits for them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()
    say(os.getpid())
    for line in sys.stdin:
        order: dict[str, Any] = json.loads(line)
        say(start(order) if "start" in order else call(order))


def say(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def start(order: dict[str, Any]) -> int:
    role = order.pop("start")
    pid = os.fork()
    if pid == 0:
        become_child()
        os.setsid()
        end(lambda: inside.ROLES[role](**order))
    return pid


def call(order: dict[str, Any]) -> Any:
    name = order.pop("call")
    reader, writer = os.pipe()
    if os.fork() == 0:
        become_child()
        os.close(reader)

        def answer() -> None:
            with os.fdopen(writer, "w") as file:
                try:
                    file.write(json.dumps(inside.CALLS[name](**order), default=str))
                except Exception:
                    file.write(json.dumps({"traceback": traceback.format_exc()}))

        end(answer)
    os.close(writer)
    with os.fdopen(reader) as file:
        return json.loads(file.read())


def become_child() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    die_with_parent(signal.SIGKILL, parent=os.getppid())
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)


def end(work: Any) -> None:
    """Work, and leave without what the parent's exit would do."""
    code = 0
    try:
        work()
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        sys.stderr.flush()
        os._exit(code)


main()
