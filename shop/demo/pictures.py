"""Bottles drawn with Pillow: outline, light, capsule, a wrapped label, a shadow. Same wine, same picture."""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from itertools import groupby, pairwise
from math import asin, cos, sin

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .bottles import GLASSES, SHAPES, Colour, Shape, Strip, glass_strip, matt_strip, paper_strip
from .labels import Label, draw_label

SIZE = (800, 1000)
SAVED = (600, 750)  # large enough for a product page, light enough for twelve on a list
FLOOR = 930  # where bottles stand
SCALE = 2  # drawn larger, for smooth edges
REACH = 1.25  # how far round the bottle, in radians from its front, the label reaches
SLICES = 30  # columns in which it is bent
CLOSE = 0.9  # of the close-up's width, how much the bottle takes


@dataclass(frozen=True)
class Bottle:
    """Everything that a picture shows."""

    shape: str
    glass: str
    capsule: Colour
    label: Label
    backdrop: tuple[Colour, Colour] = ((253, 248, 240), (229, 224, 216))  # alike in hue: else WebP shows rings


def draw_bottle(bottle: Bottle) -> tuple[bytes, bytes]:
    """Two WebP files: the whole bottle, and its label close up."""
    shape = SHAPES[bottle.shape]
    large = _figure(bottle, shape)
    figure = large.reduce(SCALE)
    picture = _backdrop(*bottle.backdrop).copy()
    _shadow(picture, figure, shape)
    picture.paste(figure, ((SIZE[0] - figure.width) // 2, FLOOR - figure.height), figure)
    return _saved(picture.resize(SAVED, Image.Resampling.BICUBIC)), _saved(_close_up(bottle, large, shape))


def _close_up(bottle: Bottle, large: Image.Image, shape: Shape) -> Image.Image:
    """The label in the middle, and as much of the bottle as fits around it."""
    picture = _backdrop(*bottle.backdrop).resize(SAVED, Image.Resampling.BILINEAR)
    scale = SAVED[0] * CLOSE / large.width
    reach = SAVED[1] / scale / 2
    middle = sum(shape.label) / 2 * large.height
    box = (0, round(middle - reach), large.width, round(middle + reach))
    around = large.crop(box).resize((round(large.width * scale), SAVED[1]), Image.Resampling.BICUBIC)
    picture.paste(around, ((SAVED[0] - around.width) // 2, 0), around)
    return picture


def _saved(picture: Image.Image) -> bytes:
    file = BytesIO()
    picture.save(file, "WEBP", quality=82, method=2)
    return file.getvalue()


def _figure(bottle: Bottle, shape: Shape) -> Image.Image:
    """The bottle alone, on nothing, SCALE times as large as it stands in the picture."""
    w, h = shape.width * SCALE, shape.height * SCALE
    image = Image.new("RGB", (w, h))
    glass, foil = glass_strip(GLASSES[bottle.glass]), matt_strip(bottle.capsule)
    end = round(shape.capsule * h)
    _fill(image, shape, foil, (0, end))
    _fill(image, shape, glass, (end, h))
    draw = ImageDraw.Draw(image)
    for y in (end, round(0.037 * h)):  # where the foil ends, and where the lip does
        half = shape.half_width(y / h) * w / 2
        draw.line((w / 2 - half, y, w / 2 + half, y), fill=tuple(c // 3 for c in bottle.capsule), width=3)
    image = _darker_below(image, shape)
    _stick(image, bottle.label, shape)
    image.putalpha(_outline(shape))
    return image


def _fill(image: Image.Image, shape: Shape, strip: Strip, rows: tuple[int, int]) -> None:
    """Light on the rows from one height to another: the strip, as wide as the bottle is there."""
    w, h = image.size
    y = rows[0]
    halves = (round(shape.half_width(y / h) * w / 2) + 2 for y in range(*rows))  # a little more: it is cut later
    for half, alike in groupby(halves):
        height = len(list(alike))
        image.paste(strip.resize((2 * half, height), Image.Resampling.BILINEAR), (w // 2 - half, y))
        y += height


def _darker_below(image: Image.Image, shape: Shape) -> Image.Image:
    """Less light reaches the foot, and a little is lost where the shoulder turns away."""
    shade = Image.new("L", (1, 64))
    shade.putdata([round(255 - 70 * (i / 63) ** 5) for i in range(64)])
    level = shade.resize(image.size, Image.Resampling.BILINEAR)
    return ImageChops.multiply(image, Image.merge("RGB", [level] * 3))


@cache
def _outline_of(name: str) -> Image.Image:
    shape = SHAPES[name]
    w, h = shape.width * SCALE, shape.height * SCALE
    halves = [(y, shape.half_width(y / h) * w / 2) for y in range(h)]
    mask = Image.new("L", (w, h))
    points = [(w / 2 - half, y) for y, half in halves] + [(w / 2 + half, y) for y, half in reversed(halves)]
    ImageDraw.Draw(mask).polygon(points, fill=255)
    return mask


def _outline(shape: Shape) -> Image.Image:
    return _outline_of(next(name for name, known in SHAPES.items() if known is shape))


def _stick(image: Image.Image, label: Label, shape: Shape) -> None:
    """Bend the label round the bottle, let light fall on it, and stick it on."""
    top, bottom = (round(share * image.height) for share in shape.label)
    radius = image.width / 2
    width, height = round(2 * radius * sin(REACH)), bottom - top
    bow = round(width * 0.02)
    flat = draw_label(label, (round(2 * radius * REACH), height))
    bent = flat.transform(
        (width, height + bow), Image.Transform.MESH, _bend(flat.size, width, bow=bow), Image.Resampling.BICUBIC
    )
    light = paper_strip().resize((width, 1)).resize(bent.size)
    lit = ImageChops.multiply(bent.convert("RGB"), light)
    alpha = bent.getchannel("A")
    left = (image.width - width) // 2
    edge = Image.new("RGB", bent.size, (0, 0, 0))
    image.paste(edge, (left, top + 3), alpha.point(lambda a: a // 4))  # the paper's thickness
    image.paste(lit, (left, top), alpha)


def _bend(flat: tuple[int, int], width: int, *, bow: int) -> list:
    """The mesh that maps columns of the bent label to those of the flat one, x to asin(x), its middle hanging lower."""
    flat_width, height = flat
    edges = [round(width * i / SLICES) for i in range(SLICES + 1)]

    def source(x: float) -> tuple[float, float]:
        angle = asin((2 * x / width - 1) * sin(REACH))
        return (angle / REACH + 1) / 2 * flat_width, bow * (cos(angle) - cos(REACH)) / (1 - cos(REACH))

    mesh = []
    for left, right in pairwise(edges):
        (u0, drop0), (u1, drop1) = source(left), source(right)
        quad = (u0, -drop0, u0, height + bow - drop0, u1, height + bow - drop1, u1, -drop1)
        mesh.append(((left, 0, right, height + bow), quad))
    return mesh


def _shadow(picture: Image.Image, figure: Image.Image, shape: Shape) -> None:
    """A soft one that falls to the right, and a tight one under the foot."""
    small = (SIZE[0] // 4, SIZE[1] // 4)
    mask = Image.new("L", small)
    draw = ImageDraw.Draw(mask)
    middle, half, floor = small[0] / 2, shape.width / 8, FLOOR / 4
    draw.polygon(
        [
            (middle - half * 0.6, floor),
            (middle + half, floor),
            (middle + half * 3.4, floor - 24),
            (middle + half * 1.8, floor - 30),
        ],
        fill=84,
    )
    mask = mask.filter(ImageFilter.GaussianBlur(7))
    draw = ImageDraw.Draw(mask)
    tight = Image.new("L", small)
    ImageDraw.Draw(tight).ellipse((middle - half * 1.04, floor - 3, middle + half * 1.08, floor + 3.2), fill=190)
    mask = ImageChops.lighter(mask, tight.filter(ImageFilter.GaussianBlur(1.6)))
    picture.paste((66, 44, 34), (0, 0, *SIZE), mask.resize(SIZE, Image.Resampling.BICUBIC))


@cache
def _backdrop(middle: Colour, edge: Colour) -> Image.Image:
    """Warm light from the middle outwards."""
    glow = Image.radial_gradient("L").resize((1500, 1750), Image.Resampling.BICUBIC).crop((350, 310, 1150, 1310))
    return Image.composite(Image.new("RGB", SIZE, edge), Image.new("RGB", SIZE, middle), glow)
