"""Why a build could not be made, in words for the person who uploaded the file."""


class BuildFailed(Exception):
    """No previews could be made.

    `reason` is for a person and says what to do; `permanent` means that a retry is of no use.
    """

    def __init__(self, reason: str, *, permanent: bool) -> None:
        """Carry the reason as the message too."""
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


class OpeningWrong(Exception):
    """What was made of a master's first seconds does not fit the whole: build it anew, under another generation."""
