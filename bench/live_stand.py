"""What `bench live-fanout` is compared with: a bare Channels consumer, served by granian like our own.

`python -m bench.live_stand LAYER PORT` serves it until it is ended; LAYER is `pubsub` or `core`, `REDIS_URL` names Redis.
"""

import os
import sys
from typing import Any

import django
from channels.generic.websocket import AsyncWebsocketConsumer  # type: ignore[import-untyped]  # has no types
from django.conf import settings
from django.utils.module_loading import import_string

GROUP = "bench"
FASTEST = "pubsub"
LAYERS = {
    "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
    "core": "channels_redis.core.RedisChannelLayer",
}


def layers(name: str, *, redis_url: str) -> dict[str, Any]:
    """Answer Django's setting of one channel layer."""
    config = {"hosts": [redis_url], "prefix": f"bench-{name}"}
    return {"default": {"BACKEND": LAYERS[name], "CONFIG": config}}


class Bare(AsyncWebsocketConsumer):  # type: ignore[misc]  # for the same reason
    """As small as a consumer can be: join a group, and pass on what is sent to it."""

    async def connect(self) -> None:
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def news(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event["text"])


def build() -> Any:
    """Answer the ASGI application, set up by the environment."""
    if not settings.configured:
        name, url = os.environ["BENCH_LAYER"], os.environ["REDIS_URL"]
        settings.configure(CHANNEL_LAYERS=layers(name, redis_url=url))
        django.setup()
    return Bare.as_asgi()


def news(text: str) -> dict[str, Any]:
    """Answer the message that the consumer passes on."""
    return {"type": "news", "text": text}


def layer_of(config: dict[str, Any]) -> Any:
    """Answer a layer for a process that sends only."""
    made = config["default"]
    return import_string(made["BACKEND"])(**made["CONFIG"])


def main(layer: str, port: str) -> None:
    """Become the server, so that whoever started this process can end it."""
    argv = [
        *(sys.executable, "-m", "granian", "--interface", "asgi", "--ws", "--loop", "asyncio"),
        *("--host", "127.0.0.1", "--port", port, "--workers", "1", "--log-level", "critical"),
        *("--workers-kill-timeout", "1", "--factory", "bench.live_stand:build"),
    ]
    os.execve(sys.executable, argv, os.environ | {"BENCH_LAYER": layer})  # noqa: S606  no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
