"""Addresses of the API: outside the languages' prefixes, and JSON whatever is asked."""

from django.urls import URLPattern, URLResolver, path, re_path
from django.views.generic import RedirectView

from . import errors, reading
from .endpoints import api

patterns, app_name, namespace = api.urls
for pattern in patterns:
    pattern.callback = errors.only_json(pattern.callback)  # type: ignore[arg-type]

own: list[URLPattern | URLResolver] = [
    path("", errors.only_json(RedirectView.as_view(pattern_name=f"{namespace}:docs"))),
    path("docs", reading.docs, name="docs"),
    path("openapi.json", errors.only_json(reading.openapi), name="openapi"),
]
urls = [*own, *patterns, re_path("", errors.only_json(errors.unknown))], app_name, namespace
