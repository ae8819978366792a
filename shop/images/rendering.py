"""Renditions: each picture in the sizes and formats that pages ask for. A row says how far its picture is."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db import transaction
from django.db.models import F
from django.db.models.fields.files import FieldFile
from django.utils import timezone
from PIL import Image

from background.task import LEASE, nudge
from shop.models import ProductImage

State = ProductImage.State
WIDTHS = (240, 360, 480, 720, 1080, 1600)  # from a thumbnail to a product page on a dense screen
FIRST_RETRY = timedelta(seconds=30)
MOST_ATTEMPTS = 6  # the last about a quarter of an hour after the first
ENCODING: dict[str, dict[str, int]] = {
    "avif": {"quality": 60, "speed": 8, "max_threads": 1},  # speed 6 takes three times as long and saves 8 %
    "webp": {"quality": 80, "method": 4},
}


def render(pk: int) -> bool:
    """Make the renditions of the picture with this pk if it is due; whether that was done now.

    A second call, also at the same moment, does nothing: the row is claimed first. After a failure the row is due
    again later, in the end parked, and the error is raised. Nothing is left behind of a picture deleted meanwhile.
    """
    claim = {"not_before": timezone.now() + LEASE, "attempts": F("attempts") + 1}
    if not ProductImage.objects.due().filter(pk=pk).update(**claim):
        return False
    image = ProductImage.objects.filter(pk=pk).first()
    if image is None:
        return False
    try:
        image.widths = " ".join(map(str, _write(image)))
    except Exception as error:
        _note_failure(image, error)
        raise
    row = ProductImage.objects.filter(pk=pk, file=image.file.name)
    if not row.update(widths=image.widths, state=State.READY, last_error=""):
        _delete(image.file.storage, image.rendition_names)
        return False
    return True


def render_anew(image: ProductImage) -> None:
    """Note that the picture has no renditions and nudge a worker. A second call nudges a second time."""
    image.widths, image.state, image.attempts, image.last_error = "", State.PENDING, 0, ""
    image.not_before = timezone.now()
    image.save(update_fields=["widths", "state", "attempts", "last_error", "not_before"])
    nudge("shop.tasks.render_image", image.pk)


def remove_files_on_commit(images: Iterable[ProductImage]) -> None:
    """Delete originals and renditions once the running transaction, which deletes or replaces the rows, commits."""
    for image in images:
        names = [*image.rendition_names, image.file.name or ""]
        transaction.on_commit(partial(_delete, image.file.storage, names), robust=True)


def remove_file_on_commit(file: FieldFile) -> None:
    """Delete a file that no row names any more once the running transaction commits."""
    transaction.on_commit(partial(_delete, file.storage, [file.name or ""]), robust=True)


def _write(image: ProductImage) -> list[int]:
    """Write every rendition, over what an interrupted try may have left; the widths there are now."""
    with image.file.open("rb") as file:
        opened = Image.open(BytesIO(file.read()))
    original = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    largest = min(original.width, WIDTHS[-1])
    widths = [*(width for width in WIDTHS if width < largest), largest]
    for width in widths:
        size = (width, max(1, round(original.height * width / original.width)))
        scaled = original.resize(size, Image.Resampling.LANCZOS)
        for kind, options in ENCODING.items():
            drawn = BytesIO()
            scaled.save(drawn, kind, **options)
            name = image.rendition_name(width, kind)
            image.file.storage.delete(name)
            image.file.storage.save(name, ContentFile(drawn.getvalue()))
    return widths


def _note_failure(image: ProductImage, error: Exception) -> None:
    image.not_before = timezone.now() + FIRST_RETRY * 2 ** (image.attempts - 1)
    image.last_error = f"{type(error).__name__}: {error}"[:300]
    if image.attempts >= MOST_ATTEMPTS:
        image.state = State.PARKED
    row = ProductImage.objects.filter(pk=image.pk, file=image.file.name)
    row.update(not_before=image.not_before, last_error=image.last_error, state=image.state)


def _delete(storage: Storage, names: list[str]) -> None:
    for name in names:
        if name:
            storage.delete(name)
