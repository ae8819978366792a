"""schemathesis reads the API's OpenAPI document and asks for what it allows, and for what it does not."""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings as hypothesis_settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cart import defaults
from orders.models import Order
from tests.backoffice.programs import made_key
from tests.factories import VariantFactory

pytestmark = pytest.mark.django_db

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "200")) // 4  # of each operation, as it is described and as it is not
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
STATUSES: Counter[int] = Counter()


@pytest.fixture
def document(db: None, settings: Any) -> Iterator[Any]:
    """Requests come through WSGI, and leave the test's connection open, as those of Django's test client do."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "gzip" not in name]  # it reads none
    yield schemathesis.openapi.from_wsgi("/api/openapi.json", WSGIHandler())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def secret(db: None) -> Iterator[str]:
    defaults.load()
    VariantFactory(sku="BOTTLE", stock=100_000)
    yield made_key(requests_per_minute=1_000_000)[1]
    print(f"{sum(STATUSES.values())} requests to the API so far: {dict(sorted(STATUSES.items()))}")


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_75_whatever_the_document_allows_or_not_is_answered_as_it_says(
    document: Any, secret: str, mode: GenerationMode
) -> None:
    for found in document.get_all_operations():
        operation = found.ok()

        @hypothesis_settings(
            max_examples=REQUESTS,
            deadline=None,
            derandomize="FUZZ_SEED" not in os.environ,
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            case.headers = {"Authorization": f"Bearer {secret}"}  # a wrong one hides all that lies behind
            response = case.call()
            STATUSES[response.status_code] += 1
            case.validate_response(response, checks=CHECKS)

        ask()


def test_the_document_leads_to_orders(document: Any, secret: str) -> None:
    """The example in the document is one that is made: what is fuzzed is not only refused."""
    example = document.raw_schema["components"]["schemas"]["NewOrder"]["example"]
    case = document["/api/create-order/"]["POST"].Case(body=example, media_type="application/json")
    assert case.call(headers={"Authorization": f"Bearer {secret}"}).status_code == 201
    assert Order.objects.count() == 1
