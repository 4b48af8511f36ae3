"""The filter of system calls: a program for the kernel (classic BPF), made of numbers alone.

It refuses what no decoder needs: sockets, a second process, and the corners of the kernel that exploits go through.
Everything else stays allowed, so that a new version of a library does not fail on a call that nobody thought of.
Source of the numbers: the kernel's syscall tables; of the layout, seccomp(2).
"""

import errno
import platform
import struct
from dataclasses import dataclass

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_CLONE_THREAD = 0x00010000
_AF_UNIX = 1
_X32 = 0x40000000


@dataclass(frozen=True)
class _Table:
    """The numbers of one processor family; `fork` are calls that always make a process."""

    audit: int
    clone: int
    socket: int
    fork: tuple[int, ...]
    refused: tuple[int, ...]


_CLONE3 = 435
# Since Linux 5.1 all families share the numbers of new calls: pidfd_getfd, io_uring, the new mount interface.
_NEW = (425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 442)
_TABLES = {
    "x86_64": _Table(
        audit=0xC000003E,
        clone=56,
        socket=41,
        fork=(57, 58),
        refused=(
            *(101, 310, 311, 312),  # ptrace, process_vm_readv, process_vm_writev, kcmp
            *(
                321,
                298,
                323,
                248,
                249,
                250,
            ),  # bpf, perf_event_open, userfaultfd, add_key, request_key, keyctl
            *(
                165,
                166,
                155,
                161,
                272,
                308,
                304,
            ),  # mount, umount2, pivot_root, chroot, unshare, setns, by handle
            *(246, 320, 175, 313, 176, 167, 168, 169),  # kexec x2, modules x3, swapon, swapoff, reboot
            *(154, 172, 173, 163, 170, 171, 164, 227),  # modify_ldt, iopl, ioperm, acct, names x2, clocks x2
            *_NEW,
        ),
    ),
    "aarch64": _Table(
        audit=0xC00000B7,
        clone=220,
        socket=198,
        fork=(),
        refused=(
            *(117, 270, 271, 272),  # ptrace, process_vm_readv, process_vm_writev, kcmp
            *(
                280,
                241,
                282,
                217,
                218,
                219,
            ),  # bpf, perf_event_open, userfaultfd, add_key, request_key, keyctl
            *(40, 39, 41, 51, 97, 268, 265),  # mount, umount2, pivot_root, chroot, unshare, setns, by handle
            *(104, 294, 105, 273, 106, 224, 225, 142),  # kexec x2, modules x3, swapon, swapoff, reboot
            *(89, 161, 162, 170, 112),  # acct, names x2, clocks x2
            *_NEW,
        ),
    ),
}


def program(*, may_fork: bool, machine: str | None = None) -> bytes | None:
    """Assemble the filter for this processor; None for one whose numbers are not known here.

    What may start processes may also have sockets of this machine (AF_UNIX): office suites find themselves by one.
    """
    table = _TABLES.get(machine or platform.machine())
    if table is None:
        return None
    refuse, missing = _ERROR | errno.EPERM, _ERROR | errno.ENOSYS
    steps = [
        *_unless(_ARCHITECTURE, table.audit, result=_KILL),
        (_LOAD, 0, 0, _NUMBER),
        *([(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, missing)] if table.audit == 0xC000003E else []),
        *_when(table.refused, result=refuse),
    ]
    if may_fork:
        steps += [(_EQUAL, 0, 3, table.socket), (_LOAD, 0, 0, _FIRST_ARGUMENT)]
        steps += [(_EQUAL, 1, 0, _AF_UNIX), (_RETURN, 0, 0, refuse), (_LOAD, 0, 0, _NUMBER)]
    else:
        steps += _when((table.socket,), result=refuse)
        # glibc starts threads by clone where clone3 is said to be missing; only clone's flags can be read here.
        steps += [*_when(table.fork, result=refuse), *_when((_CLONE3,), result=missing)]
        steps += [(_EQUAL, 0, 3, table.clone), (_LOAD, 0, 0, _FIRST_ARGUMENT)]
        steps += [(_ANY_BIT, 1, 0, _CLONE_THREAD), (_RETURN, 0, 0, refuse)]
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _unless(offset: int, value: int, *, result: int) -> list[tuple[int, int, int, int]]:
    return [(_LOAD, 0, 0, offset), (_EQUAL, 1, 0, value), (_RETURN, 0, 0, result)]


def _when(numbers: tuple[int, ...], *, result: int) -> list[tuple[int, int, int, int]]:
    """Answer each of these calls with a result."""
    return [step for number in numbers for step in ((_EQUAL, 0, 1, number), (_RETURN, 0, 0, result))]
