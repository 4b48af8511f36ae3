"""How patient a supervisor is, and with how little room it makes do."""

from dataclasses import dataclass

from dam import env
from dam.stack.errors import StackError
from dam.stack.supervising import logs

MIB = 1024**2
GIB = 1024**3


@dataclass(frozen=True)
class Watch:
    """What the supervisor looks for.

    Attributes:
        silence_s: seconds without an answer after which a service that lives is started again.
        probe_s: seconds between two questions to a service.
        least_free_bytes: with less room on its disk no stack starts, and a running one is degraded.
        least_free_inodes: likewise, where the file system counts them.
        log_bytes: size above which a log file is turned.
    """

    silence_s: float = 60.0
    probe_s: float = 5.0
    least_free_bytes: int = 512 * MIB
    least_free_inodes: int = 2000
    log_bytes: int = logs.LIMIT_BYTES

    @classmethod
    def from_environment(cls) -> "Watch":
        """Read what an operator may change.

        Raises:
            StackError: naming the variable that cannot be read.
        """
        try:
            silence_s = env.read_int("DAM_RESTART_SILENT_AFTER", 60, least=1)
            return cls(
                silence_s=silence_s,
                probe_s=min(cls.probe_s, silence_s / 4),
                least_free_bytes=env.read_int("DAM_DISK_LEAST", cls.least_free_bytes),
                log_bytes=env.read_int("DAM_LOG_LIMIT", cls.log_bytes, least=1000),
            )
        except env.BadEnvironment as error:
            raise StackError(str(error)) from error
