"""How a job ends badly."""

from __future__ import annotations

from typing import Any

from dam.core.errors import problem

TITLE = "The job failed."


class JobFailed(Exception):
    """Raised by a handler that knows what is wrong; `detail` is a sentence for a person.

    What is `retryable` spends a try, unless it is not the job's fault: then it spends none until `forgiven_s` seconds
    after the job was first begun.
    """

    def __init__(self, code: str, detail: str, *, retryable: bool = False, forgiven_s: float = 0) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail
        self.retryable, self.forgiven_s = retryable, forgiven_s

    def problem(self) -> dict[str, Any]:
        """Return the problem document that the job keeps."""
        return problem(self.code, TITLE, 422, self.detail)


class LeaseLost(Exception):
    """The job is no longer this worker's: cancelled, taken over, or given back. Stop and leave no trace."""
