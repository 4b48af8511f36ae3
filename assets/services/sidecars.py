"""Documents of a package stand beside the files that they name."""

from __future__ import annotations

from collections.abc import Iterable

from assets.metadata import LISTING_PACKAGES, names_file
from assets.models import Sidecar, Version

#: More parts of packages than this in one folder are not one delivery.
MOST_PARTS = 2000


def link_sidecars(versions: Iterable[Version]) -> None:
    """Link these versions with the other parts of their packages: those of the same project and folder.

    Whichever part comes last finds the others. In scope, in the caller's transaction.
    """
    found = []
    for version in versions:
        if version.package is None:
            continue
        for other in _parts_beside(version):
            document, essence = (version, other) if version.package in LISTING_PACKAGES else (other, version)
            if _names(document, essence):
                found.append(
                    Sidecar(
                        version=essence,
                        source=document,
                        master_id=document.master_id,
                        kind=document.package or "",
                        name=document.name,
                    )
                )
    Sidecar.objects.bulk_create(found, ignore_conflicts=True)


def _parts_beside(version: Version) -> list[Version]:
    """Return the parts of packages in the version's folder: the lists of a file, or the files of a list."""
    beside = Version.objects.filter(
        package__isnull=False,
        asset__project_id=version.asset.project_id,
        asset__folder=version.asset.folder,
        asset__trashed_at=None,
    ).exclude(id=version.id)
    is_listing = version.package in LISTING_PACKAGES
    wanted = (
        beside.exclude(package__in=LISTING_PACKAGES)
        if is_listing
        else beside.filter(package__in=LISTING_PACKAGES)
    )
    return list(wanted.order_by("id")[:MOST_PARTS])


def _names(document: Version, essence: Version) -> bool:
    if document.package not in LISTING_PACKAGES or essence.package in LISTING_PACKAGES:
        return False
    package = (document.meta or {}).get("package") or {}
    own = (essence.meta or {}).get("package") or {}
    return names_file(package, name=essence.name, size=essence.size, identities=own.get("track_files") or [])
