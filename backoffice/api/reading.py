"""/api/docs: the OpenAPI document, read out as a page. No script, nothing from elsewhere, the same facts."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .endpoints import api


@dataclass(frozen=True)
class Field:
    """One field of a body; `name` with a dot is inside another."""

    name: str
    type: str
    required: bool
    description: str


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked for."""

    id: str
    method: str
    path: str
    summary: str
    paragraphs: list[str]
    fields: list[Field]
    example: str
    answers: list[tuple[str, str]]
    data: list[Field]


MEANINGS = {
    "200": "done; also for what was done before",
    "201": "made",
    "400": "the body is not JSON",
    "401": "no key, or one that is revoked",
    "403": "the key lacks a right",
    "404": "no such order of this key",
    "409": "the orderId was used with another body",
    "413": "the body is too large",
    "422": "a field is missing or wrong: errors names it",
    "429": "too many requests: Retry-After says when",
    "503": "try again: nothing was made",
}


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    return JsonResponse(document())


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The document for people."""
    said = document()
    context = {"info": said["info"], "operations": list(_operations(said)), "site_url": settings.SITE_URL}
    return render(request, "backoffice/api_docs.html", context)


def document() -> dict[str, Any]:
    """The OpenAPI document, with this shop as its server."""
    said: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema()))  # status codes are text there
    return said | {"servers": [{"url": settings.SITE_URL}]}


def _operations(said: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in said["paths"].items():
        for method, spec in methods.items():
            body = _schema(spec.get("requestBody"), said)
            answer = next(
                (_schema(spec["responses"].get(code), said) for code in ("201", "200") if code in spec["responses"]), {}
            )
            yield Operation(
                id=spec["operationId"].rpartition("_")[2] or spec["operationId"],
                method=method.upper(),
                path=path,
                summary=spec["summary"],
                paragraphs=[" ".join(part.split()) for part in spec["description"].split("\n\n")],
                fields=list(_fields(body, said)),
                example=json.dumps(body["example"], indent=2) if "example" in body else "",
                answers=[(str(code), MEANINGS.get(str(code), "")) for code in sorted(spec["responses"])],
                data=list(_fields(answer, said)),
            )


def _schema(holder: dict[str, Any] | None, said: dict[str, Any]) -> dict[str, Any]:
    content = (holder or {}).get("content", {}).get("application/json", {})
    return _resolved(content.get("schema", {}), said)


def _resolved(schema: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return dict(said["components"]["schemas"][name]) if name else schema


def _fields(schema: dict[str, Any], said: dict[str, Any], before: str = "") -> Iterator[Field]:
    required = schema.get("required", [])
    for name, spec in schema.get("properties", {}).items():
        kinds = [_resolved(kind, said) for kind in spec.get("anyOf", [spec]) if kind.get("type") != "null"]
        inner = [_resolved(kind["items"], said) if "items" in kind else kind for kind in kinds]
        words = " or ".join(dict.fromkeys(kind.get("type", "object") for kind in kinds))
        yield Field(before + name, words, name in required, spec.get("description", ""))
        for kind in inner:
            yield from _fields(kind, said, f"{before}{name}.")
