"""`doctor`: look at everything the platform leans on, and say the remedy for whatever fails.

One module per subject; each yields findings and prints nothing. `dam.stack.doctor.report` asks them all.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One line: `ok` False is a failure whose `remedy` says what to do, None a warning, or a note without a remedy."""

    subject: str
    ok: bool | None
    detail: str
    remedy: str = ""

    @property
    def level(self) -> str:
        if self.ok is None:
            return "warn" if self.remedy else "note"
        return "ok" if self.ok else "fail"
