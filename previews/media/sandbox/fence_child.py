"""The child that fences itself in and becomes the tool, where bubblewrap does not work.

Runs alone (``python -I -S fence_child.py OPTIONS TOOL ARGUMENT…``); it must import nothing of the house. OPTIONS is
JSON: filter (BPF in hexadecimal), abi (Landlock's, 0 for none), readable, writable, devices (paths), sockets (folders
in which they may be made).
Source: landlock(7), seccomp(2), prctl(2).
"""

import ctypes
import json
import os
import stat
import sys
from typing import Any

_LIBC = ctypes.CDLL(None, use_errno=True)
_PDEATHSIG, _NO_NEW_PRIVILEGES, _SECCOMP, _FILTER, _SIGKILL = 1, 38, 22, 2, 9
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF, _BENEATH = 444, 445, 446, 1
_EXECUTE, _WRITE, _READ, _LIST = 1, 2, 4, 8
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many rights on files an ABI knows; from 5 on they are 16."""
_NO_NEW_SPECIALS = 1 << 6 | 1 << 9 | 1 << 10 | 1 << 11
"""Making devices, sockets and pipes is nobody's business in scratch."""
_MAKE_SOCKETS = 1 << 9
_ON_FILES = _EXECUTE | _WRITE | _READ | 1 << 14


def main() -> None:
    """Close the doors one after another, then run the tool."""
    options = json.loads(sys.argv[1])
    _must(_LIBC.prctl(_PDEATHSIG, _SIGKILL, 0, 0, 0))
    _must(_LIBC.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    if options["abi"]:
        _shut_files(options)
    if options["filter"]:
        _shut_calls(bytes.fromhex(options["filter"]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - there is no shell, which is as it should be


def _shut_files(options: dict[str, Any]) -> None:
    abi = options["abi"]
    every = (1 << _RIGHTS.get(abi, 16)) - 1
    # Files; from 4 on TCP's bind and connect; from 6 on signals and abstract sockets to the outside.
    wanted = (ctypes.c_uint64 * 3)(every, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0)
    size = 8 * (1 + (abi >= 4) + (abi >= 6))
    ruleset = _must(_LIBC.syscall(_CREATE_RULESET, wanted, size, 0))
    for path in options["readable"]:
        _open_up(ruleset, path, rights=_EXECUTE | _READ | _LIST)
    for path in options["devices"]:
        _open_up(ruleset, path, rights=every & (_READ | _WRITE | 1 << 15))
    for path in options["sockets"]:
        _open_up(ruleset, path, rights=_MAKE_SOCKETS)
    for path in options["writable"]:
        _open_up(ruleset, path, rights=every & ~_NO_NEW_SPECIALS)
    _must(_LIBC.syscall(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _open_up(ruleset: int, path: str, *, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(os.fstat(place).st_mode):
        rights &= _ON_FILES | 1 << 15
    # struct landlock_path_beneath_attr is packed: eight bytes of rights, four of descriptor.
    rule = rights.to_bytes(8, sys.byteorder) + place.to_bytes(4, sys.byteorder)
    _must(_LIBC.syscall(_ADD_RULE, ruleset, _BENEATH, rule, 0))
    os.close(place)


def _shut_calls(program: bytes) -> None:
    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_char_p)]

    steps = Program(len(program) // 8, program)
    _must(_LIBC.prctl(_SECCOMP, _FILTER, ctypes.byref(steps), 0, 0))


def _must(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


if __name__ == "__main__":
    main()
