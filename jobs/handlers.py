"""The door through which the rooms above bring the code that does their kinds of work."""

from jobs.kinds import Handler, OnFailed, register

__all__ = ["Handler", "OnFailed", "register"]
