"""What every request meets first, whichever way it takes: its id, its client's address, its place in the log."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from typing import Any

import uuid_utils

from dam.core.observing import log


def receive(meta: MutableMapping[str, Any]) -> str:
    """Begin the request's log context and put the client's address in the peer's place; returns the request's id."""
    identity = log.accepted_id(meta.get("HTTP_X_REQUEST_ID", "")) or str(uuid_utils.uuid7())
    log.clear()
    log.bind(request_id=identity)
    meta["PEER_ADDR"] = meta.get("REMOTE_ADDR", "")
    meta["REMOTE_ADDR"] = client_address(meta)
    return identity


def client_address(meta: Mapping[str, Any]) -> str:
    """Return the client's address; a proxy on loopback names it in `X-Real-IP`, which it always overwrites."""
    return _address(str(meta.get("REMOTE_ADDR", "")), str(meta.get("HTTP_X_REAL_IP", "")))


@lru_cache(maxsize=512)
def _address(peer: str, named: str) -> str:
    try:
        if named and ipaddress.ip_address(peer).is_loopback:
            return str(ipaddress.ip_address(named))
    except ValueError:
        return peer
    return peer
