"""The bus between whoever makes live events and the processes that hold the sockets: one Redis channel.

Every live process hears every message and hands it to its own sockets by topic, so the text is rendered once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
import redis
from django.conf import settings

logger = logging.getLogger(__name__)
TIMEOUT_S = 2.0
#: Upon this clients fetch anew.
RESET = "reset"
#: What a collection holds has changed: the books of shares follow it, members do not hear of it.
ITEMS_CHANGED = "collection.items"
# Events about an asset, or about its stack, reach the sockets of all its versions.
_ABOUT_ASSET = ("asset.", "version.")


def channel() -> str:
    """Return the Redis channel of this platform."""
    return f"dam.live.{settings.PLATFORM_KEY}"


def plain(value: Any) -> Any:
    """Return the value as JSON knows it: ids and times as text."""
    return orjson.loads(orjson.dumps(value, default=str, option=orjson.OPT_UTC_Z))


def member_topics(
    event: str, *, project_id: UUID | None, asset_id: UUID | None, version_id: UUID | None
) -> list[str]:
    """Return the topics under which members hear of an event."""
    if event == ITEMS_CHANGED:
        return []
    topics = [f"project:{project_id}"] if project_id else []
    if version_id:
        topics.append(f"version:{version_id}")
    if asset_id and (version_id is None or event.startswith(_ABOUT_ASSET)):
        topics.append(f"asset:{asset_id}")
    return topics


def message(
    *,
    organization_id: UUID,
    event: str,
    data: Any,
    topics: Sequence[str],
    number: int | None = None,
    at: datetime | None = None,
    key: str | None = None,
) -> bytes:
    """Return one message of the bus; `text` in it is exactly what a client receives.

    Of messages with the same `key` a client gets at most one a second, and always the last.
    """
    at = at or datetime.now(UTC)
    return orjson.dumps(
        {
            "organization": organization_id,
            "at": at.timestamp(),
            "topics": topics,
            "seq": number,
            "key": key,
            "text": event_text(event, number=number, at=at, data=data),
        }
    )


def event_text(event: str, *, number: int | None, at: datetime, data: Any) -> str:
    """Return the event as a client receives it."""
    return orjson.dumps(
        {"type": event, "seq": number, "at": at, "data": data}, default=str, option=orjson.OPT_UTC_Z
    ).decode()


def send(messages: Iterable[bytes]) -> None:
    """Publish messages in order.

    Raises:
        redis.RedisError: Redis cannot be reached.
    """
    pipe = _client().pipeline(transaction=False)
    name = channel()
    for each in messages:
        pipe.publish(name, each)
    pipe.execute()


def send_or_drop(messages: Iterable[bytes]) -> None:
    """Publish messages that nobody misses for long."""
    try:
        send(messages)
    except redis.RedisError as error:
        logger.warning("live.dropped", extra={"error": str(error)})


@lru_cache(maxsize=1)
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
    )
