"""The platform's store behind the proxy of faults."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dam.core import storage
from dam.core.storage import clients
from tests.faults.fault_proxy import FaultProxy, fault_proxy


@contextmanager
def proxied_store(monkeypatch: pytest.MonkeyPatch, *, timeout_s: int) -> Iterator[FaultProxy]:
    """Let the platform reach its store through a proxy, with so much patience; browsers go past it."""
    real = storage.configuration()
    keys = {pair.key_id: pair.secret for pair in real.keys.values()}
    with fault_proxy(real.endpoint_url, keys=keys) as proxy:
        told = {"ENDPOINT_URL": proxy.url, "PUBLIC_URL": real.public_url, "TIMEOUT": str(timeout_s)}
        for name, value in told.items():
            monkeypatch.setenv(f"S3_{name}", value)
        monkeypatch.setattr(clients, "LONG_FACTOR", 1)
        storage.forget()
        yield proxy
        proxy.mend()
        storage.forget()
    monkeypatch.undo()
    storage.forget()
