"""The API answers in JSON whatever is asked, and its page reads the whole OpenAPI document out."""

import re
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from backoffice.api import orders
from backoffice.api.reading import document

from .programs import CREATE, Program

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["nothing", "create-order", "orders/", "orders/a/b/", "v1/%20", "../api/x/", "é/"])
@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "options"])
def test_an_unknown_address_is_a_404_in_json(client: Client, path: str, method: str) -> None:
    answer = getattr(client, method)(f"/api/{path}")
    assert answer.status_code == 404
    assert "/api/docs" in answer.json()["message"]


@pytest.mark.parametrize(("path", "allowed"), [(CREATE, "POST"), ("/api/orders/2222-2222/", "GET")])
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "head", "options"])
def test_another_method_is_a_405_in_json(path: str, allowed: str, method: str) -> None:
    answer = getattr(Client(enforce_csrf_checks=True), method)(path)
    if method.upper() == allowed:
        assert answer.status_code == 401
        return
    assert (answer.status_code, answer["Allow"]) == (405, allowed)
    assert method == "head" or allowed in answer.json()["message"]


def test_nobody_keeps_a_copy_and_no_cookie_is_set() -> None:
    answer = Program().post()
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies


def test_a_database_that_is_away_is_a_503_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: Any) -> Any:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(orders, "create", away)
    answer = Program().post()
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "nothing was made" in answer.json()["message"]


def test_the_page_reads_every_operation_and_field_out_without_scripts(client: Client) -> None:
    answer = client.get("/api/docs")
    page = answer.content.decode().split("<main")[1].split("</main")[0]
    said = document()
    assert said == client.get("/api/openapi.json").json()
    for path, methods in said["paths"].items():
        for method, spec in methods.items():
            assert f"{method.upper()} {path}" in page
            assert all(f"<code>{code}</code>" in re.sub(r"\s+", "", page) for code in spec["responses"])
    for schema in ("NewOrder", "Item", "Address", "OrderData"):
        for field in said["components"]["schemas"][schema]["properties"]:
            assert f"{field}</code>" in page
    assert "<script" not in page
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert client.get("/api/").headers["Location"] == "/api/docs"


def test_the_document_says_that_a_key_is_needed(client: Client) -> None:
    said = client.get("/api/openapi.json").json()
    assert all(spec["security"] for methods in said["paths"].values() for spec in methods.values())
    assert said["components"]["securitySchemes"]["Bearer"]["scheme"] == "bearer"
