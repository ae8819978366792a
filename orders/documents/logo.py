"""The shop's logo as papers print it: on white, and small in bytes. It is prepared once per process."""

import io
import logging
from dataclasses import dataclass
from functools import lru_cache

from django.core.files.storage import default_storage
from PIL import Image
from reportlab.lib.units import inch, mm

log = logging.getLogger(__name__)

LARGEST = 60 * mm, 16 * mm
PIXELS_PER_INCH = 220
MOST_BYTES = 50_000  # before a PDF writes them as text; the whole paper is to stay below 120 KB
QUALITIES = (92, 85, 75, 60, 40)


@dataclass(frozen=True)
class Logo:
    """A JPEG, and how large it is printed, in points."""

    data: bytes
    width: float
    height: float


@lru_cache(maxsize=4)
def printed(name: str) -> Logo | None:
    """The stored picture of this name, as large as fits; None where it was removed since, as another one came.

    Raises what storage raises that does not answer: the paper is drawn later then.
    """
    try:
        with default_storage.open(name) as file, Image.open(file) as picture:
            white = _on_white(picture)
    except FileNotFoundError:
        log.warning("the logo %s is gone; a paper has the shop's name instead", name)
        return None
    factor = min(limit / size for limit, size in zip(LARGEST, white.size, strict=True))
    width, height = (size * factor for size in white.size)
    pixels = round(width / inch * PIXELS_PER_INCH), round(height / inch * PIXELS_PER_INCH)
    white.thumbnail((max(1, pixels[0]), max(1, pixels[1])))
    return Logo(_small(white), width, height)


def _on_white(picture: Image.Image) -> Image.Image:
    seen = picture.convert("RGBA")
    white = Image.new("RGB", seen.size, "white")
    white.paste(seen, mask=seen)
    return white


def _small(picture: Image.Image) -> bytes:
    """As a JPEG, the best that is small enough."""
    data = b""
    for quality in QUALITIES:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality, subsampling=0, optimize=True)
        data = buffer.getvalue()
        if len(data) <= MOST_BYTES:
            break
    return data
