"""What monitors read."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from background import health
from background.models import Heartbeat
from background.tasks import beat

pytestmark = pytest.mark.django_db


def test_liveness_asks_nothing(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["elsewhere.example"]
    settings.SECURE_SSL_REDIRECT = True
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


def test_a_silent_beat_is_reported_but_only_the_deep_answer_fails(client: Client) -> None:
    assert client.get("/readyz").status_code == 200
    assert client.get("/readyz?deep").status_code == 503
    beat()
    assert client.get("/readyz?deep").json() == {"ready": True, "alarms": []}
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=4))
    assert "No sign of beat" in client.get("/readyz?deep").json()["alarms"][0]


def test_52_without_a_database_it_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> bool:
        raise DatabaseError("gone")

    monkeypatch.setattr(health, "_is_migrated", gone)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "does not answer" in response.json()["alarms"][0]


def test_a_backup_that_stays_away_is_missed_once_there_was_one(client: Client) -> None:
    beat()
    assert client.get("/readyz?deep").json()["alarms"] == []
    call_command("note_backup")
    assert client.get("/readyz?deep").json()["alarms"] == []
    Heartbeat.objects.filter(name="backup").update(at=timezone.now() - timedelta(hours=31))
    assert "No backup was made since" in client.get("/readyz?deep").json()["alarms"][0]
    call_command("note_backup")
    assert client.get("/readyz?deep").json()["alarms"] == []
