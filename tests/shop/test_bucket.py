"""Pictures in a bucket: the genuine client of S3 talks to a server that keeps what it is given."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage

from backoffice.doctor import Level, basics
from backoffice.doctor.finding import examine
from shop.images import render
from shop.models import ProductImage
from tests.factories import VariantFactory
from tests.shop.test_pictures import drawn

pytestmark = pytest.mark.django_db


class S3(BaseHTTPRequestHandler):
    """As much of S3 as keeps and gives files; keys are not checked."""

    kept: dict[str, bytes]
    address: str

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            body = b"".join(unchunked(body))
        self.kept[self.path] = body
        self._answer(200)

    def do_GET(self) -> None:
        found = self.path in self.kept
        self._answer(200 if found else 404, self.kept.get(self.path, b""))

    do_HEAD = do_GET

    def do_DELETE(self) -> None:
        self.kept.pop(self.path, None)
        self._answer(204)

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", "Sat, 21 Nov 2026 12:00:00 GMT")
        self.send_header("ETag", '"1"')
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: pytest shows what fails."""


def unchunked(body: bytes) -> Iterator[bytes]:
    while True:
        head, _, body = body.partition(b"\r\n")
        size = int(head.partition(b";")[0], 16)
        if not size:
            return
        yield body[:size]
        body = body[size + 2 :]


@pytest.fixture
def kept() -> Iterator[dict[str, bytes]]:
    S3.kept = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), S3)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    S3.address = f"http://127.0.0.1:{server.server_port}"
    yield S3.kept
    server.shutdown()


@pytest.fixture
def bucket(kept: dict[str, bytes], settings: Any, monkeypatch: pytest.MonkeyPatch) -> Storage:
    """The storage that MEDIA_BUCKET asks for."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    options = {"bucket_name": "wines", "endpoint_url": S3.address, "file_overwrite": False}
    settings.MEDIA_BUCKET = "wines"
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "shop.images.bucket.Bucket", "OPTIONS": options}}
    return default_storage


def test_a_picture_and_its_renditions_go_into_the_bucket_and_keep_their_addresses(
    bucket: Storage, kept: dict[str, bytes]
) -> None:
    product = VariantFactory().product
    image = ProductImage.objects.create(product=product, file=ContentFile(drawn(kind="WEBP"), name="an oak.webp"))
    assert image.file.url.startswith("/media/")
    assert render(image.pk)
    image.refresh_from_db()
    assert len(kept) == 1 + len(image.rendition_names)
    with bucket.open(image.file.name or "") as file:
        assert file.read() == drawn(kind="WEBP")
    for name in image.rendition_names:
        assert bucket.url(name) == f"/media/{name}"
        assert f"/wines/{name}" in kept


def test_a_name_that_is_taken_is_left_alone(bucket: Storage, kept: dict[str, bytes]) -> None:
    names = {bucket.save("oak.webp", ContentFile(content)) for content in (b"first", b"second")}
    assert len(names) == 2
    assert sorted(kept.values()) == [b"first", b"second"]
    bucket.delete("oak.webp")
    assert list(kept.values()) == [b"second"]


def test_the_doctor_asks_the_bucket(bucket: Storage, settings: Any) -> None:
    assert next(iter(examine(basics.files_are_there))).sentence == "Pictures are kept in the bucket wines."
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "shop.images.bucket.Bucket", "OPTIONS": {}}}
    finding = next(iter(examine(basics.files_are_there)))
    assert (finding.level, "MEDIA_BUCKET" in finding.remedy) == (Level.ERROR, True)
