"""The job that brings a mirror in line with the catalogue; it can be killed at any step and repeated.

Places are written down before files are, and files are known to be right only after: what a killed run leaves is an
entry that says so, and the next run goes over it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.utils import timezone

from assets.models import Master
from dam.core import storage
from dam.core.tenancy import scope
from exchange.export.names import folded
from exchange.export.places import place_of
from exchange.models import Mirror, MirrorEntry
from exchange.queries.mirrors import (
    assets_after,
    changes_for,
    entries_after,
    looked_until,
    mirrored_records,
    newest_change,
    unfinished,
)
from exchange.services.mirroring.entries import move, settle, write
from exchange.services.mirroring.placing import Places, taken
from exchange.services.mirroring.trees import MANIFEST, DirectoryTree, PrefixTree, Tree, TreeFault
from jobs.errors import JobFailed
from jobs.services import JobRun

BATCH = 500
#: Masters are large: what a killed run has copied of a batch is copied again.
BATCH_OF_MASTERS = 20
#: So many small files are on their way at once: each waits for the disk or the store most of its time.
AT_ONCE = 8
#: A manifest of many entries is written less often than the tree: a second for as many of them.
ENTRIES_A_SECOND = 1000


def run_mirror(run: JobRun) -> dict[str, Any]:
    """Follow what has changed, build the whole, or take it away; returns how many files were put and removed.

    Raises:
        JobFailed: the place cannot be written; the reason stands in the mirror's `fault` too.
        LeaseLost: the job is no longer ours.
    """
    with scope(run.organization_id):
        mirror = Mirror.objects.filter(id=run.payload["mirror"]).first()
        newest = newest_change(mirror) if mirror else None
    if mirror is None:
        return {"put": 0, "removed": 0}
    work = _Work(run, mirror, tree_of(mirror))
    try:
        work.go_over(work.changed())
        is_behind = work.tell()
    except (TreeFault, OSError) as error:
        _note(run, mirror, fault=str(error))
        raise JobFailed("mirror-fault", str(error), retryable=True) from None
    if work.mode == "end":
        work.end()
        return work.account()
    changes: dict[str, Any] = {"fault": work.fault, "is_behind": is_behind}
    if newest is not None:
        changes["seen_until"] = looked_until(newest)
    if work.mode == "full":
        changes["built_at"] = timezone.now()
    if not is_behind:
        changes["manifest_at"] = timezone.now()
    _note(run, mirror, **changes)
    return work.account()


def tree_of(mirror: Mirror) -> Tree:
    """Return where a mirror lies: a folder of its own that two organisations never share.

    Raises:
        JobFailed: its root is no longer allowed.
    """
    if not mirror.root:
        return PrefixTree(f"mirrors/{mirror.organization_id}/{mirror.id}/")
    root = settings.MIRROR_ROOTS.get(mirror.root)
    if root is None:
        raise JobFailed("mirror-fault", "The mirror's root is no longer allowed (MIRROR_ROOTS).")
    return DirectoryTree(Path(root), [str(mirror.organization_id), str(mirror.id)])


def _note(run: JobRun, mirror: Mirror, **changes: Any) -> None:
    with run.step():
        Mirror.objects.filter(id=mirror.id).update(**changes)


class _Work:
    """One run over a mirror."""

    def __init__(self, run: JobRun, mirror: Mirror, tree: Tree) -> None:
        self.run, self.mirror, self.tree = run, mirror, tree
        self.mode: str = run.payload["mode"]
        self.put = self.removed = 0
        self.fault = ""

    def account(self) -> dict[str, Any]:
        """Return the job's result."""
        return {"put": self.put, "removed": self.removed}

    def changed(self) -> Iterator[UUID]:
        """Yield the assets to go over: first what an earlier run left open."""
        with scope(self.run.organization_id):
            left = list(unfinished(self.mirror))
        yield from left
        if self.mode == "follow":
            with scope(self.run.organization_id):
                events = changes_for(self.mirror).order_by().values_list("asset_id", flat=True)
                found = [each for each in events.distinct() if each is not None]
            yield from found
            return
        yield from self._entries()
        after: UUID | None = None
        while self.mode == "full":
            with scope(self.run.organization_id):
                page = assets_after(self.mirror, after, most=1000)
            if not page:
                return
            yield from page
            after = page[-1]

    def _entries(self) -> Iterator[UUID]:
        """Yield the assets that have a place; only those that go, when everything else is visited anyway."""
        after: UUID | None = None
        while True:
            with scope(self.run.organization_id):
                page = entries_after(self.mirror, after, most=1000)
            if not page:
                return
            yield from (each.asset_id for each in page)
            after = page[-1].id

    def go_over(self, asset_ids: Iterable[UUID]) -> None:
        """Bring assets' files in line, a batch at a time."""
        visited: set[UUID] = set()
        waiting = iter(asset_ids)
        size = BATCH_OF_MASTERS if self._copies_masters else BATCH
        while batch := list(islice(waiting, size)):
            fresh = [each for each in dict.fromkeys(batch) if each not in visited]
            visited.update(fresh)
            if fresh:
                self._sync(fresh)
            self.run.progress(0.5)

    # --- a batch ------------------------------------------------------------------------------------

    def _sync(self, asset_ids: Sequence[UUID]) -> None:
        with self.run.step():
            Mirror.objects.select_for_update().get(id=self.mirror.id)
            records = {} if self.mode == "end" else mirrored_records(self.mirror, asset_ids)
            entries = self._placed(asset_ids, records)
            masters = self._masters(entries)
        self._clear(entries)
        self._put_all([each for each in entries if not each.is_gone and not each.stamp], records, masters)
        with self.run.step():
            settle(entries)

    def _placed(self, asset_ids: Sequence[UUID], records: Any) -> list[MirrorEntry]:
        """Give every asset its place, before anything is written there; returns what is to be done."""
        rows = MirrorEntry.objects.filter(mirror_id=self.mirror.id, asset_id__in=asset_ids)
        known = {each.asset_id: each for each in rows.order_by("id")}
        wanted = {key: self._wanted(each) for key, each in records.items()}
        leaving = {path for each in known.values() for path in (each.path, *each.old_path.split("\n"))}
        places = Places(self.mirror, self.tree, leaving=leaving, wanted=wanted.values())
        fresh, kept, moved = list[MirrorEntry](), list[MirrorEntry](), list[MirrorEntry]()
        for asset_id in sorted(asset_ids):
            entry, record = known.get(asset_id), records.get(asset_id)
            if record is None:
                if entry is not None:
                    entry.is_gone, entry.stamp = True, ""
                    kept.append(entry)
                continue
            is_new = entry is None
            entry = entry or MirrorEntry(mirror_id=self.mirror.id, asset_id=asset_id)
            has_moved = entry.wanted != wanted[asset_id]
            if has_moved:
                left = [*entry.old_path.split("\n"), entry.path]
                places.take(entry, wanted[asset_id])
                entry.old_path = "\n".join(each for each in left if each not in {"", entry.path})
            if has_moved or self.mode == "full" or entry.stamp != self._stamp(record):
                entry.stamp, entry.is_gone, entry.sha256 = "", False, record["sha256"] or ""
                (fresh if is_new else kept).append(entry)
            if has_moved and not is_new:
                moved.append(entry)
        move(moved)
        write(fresh, kept)
        return [*fresh, *kept]

    def _wanted(self, record: dict[str, Any]) -> str:
        return place_of(self.mirror.template, record, content=self.mirror.content)

    @property
    def _copies_masters(self) -> bool:
        return self.mirror.content == Mirror.Content.MASTER

    def _stamp(self, record: dict[str, Any]) -> str:
        """Return what tells whether the file still says what it must."""
        match self.mirror.content:
            case Mirror.Content.MASTER:
                return f"master:{record['sha256']}"
            case Mirror.Content.JSON:
                return f"json:{hashlib.sha256(_json(record)).hexdigest()}"
        return f"link:{record['id']}"

    def _masters(self, entries: Iterable[MirrorEntry]) -> dict[str, Master]:
        if not self._copies_masters:
            return {}
        rows = Master.objects.filter(sha256__in=[each.sha256 for each in entries])
        return {each.sha256: each for each in rows}

    # --- files --------------------------------------------------------------------------------------

    def _clear(self, entries: Sequence[MirrorEntry]) -> None:
        """Take away what assets no longer want, unless the place has become another's."""
        going = [
            (each, path)
            for each in entries
            for path in (*each.old_path.split("\n"), each.path if each.is_gone else "")
            if path
        ]
        if not going:
            return
        with scope(self.run.organization_id):
            owners = taken(self.mirror, [path for _, path in going])
        removed = [path for each, path in going if owners.get(folded(path), each.id) == each.id]
        self._at_once(self.tree.remove, removed, most=AT_ONCE)
        self.removed += len(removed)

    def _put_all(self, entries: Sequence[MirrorEntry], records: Any, masters: dict[str, Master]) -> None:
        """Write files, small ones several at once; masters one by one, for each fills what it goes through."""

        def put(entry: MirrorEntry) -> None:
            self._put(entry, records[entry.asset_id], masters.get(entry.sha256))

        self._at_once(put, entries, most=1 if self._copies_masters else AT_ONCE)
        self.put += sum(1 for each in entries if each.stamp)

    def _at_once(self, act: Callable[[Any], None], things: Iterable[Any], *, most: int) -> None:
        """Do something to each, several at a time; what has not begun when one fails is left out.

        Raises:
            LeaseLost: the job is no longer ours.
        """
        pool = ThreadPoolExecutor(most)
        try:
            for _ in pool.map(act, things):
                self.run.check()
        finally:
            pool.shutdown(cancel_futures=True)

    def _put(self, entry: MirrorEntry, record: dict[str, Any], master: Master | None) -> None:
        """Write one file; a master that does not come whole leaves its entry open and says so."""
        try:
            self.tree.write(entry.path, self._pieces(record, master), word=entry.asset_id.hex)
        except (TreeFault, storage.StorageError) as error:
            self.fault = str(error)
            return
        entry.stamp = self._stamp(record)

    def _pieces(self, record: dict[str, Any], master: Master | None) -> Iterator[bytes]:
        match self.mirror.content:
            case Mirror.Content.LINK:
                yield f"[InternetShortcut]\r\nURL={settings.PORTAL_URL}/a/{record['id']}\r\n".encode()
            case Mirror.Content.JSON:
                yield _json(record)
            case _:
                yield from _verified(master)

    # --- the whole ----------------------------------------------------------------------------------

    def tell(self) -> bool:
        """Write the manifest where it is due; tells whether it lacks something afterwards."""
        if self.mode == "end" or not (
            self.put or self.removed or self.mirror.is_behind or self.mode == "full"
        ):
            return False
        with scope(self.run.organization_id):
            count = MirrorEntry.objects.filter(mirror_id=self.mirror.id).count()
        last = self.mirror.manifest_at
        pause = timedelta(seconds=count / ENTRIES_A_SECOND)
        if last is not None and self.mode != "full" and timezone.now() - last < pause:
            return True
        self.tree.write(MANIFEST, self._manifest(), word="manifest")
        return False

    def _manifest(self) -> Iterator[bytes]:
        """Yield what lies where: a line for the mirror, then one for each file."""
        about = {"mirror": self.mirror.id, "name": self.mirror.name, "template": self.mirror.template}
        about |= {"content": self.mirror.content, "written_at": timezone.now()}
        yield orjson.dumps(about, option=orjson.OPT_APPEND_NEWLINE)
        after: UUID | None = None
        while True:
            with scope(self.run.organization_id):
                page = entries_after(self.mirror, after, most=1000)
            if not page:
                return
            for each in page:
                if each.stamp:
                    told = {"path": each.path, "asset": each.asset_id, "sha256": each.sha256}
                    yield orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)
            after = page[-1].id
            self.run.check()

    def end(self) -> None:
        """Let the mirror itself go, after its tree."""
        self.tree.remove(MANIFEST)
        with self.run.step():
            Mirror.objects.filter(id=self.mirror.id).delete()


def _verified(master: Master | None) -> Iterator[bytes]:
    """Yield a master's bytes, and refuse their end where their SHA-256 is another.

    Raises:
        TreeFault: the bytes are not those that were acknowledged; what was written of them is thrown away.
    """
    if master is None:
        raise TreeFault("A master is not there.")
    digest = hashlib.sha256()
    with storage.get_stream("reader", "masters", master.key, version_id=master.storage_version) as reader:
        for chunk in reader.chunks():
            digest.update(chunk)
            yield chunk
    if digest.hexdigest() != master.sha256:
        raise TreeFault(f"The master {master.sha256} came with other bytes.")


def _json(record: dict[str, Any]) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
