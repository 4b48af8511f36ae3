"""After commit: the outbox and its relay, the schedule and who runs it."""
