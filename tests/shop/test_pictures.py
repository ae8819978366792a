"""Which files are taken for pictures, what is kept of them, and what a worker makes of them."""

import re
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image, UnidentifiedImageError

from background import health
from shop import images, tasks
from shop.images import accepting, rendering
from shop.models import ProductImage
from tests.factories import VariantFactory
from tests.shop.test_admin import change_url, product_form

pytestmark = pytest.mark.django_db
State = ProductImage.State


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def drawn(size: tuple[int, int] = (800, 1000), kind: str = "JPEG", mode: str = "RGB", **options: Any) -> bytes:
    file = BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(file, kind, **options)
    return file.getvalue()


@pytest.fixture
def picture() -> ProductImage:
    product = VariantFactory(product__name="Old Oak").product
    return ProductImage.objects.create(product=product, file=ContentFile(drawn(kind="WEBP"), name="oak.webp"))


def accepted(data: bytes, name: str = "x.jpg") -> Image.Image:
    return Image.open(images.accept(BytesIO(data), name=name))


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "CMYK"])
def test_pictures_are_known_by_content_and_kept_as_webp(kind: str, mode: str) -> None:
    if (kind, mode) in {("JPEG", "RGBA"), ("JPEG", "P"), ("PNG", "CMYK"), ("WEBP", "CMYK"), ("AVIF", "CMYK")}:
        kind, mode = "PNG", "I;16" if mode == "CMYK" else mode
    kept = accepted(drawn((80, 100), kind, mode if mode != "I;16" else "L"), "notes.txt")
    assert (kept.format, kept.size) == ("WEBP", (80, 100))


def test_a_kept_picture_is_upright_bounded_and_tells_nothing_of_its_maker() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "SECRET CAMERA"
    kept = images.accept(BytesIO(drawn((3000, 1500), exif=exif, comment=b"SECRET NOTE")), name="Ünser Bild (1).JPG")
    image = Image.open(BytesIO(kept.read()))
    assert image.size == (1000, 2000)
    assert not image.getexif()
    assert not {"icc_profile", "exif", "xmp", "comment"} & set(image.info)
    kept.seek(0)
    assert b"SECRET" not in kept.read()
    assert re.fullmatch(r"unser-bild-1-[0-9a-f]{10}\.webp", str(kept.name))


def test_transparent_pictures_stay_so() -> None:
    file = BytesIO()
    Image.new("RGBA", (8, 8), (200, 0, 0, 0)).save(file, "PNG")
    assert accepted(file.getvalue()).getchannel("A").getextrema() == (0, 0)


def png_header(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"\0" * 100)
    chunks = (struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in (header, data))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
REFUSED = {
    "svg": (SVG, "page or a program"),
    "html": (b"<html><script>alert(1)</script>", "page or a program"),
    "jpeg with a page behind it": (drawn((8, 8)) + b"<HTML><body onload=alert(1)>", "page or a program"),
    "jpeg with a script in its comment": (drawn((8, 8), comment=b"*/<ScRiPt>alert(1)//"), "page or a program"),
    "png with php": (drawn((8, 8), "PNG") + b"<?php system('id')", "page or a program"),
    "20,000 x 20,000 pixels": (png_header(20_000, 20_000), "too many pixels"),
    "a bomb beyond what Pillow opens": (png_header(2**31 - 1, 2**31 - 1), "too many pixels"),
    "text": (b"hello", "no JPEG"),
    "nothing": (b"", "no JPEG"),
    "a picture cut short": (drawn((300, 300))[:900], "damaged"),
    "gif": (drawn((8, 8), "GIF"), "no JPEG"),
    "tiff": (drawn((8, 8), "TIFF"), "no JPEG"),
    "too many bytes": (b"\xff\xd8\xff" + b"\0" * accepting.LARGEST_FILE, "larger than 12 MB"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_86_what_is_no_plain_picture_is_refused(what: str) -> None:
    data, reason = REFUSED[what]
    with pytest.raises(images.Refused, match=reason):
        images.accept(BytesIO(data), name="picture.png")


def test_86_a_huge_picture_is_refused_before_its_pixels_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(Image.Image, "load", decoded)
    with pytest.raises(images.Refused, match="pixels"):
        images.accept(BytesIO(png_header(8_000, 8_000)), name="x.png")


@pytest.mark.parametrize("what", ["svg", "20,000 x 20,000 pixels", "a picture cut short", "nothing"])
def test_a_refused_file_is_an_error_of_the_form_and_leaves_nothing(
    admin_client: Client, media: Path, what: str
) -> None:
    product = VariantFactory().product
    response = admin_client.post(change_url(product), with_picture(product, REFUSED[what][0]))
    assert response.status_code == 200
    assert response.context["errors"]
    assert not ProductImage.objects.exists()
    assert files(media) == set()


def with_picture(product: Any, data: bytes, image: ProductImage | None = None, **changes: Any) -> dict[str, Any]:
    form = product_form(product) | {
        "images-TOTAL_FORMS": 1,
        "images-INITIAL_FORMS": 1 if image else 0,
        "images-0-alt": "A bottle",
        "images-0-position": 0,
    }
    if data or not image:
        form["images-0-file"] = SimpleUploadedFile("Bottle.png", data, "image/svg+xml")
    if image:
        form |= {"images-0-id": image.pk, "images-0-product": product.pk}
    return form | changes


def test_an_upload_is_kept_drawn_anew_and_a_worker_is_nudged(
    admin_client: Client, media: Path, nudges: list[tuple[str, object]]
) -> None:
    product = VariantFactory().product
    assert admin_client.post(change_url(product), with_picture(product, drawn(kind="PNG"))).status_code == 302
    image = ProductImage.objects.get()
    assert (image.state, image.alt, image.width, image.height) == (State.PENDING, "A bottle", 800, 1000)
    assert files(media) == {image.file.name}
    assert Image.open(image.file.path).format == "WEBP"
    assert ("shop.tasks.render_image", image.pk) in nudges


def test_a_worker_renders_each_size_in_each_format_once(picture: ProductImage, media: Path) -> None:
    assert tasks.render_image(picture.pk)
    picture.refresh_from_db()
    assert (picture.state, picture.widths) == (State.READY, "240 360 480 720 800")
    assert files(media) == {picture.file.name, *picture.rendition_names}
    for name in picture.rendition_names:
        rendition = Image.open(media / name)
        width = int(name.split("-")[-1].split(".")[0])
        assert (rendition.format, rendition.size) == (name.split(".")[-1].upper(), (width, width * 5 // 4))
    assert not tasks.render_image(picture.pk)


def test_a_picture_is_rendered_by_one_worker_at_a_time(picture: ProductImage, monkeypatch: pytest.MonkeyPatch) -> None:
    others: list[bool] = []
    write = rendering._write

    def meanwhile(image: ProductImage) -> list[int]:
        others.append(images.render(image.pk))
        return write(image)

    monkeypatch.setattr(rendering, "_write", meanwhile)
    assert images.render(picture.pk)
    assert others == [False]


def test_pages_show_the_original_until_there_are_renditions(client: Client, picture: ProductImage) -> None:
    paths = ["/", picture.product.get_absolute_url()]
    for path in paths:
        page = client.get(path).content.decode()
        assert f'src="{picture.file.url}"' in page
        assert "<source" not in page
    images.render(picture.pk)
    for path in paths:
        page = client.get(path).content.decode()
        stem = picture.file.url.replace("products", "renditions").removesuffix(".webp")
        assert page.index('<source type="image/avif"') < page.index('<source type="image/webp"')
        assert f"{stem}-240.avif 240w" in page
        assert f"{stem}-800.webp 800w" in page
        assert 'width="800"' in page
        assert 'height="1000"' in page


def test_what_cannot_be_rendered_waits_longer_each_time_and_is_parked(picture: ProductImage, media: Path) -> None:
    (media / str(picture.file.name)).write_bytes(b"rotten")
    waits = []
    for _try in range(rendering.MOST_ATTEMPTS):
        ProductImage.objects.update(not_before=timezone.now())
        with pytest.raises(UnidentifiedImageError):
            images.render(picture.pk)
        picture.refresh_from_db()
        waits.append(picture.not_before - timezone.now())
    assert waits == sorted(waits)
    assert (picture.state, picture.attempts) == (State.PARKED, 6)
    assert "UnidentifiedImageError" in picture.last_error
    ProductImage.objects.update(not_before=timezone.now())
    assert not images.render(picture.pk)
    assert any("could not be rendered" in alarm.sentence for alarm in health.alarms())


def test_staff_have_pictures_rendered_again_that_were_given_up(admin_client: Client, picture: ProductImage) -> None:
    ready = ProductImage.objects.create(product=VariantFactory().product, file=picture.file.name, state=State.READY)
    ProductImage.objects.filter(pk=picture.pk).update(state=State.PARKED, attempts=6, last_error="rotten")
    url = reverse("admin:shop_product_changelist")
    found = admin_client.get(url, {"images__state__exact": "parked"})
    assert [row.pk for row in found.context["cl"].result_list] == [picture.product_id]
    chosen = [picture.product_id, ready.product_id]
    page = admin_client.post(url, {"action": "render_again", "_selected_action": chosen}, follow=True)
    assert "1 picture is rendered again." in page.content.decode()
    picture.refresh_from_db()
    assert (picture.state, picture.attempts, picture.last_error) == (State.PENDING, 0, "")
    assert images.render(picture.pk)
    ready.refresh_from_db()
    assert ready.state == State.READY


def test_the_sweep_nudges_what_is_due(picture: ProductImage, nudges: list[tuple[str, object]]) -> None:
    tasks.sweep()
    assert nudges == [("shop.tasks.render_image", picture.pk)]
    nudges.clear()
    images.render(picture.pk)
    tasks.sweep()
    assert not nudges


def test_an_interrupted_try_is_finished_by_the_next(picture: ProductImage, media: Path) -> None:
    half = media / picture.rendition_name(240, "avif")
    half.parent.mkdir()
    half.write_bytes(b"half")
    images.render(picture.pk)
    picture.refresh_from_db()
    assert files(media) == {picture.file.name, *picture.rendition_names}
    assert Image.open(half).size == (240, 300)


def test_a_picture_deleted_while_it_is_rendered_leaves_nothing(
    picture: ProductImage, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = rendering._write

    def then_deleted(image: ProductImage) -> list[int]:
        widths = write(image)
        ProductImage.objects.all().delete()
        image.file.storage.delete(str(image.file.name))
        return widths

    monkeypatch.setattr(rendering, "_write", then_deleted)
    assert not images.render(picture.pk)
    assert files(media) == set()


@pytest.mark.django_db(transaction=True)
def test_replacing_or_deleting_a_picture_deletes_its_files(
    admin_client: Client, picture: ProductImage, media: Path
) -> None:
    product = picture.product
    images.render(picture.pk)
    response = admin_client.post(change_url(product), with_picture(product, drawn((90, 90)), picture))
    assert response.status_code == 302
    new = ProductImage.objects.get()
    assert new.pk == picture.pk
    assert (new.state, new.widths) == (State.PENDING, "")
    assert files(media) == {new.file.name}
    images.render(new.pk)
    form = with_picture(product, b"", new, **{"images-0-DELETE": "on"})
    assert admin_client.post(change_url(product), form).status_code == 302
    assert not ProductImage.objects.exists()
    assert files(media) == set()


def delete_one(client: Client, pk: int) -> Any:
    return client.post(reverse("admin:shop_product_delete", args=[pk]), {"post": "yes"})


def delete_chosen(client: Client, pk: int) -> Any:
    form = {"action": "delete_selected", "_selected_action": [pk], "post": "yes"}
    return client.post(reverse("admin:shop_product_changelist"), form)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("delete", [delete_one, delete_chosen])
def test_with_a_product_go_the_files_of_its_pictures(
    admin_client: Client, picture: ProductImage, media: Path, delete: Callable[[Client, int], Any]
) -> None:
    images.render(picture.pk)
    assert delete(admin_client, picture.product_id).status_code == 302
    assert not ProductImage.objects.exists()
    assert files(media) == set()


def test_files_stay_when_the_deletion_is_rolled_back(picture: ProductImage, media: Path) -> None:
    images.remove_files_on_commit([picture])  # within the test's transaction, which is never committed
    assert files(media) == {picture.file.name}


def test_an_unchanged_form_does_not_render_again(admin_client: Client, picture: ProductImage) -> None:
    images.render(picture.pk)
    form = with_picture(picture.product, b"", picture, **{"images-0-alt": "Other words"})
    assert admin_client.post(change_url(picture.product), form).status_code == 302
    picture.refresh_from_db()
    assert (picture.state, picture.alt) == (State.READY, "Other words")
