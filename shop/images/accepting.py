"""Which uploaded files are taken for pictures. What is kept is drawn anew, so nothing else in the file survives."""

import hashlib
import re
import struct
import zlib
from io import BytesIO
from pathlib import PurePath
from typing import IO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.text import slugify
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")  # recognised by content, whatever the file is called
LARGEST_FILE = 12 * 1024 * 1024
MOST_PIXELS = 40_000_000  # 120 MB in memory; more than any camera on a phone makes
LONGEST_SIDE = 2000  # of what is kept
QUALITY = 90
# What makes a browser or an interpreter run a file. Long enough not to occur in compressed pixels by chance.
ACTIVE = re.compile(rb"<(script|svg[\s>]|html[\s>]|!doctype|iframe|body[\s>]|\?php|foreignobject)", re.IGNORECASE)
# Whatever Pillow raises for files that only begin like a picture.
BROKEN = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    struct.error,
    zlib.error,
)


class Refused(ValidationError):
    """The file is not kept; the message says why, to the one who uploaded it."""


def accept(file: IO[bytes], *, name: str) -> ContentFile:
    """The picture in `file` as a WebP file to keep: upright, in sRGB, without metadata, at most 2000 pixels a side.

    Raises Refused for too many bytes or pixels (told from the header, before any pixel is decoded), for types that
    are not in FORMATS by their content, and for files that are a page or a program at the same time.
    """
    data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise Refused(_("The file is larger than %(megabytes)d MB.") % {"megabytes": LARGEST_FILE // 1024**2})
    if ACTIVE.search(data):
        raise Refused(_("The file has a page or a program in it. Save the picture anew and try again."))
    kept = _drawn_anew(data)
    digest = hashlib.sha256(kept).hexdigest()[:10]  # another picture has another address, so caches never lie
    return ContentFile(kept, name=f"{slugify(PurePath(name).stem)[:60] or 'picture'}-{digest}.webp")


def _too_many_pixels() -> Refused:
    millions = MOST_PIXELS // 10**6
    return Refused(
        _("The picture has too many pixels: at most %(millions)d million can be taken.") % {"millions": millions}
    )


def _drawn_anew(data: bytes) -> bytes:
    try:
        picture: Image.Image = Image.open(BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except BROKEN as error:
        raise Refused(_("This is no JPEG, PNG, WebP or AVIF picture.")) from error
    if picture.width * picture.height > MOST_PIXELS:
        raise _too_many_pixels()
    try:
        if picture.format == "JPEG":
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # decodes large photographs at a fraction of the cost
        picture = _in_srgb(ImageOps.exif_transpose(picture))
    except BROKEN as error:
        raise Refused(_("The picture is damaged: it cannot be read to its end.")) from error
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    file = BytesIO()
    picture.save(file, "WEBP", quality=QUALITY, method=4)
    return file.getvalue()


def _in_srgb(picture: Image.Image) -> Image.Image:
    """The pixels in the colours that browsers assume, without the profile that said otherwise."""
    profile = picture.info.get("icc_profile")
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    if profile and picture.mode in ("RGB", "RGBA", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            made = "RGBA" if picture.mode == "RGBA" else "RGB"
            converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=made)
            picture = converted or picture
        except ImageCms.PyCMSError:
            picture = picture.convert(mode)  # a profile that nobody can read says nothing about the colours
    picture = picture.convert(mode)
    bare = Image.new(mode, picture.size)
    bare.paste(picture)
    return bare
