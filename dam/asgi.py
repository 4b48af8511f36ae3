"""The ASGI door: sockets, and in the background of the same process the outbox relay and the schedule."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import django
import orjson

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dam.settings")
django.setup()

from activity.consumers import application_for  # noqa: E402  # models only load after the set-up
from activity.live import Live  # noqa: E402  as above
from dam.celery import app as celery  # noqa: E402  as above
from dam.core.delivery.background import RelayLoop, ScheduleLoop  # noqa: E402  as above
from dam.core.errors import NotFound  # noqa: E402  as above
from dam.core.observing import process as living  # noqa: E402  as above


class Process:
    """What lives as long as the server: the sockets' hub, the relay, the schedule."""

    def __init__(self) -> None:
        celery.set_default()
        self.live = Live()
        self.loops = [RelayLoop(), ScheduleLoop()]
        self.sockets = application_for(self.live)
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        living.begin("live", parts=self.parts)
        self._running = asyncio.create_task(self.live.run())
        for each in self.loops:
            each.start()

    async def stop(self) -> None:
        for each in self.loops:
            each.stopping.set()
        await self.live.close()
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
        await asyncio.gather(*(asyncio.to_thread(each.stop) for each in self.loops))

    def parts(self) -> list[str]:
        """Name the loops that run, for the process's beat."""
        return [each.name for each in self.loops if each.is_alive()]

    async def lifespan(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


process = Process()


async def application(scope: Any, receive: Any, send: Any) -> None:
    match scope["type"]:
        case "lifespan":
            await process.lifespan(receive, send)
        case "websocket":
            await process.sockets(scope, receive, send)
        case _:
            await _not_here(send)


async def _not_here(send: Any) -> None:
    body = orjson.dumps(NotFound().problem())
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": body})
