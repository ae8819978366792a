"""What is answered when something fails that no page expected."""

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from messager import services


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("problem", "status"),
    [(OperationalError("lock timeout"), 503), (InterfaceError("connection already closed"), 503), (KeyError("x"), 500)],
)
def test_52_55_a_database_that_is_away_or_locked_is_a_503_to_be_tried_again(
    monkeypatch: pytest.MonkeyPatch, problem: Exception, status: int
) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise problem

    monkeypatch.setattr(services, "write", fail)
    client = Client(raise_request_exception=False)
    answer = client.post("/messager/", {"email": "kim@example.com", "text": "Hello"})
    assert answer.status_code == status
    assert answer.headers.get("Retry-After") == ("5" if status == 503 else None)
