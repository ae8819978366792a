"""The doctor: names what is wrong and what to do, fails then, and shows no secret."""

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from kombu.exceptions import OperationalError

from background import broker, topology
from background.models import Heartbeat
from backoffice.doctor import Level, basics, findings, outside, work
from backoffice.doctor.finding import Finding, examine
from payment.models import RefusedDeliveries, StripeEvent
from tests.ports import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite has no worker to wait for."""
    monkeypatch.setattr(work, "ANSWER_SECONDS", 0.2)


def one(check: Any) -> Finding:
    [finding] = examine(check)
    return finding


def test_every_check_has_its_say_and_every_fault_a_remedy() -> None:
    found = list(findings())
    assert {finding.check for finding in found} >= {"broker_answers", "workers_answer", "mail_leaves", "beat_runs"}
    assert [finding for finding in found if finding.level != Level.OK and not finding.remedy] == []
    assert "itself" not in " ".join(finding.sentence for finding in found)


def test_machines_get_json_and_people_lines_and_both_a_failure() -> None:
    texts = []
    for options in ([], ["--json"]):
        out = io.StringIO()
        with pytest.raises(SystemExit) as end:
            call_command("doctor", *options, stdout=out)
        assert end.value.code == 1
        texts.append(out.getvalue())
    assert "ERROR   workers answer: No worker answers." in texts[0]
    assert {"check", "level", "sentence", "remedy"} == set(json.loads(texts[1])[0])


def test_no_worker_and_no_beat_are_told_with_the_command_that_starts_them() -> None:
    assert "celery --app shop_project worker" in one(work.workers_answer).remedy
    assert one(work.beat_runs).level == Level.ERROR
    Heartbeat.objects.create(name="beat", at=timezone.now() - timedelta(minutes=4))
    assert "celery --app shop_project beat" in one(work.beat_runs).remedy
    Heartbeat.objects.update(at=timezone.now())
    assert one(work.beat_runs).level == Level.OK
    assert "payments go unnoticed" in one(work.results_come_back).sentence


def test_a_worker_that_leaves_a_queue_alone_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Inspect:
        def active_queues(self) -> dict[str, list[dict[str, str]]]:
            swift = topology.WORKERS["payments"] + topology.WORKERS["worker"]
            return {"celery@here": [{"name": f"shop.{kind}"} for kind in swift]}

    monkeypatch.setattr(work.current_app.control, "inspect", lambda **_options: Inspect())
    finding = one(work.workers_answer)
    assert finding.level == Level.ERROR
    assert finding.remedy.endswith("--queues shop.media,shop.long")


def test_a_broker_that_is_away_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("amqp://shop:hunter2@rabbitmq:5672// refused")

    monkeypatch.setattr(broker, "connect", away)
    finding = one(work.broker_answers)
    assert (finding.level, "hunter2" in finding.sentence) == (Level.ERROR, False)
    assert "CELERY_BROKER_URL" in finding.remedy


def test_a_mail_server_that_is_away_is_told(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    finding = one(outside.mail_leaves)
    assert (finding.level, finding.sentence.startswith("Email not sent")) == (Level.ERROR, True)


def test_stripe_that_is_away_is_told() -> None:
    assert one(outside.stripe_takes_the_key).level == Level.ERROR


def test_webhooks_that_never_came_or_were_refused_are_told() -> None:
    assert "has ever arrived" in one(outside.webhooks_arrive).sentence
    StripeEvent.objects.create(event_id="evt_1", type="ping", livemode=False, payload={})
    assert one(outside.webhooks_arrive).level == Level.OK
    RefusedDeliveries.objects.create(day=timezone.localdate(), count=2)
    assert any("whsec_" in finding.remedy for finding in examine(outside.webhooks_arrive))


def test_static_files_that_were_not_collected_are_told(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
    assert "collectstatic" in list(examine(basics.files_are_there))[-1].remedy
