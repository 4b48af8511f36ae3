"""The process that `bench duplicates` starts: `python -m bench.duplicates_stand ORGANISATION PICTURES CHANGED WIDTH`, prints JSON.

It draws pictures in as many processes as there are cores, enters their looks as the product does, and asks the
product for everything that looks like each of them. Files are looked at as thumbnails, like previews are.
"""

import io
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from typing import Any
from uuid import UUID

import django
import numpy as np
from PIL import Image

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dam.settings")
django.setup()

from assets.models import Master  # noqa: E402  Django must know its settings first
from bench.duplicates_pictures import CHANGES, picture  # noqa: E402  as above
from dam.core import tenancy  # noqa: E402  as above
from similarity.media.likeness import Sample, nearest  # noqa: E402  as above
from similarity.media.samples_child import sample_of  # noqa: E402  as above
from similarity.models import BANDS, Fingerprint, Look  # noqa: E402  as above
from similarity.services.looking import RECIPE  # noqa: E402  as above
from similarity.services.pairing import alike_masters  # noqa: E402  as above

THUMBNAIL = 300
BATCH = 250
PARTS = 5
TIMED = 40

#: Original, change (empty for the original itself), and what is kept of it.
Drawn = tuple[int, str, bytes]


def main(organization_id: UUID, pictures: int, changed: int, width: int) -> dict[str, Any]:
    """Answer who was found for whom, and what looking one up takes."""
    originals = pictures - changed * len(CHANGES)
    with ProcessPoolExecutor() as pool:
        wanted = [(number, number < changed, width) for number in range(originals)]
        drawn = [each for drawn in pool.map(draw, wanted, chunksize=20) for each in drawn]
    entered = {enter_id: each for batch in batches(drawn) for enter_id, each in enter(organization_id, batch)}
    return {"found": found(organization_id, entered), "lookups": lookups(organization_id, entered)}


def draw(wanted: tuple[int, bool, int]) -> list[Drawn]:
    """Draw one picture and, where it is wanted, what people do to it."""
    number, is_changed, width = wanted
    rng = np.random.default_rng([20, number])
    height = width * int(rng.choice([9, 10, 12, 16])) // 16
    first = picture(rng, size=(width, height))
    made = [(number, "", kept(first))]
    if is_changed:
        made += [(number, name, kept(change(first, rng))) for name, change in CHANGES.items()]
    return made


def kept(image: Image.Image) -> bytes:
    """Return what is kept of a picture, of a thumbnail such as previews make."""
    small = image.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    body = io.BytesIO()
    small.save(body, "WEBP", quality=80, method=0)
    sample = sample_of(Image.open(body).convert("RGB"))
    if sample is None:
        raise RuntimeError("a picture of our own cannot be read")
    return sample


def batches(drawn: list[Drawn]) -> Any:
    """Yield the pictures in batches."""
    rest = iter(enumerate(drawn))
    while batch := list(islice(rest, BATCH)):
        yield batch


def enter(organization_id: UUID, batch: list[tuple[int, Drawn]]) -> list[tuple[UUID, Drawn]]:
    """Enter masters and what is kept of them."""
    with tenancy.scope(organization_id):
        masters = Master.objects.bulk_create(
            [
                Master(sha256=f"{number:064x}", key=str(number), storage_version="", size=1, lock_mode="")
                for number, _ in batch
            ]
        )
        prints = Fingerprint.objects.bulk_create(
            [Fingerprint(master=each, kind="image", recipe=RECIPE) for each in masters]
        )
        looks = []
        for fingerprint, (_, (_, _, packed)) in zip(prints, batch, strict=True):
            bands = dict(zip((f"band{n}" for n in range(BANDS)), Sample(packed).bands(), strict=True))
            looks.append(Look(fingerprint=fingerprint, sample=packed, **bands))
        Look.objects.bulk_create(looks)
    return [(master.id, each) for master, (_, each) in zip(masters, batch, strict=True)]


def found(organization_id: UUID, entered: dict[UUID, Drawn]) -> list[tuple[int, str, int, str]]:
    """Ask for each picture, and answer every pair once: (original, change, original, change)."""
    pairs = set()
    ids = list(entered)
    for start in range(0, len(ids), BATCH):
        with tenancy.scope(organization_id):
            for each in ids[start : start + BATCH]:
                pairs |= {
                    tuple(sorted((entered[each][:2], entered[other][:2]))) for other in alike_masters(each)
                }
    return [(*one, *other) for one, other in pairs]


def lookups(organization_id: UUID, entered: dict[UUID, Drawn]) -> list[tuple[float, float]]:
    """Answer the milliseconds of one lookup and of comparing one with everything, a part of the pictures each."""
    everything = [Sample(packed) for _, _, packed in entered.values()]
    ids = list(entered)
    timed = []
    for part in range(PARTS):
        chosen = ids[part::PARTS][:TIMED]
        with tenancy.scope(organization_id):
            began = time.perf_counter()
            for each in chosen:
                alike_masters(each)
            looked_up = time.perf_counter() - began
        began = time.perf_counter()
        for each in chosen:
            nearest(Sample(entered[each][2]), everything)
        compared = time.perf_counter() - began
        timed.append((looked_up * 1000 / len(chosen), compared * 1000 / len(chosen)))
    return timed


if __name__ == "__main__":
    sizes = (int(each) for each in sys.argv[2:5])
    sys.stdout.write(json.dumps(main(UUID(sys.argv[1]), *sizes)))
