"""How often a visitor may do something: counted across processes, for a while, and by visitor."""

from datetime import timedelta

import pytest
from django.utils import timezone

from background import limits
from background.models import Limit
from background.tasks import forget_limits
from tests.races import run_together

pytestmark = pytest.mark.django_db


def spend(visitor: str = "10.0.0.1", *, name: str = "tries", most: int = 2) -> bool:
    try:
        limits.spend(name, visitor, most)
    except limits.TooMany:
        return False
    return True


def test_so_many_and_no_more_by_visitor_and_by_name() -> None:
    assert [spend(), spend(), spend()] == [True, True, False]
    assert spend("10.0.0.2")
    assert spend(name="others")


def test_zero_is_any_number_and_costs_no_row() -> None:
    assert all(spend(most=0) for _time in range(5))
    assert not Limit.objects.exists()


def test_who_waits_as_long_as_it_says_may_go_on() -> None:
    limits.spend("tries", "10.0.0.1", 1)
    with pytest.raises(limits.TooMany) as refused:
        limits.spend("tries", "10.0.0.1", 1)
    assert 3590 < refused.value.seconds <= 3600
    Limit.objects.update(since=timezone.now() - timedelta(seconds=refused.value.seconds + 10))
    assert spend(most=1)
    assert not spend(most=1)


def test_nobody_can_read_who_it_was_and_old_counts_are_forgotten() -> None:
    spend("203.0.113.7")
    row = Limit.objects.get()
    assert "203.0.113.7" not in f"{row.visitor_hash} {row}"
    forget_limits()
    assert Limit.objects.exists()
    Limit.objects.update(since=timezone.now() - timedelta(days=2))
    forget_limits()
    assert not Limit.objects.exists()


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_at_the_same_moment_no_more_get_through() -> None:
    outcomes = run_together([lambda: spend(most=5)] * 24, connections=12)
    assert sorted(outcomes) == [False] * 19 + [True] * 5
