"""An update runs the last release's code on the next one's tables for a while: migrations since then only add."""

from typing import Any

import pytest
from django.db import models
from django.db.migrations.state import ProjectState

from . import release

pytestmark = [pytest.mark.django_db, pytest.mark.needs("postgres")]

# Sentence -> why the last release's code lives with it. To be emptied by `make release`.
ACCEPTED: dict[str, str] = {}


def test_the_last_release_runs_on_the_tables_of_the_next() -> None:
    assert [sentence for sentence in release.breaks(release.released_state()) if sentence not in ACCEPTED] == []


def test_nothing_is_accepted_that_is_not_there() -> None:
    assert set(ACCEPTED) <= set(release.breaks(release.released_state()))


def test_the_release_had_rooms_that_are_still_here() -> None:
    assert {app for app, _name in release.released()} <= release.rooms()
    assert release.rooms() >= {"shop", "cart", "orders", "payment"}


@pytest.fixture
def before() -> ProjectState:
    """The models of a release that knew today's tables, to be changed."""
    return release.MigrationLoader(None).project_state()


def fields_of(state: ProjectState) -> dict[str, Any]:
    return state.models["orders", "order"].fields


def test_what_is_as_it_was_breaks_nothing(before: ProjectState) -> None:
    assert list(release.breaks(before)) == []


def test_a_column_that_is_gone_is_seen(before: ProjectState) -> None:
    fields_of(before)["nickname"] = models.CharField(max_length=10)
    assert list(release.breaks(before)) == ["orders_order.nickname is gone"]


def test_a_table_that_is_gone_is_seen(before: ProjectState) -> None:
    before.models["orders", "order"].options["db_table"] = "orders_purchase"
    assert "orders_purchase is gone" in list(release.breaks(before))


def test_a_new_column_that_every_row_needs_is_seen(before: ProjectState) -> None:
    del fields_of(before)["email"]
    [sentence] = release.breaks(before)
    assert sentence.startswith("orders_order.email is new")


def test_a_new_column_that_rows_may_leave_empty_is_no_harm(before: ProjectState) -> None:
    assert fields_of(before)["paid_at"].null
    del fields_of(before)["paid_at"]
    assert list(release.breaks(before)) == []


def test_a_column_that_takes_less_is_seen(before: ProjectState) -> None:
    fields_of(before)["email"] = models.EmailField(max_length=2000, null=True)
    fields_of(before)["full_name"] = models.CharField(max_length=2000)
    assert list(release.breaks(before)) == [
        "orders_order.email takes no NULL any more",
        "orders_order.full_name is shorter than 2000",
    ]


def test_a_new_constraint_is_seen(before: ProjectState) -> None:
    forgotten = before.models["orders", "order"].options["constraints"].pop()
    assert list(release.breaks(before)) == [f"orders_order has the new constraint {forgotten.name}"]
