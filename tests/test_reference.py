"""docs/settings.md, the settings and .env.dev say the same."""

import re
from pathlib import Path

import reference
from stripe_sandbox import config as sandbox

ROOT = Path(__file__).resolve().parent.parent
VALUES = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.dev").read_text(), re.MULTILINE))
OF_OTHER_IMAGES = ("POSTGRES_", "RABBITMQ_", "FLOWER_")


def test_the_page_is_up_to_date() -> None:
    assert reference.PAGE.read_text() == reference.page(), "make reference"


def test_every_setting_is_on_the_page_and_says_what_it_is() -> None:
    read = re.findall(r'\b(?:env\.\w+|secret)\(\s*"([A-Z_]+)"', reference.SETTINGS.read_text())
    found = reference.settings()
    assert {setting.name for setting in found} == set(read)
    assert [setting.name for setting in found if len(setting.words) < 8] == [], "write a comment, in settings.py"


def test_what_a_developer_sets_is_a_setting_or_for_another_program() -> None:
    known = {setting.name for setting in reference.settings()}
    others = {name for name in VALUES if name.startswith(OF_OTHER_IMAGES) or name in Path(sandbox.__file__).read_text()}
    assert VALUES - known - others == set()


def test_words_are_the_comment_behind_or_else_above_and_secrets_tell_themselves() -> None:
    found = {setting.name: setting for setting in reference.settings()}
    assert found["SWEEP_SECONDS"].words == "how often beat looks for overdue rows"
    assert found["WEBHOOK_SILENCE_MINUTES"].words.startswith("Stripe tells of a payment within seconds")
    assert (found["SECRET_KEY"].kind, found["SECRET_KEY"].default) == ("secret", "none: has to be set")
    assert (found["SWEEP_SECONDS"].section, found["SWEEP_SECONDS"].default) == ("Background work", "`15`")
