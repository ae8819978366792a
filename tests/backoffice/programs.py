"""Another program that uses the API, for tests."""

import json
from typing import Any

from django.test import Client

from backoffice.api import keys
from backoffice.models import ApiKey

CREATE = "/api/create-order/"
BODY = {"orderId": "123", "userId": 1, "totalAmount": 150.00, "customerEmail": "customer@example.com"}


def made_key(*, name: str = "ERP", **columns: Any) -> tuple[ApiKey, str]:
    """A key with every right, and its secret."""
    key = ApiKey(name=name, **{"create_order": True, "custom_amount": True, "requests_per_minute": 10_000} | columns)
    secret = keys.give_secret(key)
    key.save()
    return key, secret


class Program:
    """Asks with its key, and reads JSON."""

    def __init__(self, secret: str = "", **columns: Any) -> None:
        self.secret = secret or made_key(**columns)[1]

    def post(self, body: Any = None, **changes: Any) -> Any:
        """The body of BODY with changes, or raw bytes."""
        raw = body if isinstance(body, bytes) else json.dumps(BODY | changes if body is None else body).encode()
        return Client(enforce_csrf_checks=True).post(
            CREATE, raw, content_type="application/json", headers={"Authorization": f"Bearer {self.secret}"}
        )

    def get(self, url: str) -> Any:
        return Client().get(url, headers={"Authorization": f"Bearer {self.secret}"})
