"""What runs in the forked processes: the platform's own loops, and questions that only its own code can answer."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from uuid import UUID
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from celery import signals
from django.conf import settings
from django.db import connection

from assets.models import Master, Version
from dam.celery import app
from dam.core import tenancy
from dam.core.delivery.background import RelayLoop, ScheduleLoop
from dam.core.models import Outbox
from dam.wsgi import application
from ingest import services as ingest
from ingest.models import Manifest
from jobs.models import Job
from tests.cast import build_cast
from tests.faults import work

app.set_default()
work.register_all()


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        return


def web(*, port: int) -> None:
    make_server("127.0.0.1", port, application, server_class=Server, handler_class=Quiet).serve_forever()


def background() -> None:
    """The relay and the schedule, as the live process runs them."""
    loops = [RelayLoop(), ScheduleLoop()]
    for each in loops:
        each.start()
    threading.Event().wait()


def note_delivery(args: list[str], **_: Any) -> None:
    """Note that a wake-up has reached a worker, whatever comes of it."""
    with (settings.DATA_DIR / "wake-ups").open("a", encoding="ascii") as file:
        file.write(f"{args[0]}\n")


def worker(*, queue: str, threads: int, visibility_s: float | None = None) -> None:
    """A worker as the stack starts it."""
    signals.task_prerun.connect(note_delivery)
    if visibility_s is not None:
        app.conf.broker_transport_options["visibility_timeout"] = visibility_s
    app.Worker(
        hostname=f"{queue}@{threading.get_native_id()}",
        pool_cls="threads",
        concurrency=threads,
        queues=queue.split(","),
        loglevel="INFO",
        without_gossip=True,
        without_mingle=True,
    ).start()


def hog() -> None:
    """Fill the scratch disk to its last byte as soon as a build has its master there, until told to stop."""
    scratch = settings.SCRATCH_DIR
    while not list(scratch.glob("*/master")):
        time.sleep(0.002)
    ballast = scratch / "ballast"
    with ballast.open("wb") as file:
        while not (settings.DATA_DIR / "make-room").exists():
            _take_what_is_free(file.fileno(), scratch)
            time.sleep(0.01)
    ballast.unlink()
    threading.Event().wait()


def _take_what_is_free(ballast: int, disk: Path) -> None:
    """Grow the ballast by all the room there is; say so once there is none.

    The build takes room meanwhile: what was free a moment ago may be refused, and is asked for anew.
    """
    if free := shutil.disk_usage(disk).free:
        with contextlib.suppress(OSError):
            os.posix_fallocate(ballast, os.fstat(ballast).st_size, free)
    else:
        (settings.DATA_DIR / "is-full").touch()


def resize(*, megabytes: int) -> None:
    """Give the scratch disk another size."""
    subprocess.run(
        # With its type named, mount asks for nothing but the size: an ordinary user may change that alone.
        [
            shutil.which("mount") or "mount",
            *("-t", "tmpfs", "-o", f"remount,size={megabytes}m", "tmpfs"),
            str(settings.SCRATCH_DIR),
        ],
        check=True,
        capture_output=True,
    )


def people() -> dict[str, str]:
    """Two organisations and everybody in them; returns the editor's credentials and place."""
    cast = build_cast()
    return {
        "authorization": cast.editor.headers["Authorization"],
        "project": str(cast.project.id),
        "organization": str(cast.org_id),
    }


def verify(*, organization: str) -> dict[str, Any]:
    """The product's own check, forgiving nothing."""
    report = ingest.verify(organization_ids=[UUID(organization)], grace_s=0)
    return {"checked": dict(report.checked), "findings": [asdict(each) for each in report.findings]}


def tidy() -> int:
    """What the schedule does every few minutes."""
    ingest.sweep()
    return ingest.sweep_strays(older_than_s=0)


def census(*, organization: str) -> dict[str, int]:
    with tenancy.scope(UUID(organization)):
        return {
            "masters": Master.objects.count(),
            "versions": Version.objects.count(),
            "manifests": Manifest.objects.count(),
            "messages": Outbox.objects.count(),
        }


def enqueue(
    *, organization: str, kind: str, payload: dict[str, Any], key: str, project: str | None = None
) -> str:
    return str(work.queue(UUID(organization), kind=kind, payload=payload, key=key, project=project).id)


def job(*, organization: str, id: str) -> dict[str, Any]:
    with tenancy.scope(UUID(organization)):
        row = Job.objects.get(id=id)
        return {
            "state": row.state,
            "attempts": row.attempts,
            "error": row.error,
            "result": row.result,
            "started": row.started_at and row.started_at.timestamp(),
        }


def wake(*, organization: str, ids: list[str], queue: str) -> None:
    """Send wake-ups as the relay does, in the order given."""
    for each in ids:
        app.send_task("jobs.run", args=[each, organization], queue=queue)


def restore_messages(*, visibility_s: float) -> None:
    """Do what any consumer does every 100 s: send again what nobody confirmed within the visibility timeout."""
    app.conf.broker_transport_options["visibility_timeout"] = visibility_s
    with app.connection_for_read() as broker:
        channel: Any = broker.default_channel
        channel.qos.restore_visible(interval=1)


def sql(*, query: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


ROLES: dict[str, Callable[..., None]] = {each.__name__: each for each in (web, background, worker, hog)}
CALLS: dict[str, Callable[..., Any]] = {
    each.__name__: each
    for each in (resize, people, verify, tidy, census, enqueue, job, wake, restore_messages, sql)
}
