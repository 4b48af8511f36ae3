"""What is found out about a store, in words that an operator can act on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dam.core.storage.failures import Refused, StorageError
from dam.core.storage.multipart import UNKNOWN_CALL

OTHER_STORE = "take a newer version of this store, or another: no right makes up for it"


@dataclass(frozen=True)
class Proof:
    """What was found: `ok` None is a warning where there is a remedy, else a note."""

    subject: str
    ok: bool | None
    detail: str
    remedy: str = ""


def failed(subject: str, detail: str, remedy: str) -> Proof:
    """Return what must be mended."""
    return Proof(subject, ok=False, detail=detail, remedy=remedy)


def answer_of(step: Callable[[], object]) -> StorageError | None:
    """Return how the store refused a step, None where it did it."""
    try:
        step()
    except StorageError as error:
        return error
    return None


def must(subject: str, error: StorageError | None, *, identity: str) -> Proof:
    """Judge what an identity has to be able to do."""
    if error is not None and error.reason in UNKNOWN_CALL:
        return failed(subject, f"the store does not know this call ({error.reason})", OTHER_STORE)
    detail = "as it must" if error is None else f"refused ({error.reason or type(error).__name__})"
    return Proof(subject, error is None, detail, grant(identity))


def must_not(subject: str, error: StorageError | None) -> Proof:
    """Judge what an identity has to be refused."""
    identity, verb, name = subject.split()
    if error is None:
        return failed(f"{identity} {verb} {name}", "it may, and must not", narrow(identity))
    if isinstance(error, Refused):
        return Proof(f"{identity} does not {verb.removesuffix('s')} {name}", ok=True, detail="refused")
    return Proof(subject, None, f"cannot be told ({error.reason})", "run doctor again")


def grant(identity: str) -> str:
    """Say what an identity lacks."""
    return f"give {identity} the rights that docs/operating.md names"


def narrow(identity: str) -> str:
    """Say that an identity may too much."""
    return f"narrow the rights of {identity} to those that docs/operating.md names"
