"""What can go wrong with a stack, in words for the person at the terminal."""


class StackError(Exception):
    """A failure that a person can mend; the text says how."""


class BinaryMissing(StackError):
    """A program that a service needs is not there."""


class PortTaken(StackError):
    """Another program listens on a port of this stack."""


class ServiceFailed(StackError):
    """A service ended or did not become ready in time."""


class EdgeMisconfigured(StackError):
    """A value, or an nginx, that the edge cannot run with; the text names it."""
