"""Pictures for `duplicates`: synthesised, all unlike one another, and what people do to pictures before they send them again."""

import io
from collections.abc import Callable, Mapping

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

#: How many cells a layer of clouds has along the picture's width, and how strong it is at most.
_CLOUDS = ((2, 1.0), (4, 0.7), (9, 0.5), (20, 0.3), (48, 0.15))
_HEIGHTS = (270, 320, 360, 480)
WIDTH = 480


def picture(rng: Generator, *, size: tuple[int, int] | None = None) -> Image.Image:
    """Draw a picture: clouds of three colours, things in front of them, and the grain of a camera."""
    width, height = size or (WIDTH, int(rng.choice(_HEIGHTS)))
    back, front, shade = rng.integers(0, 256, (3, 3)).astype(np.float32)
    mixed, shaded = (_clouds(rng, width, height)[..., None] for _ in range(2))
    colours = (back * (1 - mixed) + front * mixed) * (1 - 0.5 * shaded) + 0.5 * shade * shaded
    image = Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(2, 14))):
        _thing(pen, rng, width=width, height=height)
    grain = rng.normal(0, rng.uniform(1, 8), (height, width, 1))
    return Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))


def _clouds(rng: Generator, width: int, height: int) -> np.ndarray:
    field = np.zeros((height, width), np.float32)
    for cells, strength in _CLOUDS:
        small = rng.random((max(2, cells * height // width), cells)).astype(np.float32)
        layer = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
        field += strength * rng.uniform(0.3, 1) * np.asarray(layer)
    return np.asarray((field - field.min()) / (field.max() - field.min()), np.float32)


def _thing(pen: ImageDraw.ImageDraw, rng: Generator, *, width: int, height: int) -> None:
    x, y = rng.random(2) * (width, height)
    size = rng.uniform(0.04, 0.35) * width
    red, green, blue = (int(each) for each in rng.integers(0, 256, 3))
    colour = (red, green, blue)
    box = (x - size / 2, y - size * rng.uniform(0.1, 0.6), x + size / 2, y + size * 0.3)
    match int(rng.integers(0, 4)):
        case 0:
            pen.ellipse(box, fill=colour)
        case 1:
            pen.rectangle(box, fill=colour)
        case 2:
            corners = (rng.random((int(rng.integers(3, 7)), 2)) - 0.5) * size + (x, y)
            pen.polygon([(float(a), float(b)) for a, b in corners], fill=colour)
        case _:
            end = (x + size * rng.uniform(-1, 1), y + size * rng.uniform(-1, 1))
            pen.line([(x, y), end], fill=colour, width=int(rng.integers(2, 12)))


# --- what is done to them -----------------------------------------------------------------------------


def encoded_anew(image: Image.Image, rng: Generator) -> Image.Image:
    """Save as JPEG, at a quality between poor and fair."""
    body = io.BytesIO()
    image.save(body, "JPEG", quality=int(rng.integers(25, 70)))
    return Image.open(body).convert("RGB")


def cropped(image: Image.Image, rng: Generator) -> Image.Image:
    """Cut up to a twentieth off each of the four sides."""
    left, top, right, bottom = (float(each) for each in rng.uniform(0, 0.05, 4))
    width, height = image.size
    return image.crop(
        (int(left * width), int(top * height), int(width - right * width), int(height - bottom * height))
    )


def resized(image: Image.Image, rng: Generator) -> Image.Image:
    """Make it smaller, down to a third."""
    scale = rng.uniform(0.33, 0.8)
    return image.resize((int(image.width * scale), int(image.height * scale)), Image.Resampling.BICUBIC)


def branded(image: Image.Image, rng: Generator) -> Image.Image:
    """Lay a logo over a corner, up to a quarter of the width."""
    image = image.copy()
    width, height = image.size
    wide = rng.uniform(0.12, 0.25)
    x, y = width * rng.choice([0.03, 0.97 - wide]), height * rng.choice([0.04, 0.96 - wide / 2])
    pen = ImageDraw.Draw(image)
    pen.rectangle((x, y, x + wide * width, y + wide * height / 2), fill=(245, 245, 245))
    pen.ellipse((x + 4, y + 4, x + wide * width / 2, y + wide * height * 0.45), fill=(200, 0, 0))
    return image


CHANGES: Mapping[str, Callable[[Image.Image, Generator], Image.Image]] = {
    "encoded anew": encoded_anew,
    "cropped by up to 5 %": cropped,
    "resized": resized,
    "logo laid over": branded,
}
