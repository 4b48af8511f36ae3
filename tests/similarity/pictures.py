"""Pictures that look like something, and what is done to pictures before they are delivered again."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from bench.duplicates_pictures import picture
from similarity.media.likeness import Sample
from similarity.media.samples_child import sample_of

SIZE = (640, 400)


def drawn(number: int) -> Image.Image:
    """Return the picture of a number, unlike that of any other."""
    return picture(np.random.default_rng([7, number]), size=SIZE)


def again(image: Image.Image) -> Image.Image:
    """Encode it anew, and badly."""
    body = io.BytesIO()
    image.save(body, "JPEG", quality=40)
    return Image.open(body).convert("RGB")


def cropped(image: Image.Image) -> Image.Image:
    """Cut a twentieth off, at one end of each side."""
    return image.crop((round(image.width * 0.05), 0, image.width, round(image.height * 0.95)))


def smaller(image: Image.Image) -> Image.Image:
    return image.resize((image.width // 2, image.height // 2))


def branded(image: Image.Image) -> Image.Image:
    """Put a logo into a corner."""
    image = image.copy()
    ImageDraw.Draw(image).rectangle([500, 320, 630, 390], fill=(250, 250, 250), outline=(180, 0, 0), width=9)
    return image


def saved(image: Image.Image, path: Path) -> Path:
    image.save(path, quality=92)
    return path


def sample(image: Image.Image) -> Sample:
    """Return what is kept of a picture, as of its thumbnail."""
    small = image.copy()
    small.thumbnail((300, 300))
    found = sample_of(small)
    assert found is not None
    return Sample(found)
