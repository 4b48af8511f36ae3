"""What a worker does when it loses the broker: nothing that could end it, since the rows tell what is to be done."""

import time
from typing import Any

from celery.worker import consumer

AGAIN_S = 1.0


class Consumer(consumer.Consumer):
    """Celery's own, which outlives a broker that goes away while tasks run."""

    def on_connection_error_before_connected(self, exc: Exception) -> None:
        """Rest before the next try: one that refuses would be asked as fast as it can answer."""
        super().on_connection_error_before_connected(exc)
        time.sleep(AGAIN_S)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Give the lost connection up, and with it the messages of the tasks that run.

        Celery would write them back, and confirm each when its task ends, through a connection that it has taken
        apart itself; either error ends the whole worker with all it does. Nobody needs the messages: whoever works
        goes on under the lease, and the sweep wakes for what waits.
        """
        lost: Any = self.connection  # kombu's types know no transport's channels
        for channel in lost.transport.channels:
            channel.do_restore = False
            channel.basic_ack = channel.basic_reject = _forget
        super().on_connection_error_after_connected(exc)


def _forget(*_: object, **__: object) -> None:
    """Take an answer to a message for which there is nobody any more."""
