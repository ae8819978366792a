"""The dashboard: its figures are those of the orders, counted ahead or live, for whom they concern."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from backoffice import tasks
from backoffice.dashboard import charts, count_past_days, days
from backoffice.dashboard.periods import Period, Totals, periods
from backoffice.dashboard.sales import sales
from backoffice.models import DayFigure
from cart import defaults
from orders import services, transitions
from orders.models import Order, OrderEmail
from payment.models import Payment, Refund
from tests.checkout import paid_order, placed_order
from tests.factories import ProductFactory, VariantFactory
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

Kind = DayFigure.Kind
NOON = datetime(2026, 6, 15, 12, tzinfo=timezone.get_default_timezone())


@pytest.fixture(autouse=True)
def _shop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop with shipping and tax, in which it is noon."""
    defaults.load()
    monkeypatch.setattr(timezone, "now", lambda: NOON)


def sold(*variants: Any, ago: timedelta = timedelta(), country: str = "DE", quantity: int = 1) -> Order:
    """An order that was placed and paid so long ago."""
    order = paid_order(*variants, quantity=quantity)
    Order.objects.filter(pk=order.pk).update(created=NOON - ago, paid_at=NOON - ago, country=country)
    order.refresh_from_db()
    return order


def refund(order: Order, amount: str, *, ago: timedelta = timedelta(), state: str = "succeeded") -> Refund:
    payment, _created = Payment.objects.get_or_create(
        payment_intent=f"pi_{order.pk}",
        defaults={"order": order, "amount": order.total, "currency": order.currency, "livemode": False}
        | {"captured_at": NOON - ago},
    )
    made = Refund.objects.create(
        payment=payment, key=f"{order.pk} {amount}", amount=Decimal(amount), currency=order.currency, state=state
    )
    Refund.objects.filter(pk=made.pk).update(created=NOON - ago)
    return made


def totals() -> dict[int, tuple[Totals, Totals]]:
    """Days of a period: what it brought, and the one before."""
    live_from = days.first_live_day()
    live = days.count(days.midnight(live_from), NOON + timedelta(seconds=1))
    rows = DayFigure.objects.filter(day__lt=live_from).values_list("day", "kind", "key", "number", "amount")
    figures = [*live, *(days.Figure(*row) for row in rows)]
    return {period.days: (period.now, period.before) for period in periods(figures)}


def day(number: int) -> timedelta:
    return timedelta(days=number)


@pytest.mark.parametrize("counted_ahead", [False, True])
def test_each_period_has_its_orders_and_the_one_before_has_its_own(counted_ahead: bool) -> None:
    cheap, dear = VariantFactory(price=Decimal("10.00")), VariantFactory(price=Decimal("40.00"))
    first = sold(cheap)
    second = sold(dear, ago=day(1) + timedelta(hours=1))
    sold(cheap, ago=day(1) - timedelta(hours=1))  # yesterday, but later in the day than now
    third = sold(dear, ago=day(8))
    sold(cheap, ago=day(40))
    sold(cheap, ago=day(61))
    if counted_ahead:
        assert count_past_days() == 60
        assert days.first_live_day() == NOON.date()
    else:
        assert days.first_live_day() == NOON.date() - day(60)
    found = totals()
    now, before = found[1]
    assert (now.orders, now.revenue) == (1, first.total)
    assert (before.orders, before.revenue) == (1, second.total), "yesterday until this time of the day"
    now, before = found[7]
    assert (now.orders, before.orders, before.revenue) == (3, 1, third.total)
    now, before = found[30]
    assert (now.orders, before.orders) == (4, 1)
    assert now.average == now.revenue / 4


def test_what_is_live_and_what_was_counted_ahead_are_the_same() -> None:
    for number in (0, 1, 1, 3, 29, 30, 59):
        order = sold(ago=day(number))
    refund(order, "5.00", ago=day(2))
    placed_order()
    live = totals()
    count_past_days()
    assert totals() == live


def test_placed_orders_are_counted_on_their_day_and_converted_when_paid_later() -> None:
    late = sold()
    unpaid = placed_order()
    Order.objects.filter(pk__in=[late.pk, unpaid.pk]).update(created=NOON - timedelta(hours=25))
    count_past_days()
    now, _before = totals()[7]
    assert (now.placed, now.converted, now.conversion) == (2, 1, 50)
    today, yesterday = totals()[1]
    assert (today.placed, today.orders, today.conversion) == (0, 1, None)
    assert yesterday.placed == 2


def test_refunds_stand_on_their_day_and_those_that_failed_are_gone_an_hour_later() -> None:
    order = sold(ago=day(3), quantity=2)
    given = refund(order, "2.50", ago=day(3))
    refund(order, "1.00", ago=day(3), state="failed")
    count_past_days()
    assert totals()[7][0].refunded == Decimal("2.50")
    Refund.objects.filter(pk=given.pk).update(state="canceled")
    count_past_days()
    now, _before = totals()[7]
    assert (now.refunded, now.refunds, now.revenue) == (0, 0, order.total)


def test_the_day_is_that_of_the_shops_time_zone(settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    timezone.get_default_timezone.cache_clear()  # type: ignore[attr-defined]
    try:
        order = sold()
        evening = datetime(2026, 6, 14, 16, tzinfo=timezone.get_default_timezone())
        Order.objects.filter(pk=order.pk).update(paid_at=evening, created=evening)
        early = datetime.fromisoformat("2026-06-14T15:30:00+00:00")  # half past midnight in Tokyo
        other = sold()
        Order.objects.filter(pk=other.pk).update(paid_at=early, created=early)
        count = days.count(days.midnight(evening.date()), days.midnight(evening.date() + day(2)))
        assert {figure.day.day: figure.number for figure in count if figure.kind == Kind.SALES} == {14: 1, 15: 1}
    finally:
        timezone.get_default_timezone.cache_clear()  # type: ignore[attr-defined]


def test_orders_in_another_currency_are_left_to_the_reports() -> None:
    sold()
    Order.objects.filter(pk=sold().pk).update(currency="JPY")
    assert totals()[1][0].orders == 1


def test_products_and_countries_are_the_best_of_what_is_live_and_what_was_counted() -> None:
    steady, new = (VariantFactory(product=ProductFactory(name=name), price=Decimal(20)) for name in ("Steady", "New"))
    sold(steady, ago=day(5), country="FR")
    sold(steady, ago=day(2))
    sold(new, quantity=3)
    sold(new, ago=day(31), quantity=5)
    count_past_days()
    found = sales()
    assert [(row.name, row.number, row.amount) for row in found.products] == [
        ("New", "3", "€60.00"),
        ("Steady", "2", "€40.00"),
    ]
    assert [(row.name, row.number) for row in found.countries] == [("Germany", "2"), ("France", "1")]
    assert found.countries[0].share == 100
    assert found.days[-1].orders == "1"
    assert len(found.days) == len(found.chart.bars) == 30


def test_prices_without_tax_are_shown_with_it() -> None:
    order = sold()
    Order.objects.filter(pk=order.pk).update(prices_include_tax=False)
    order.line_items.update(total=Decimal("10.000"), tax=Decimal("1.900"))
    assert [row.amount for row in sales().products] == ["€11.90"]


def test_change_is_in_percent_and_nothing_is_not_compared() -> None:
    period = Period(7, Totals(orders=3, revenue=Decimal(30)), Totals(orders=2))
    assert period.change(lambda totals: totals.orders) == 50
    assert period.change(lambda totals: totals.revenue) is None
    assert Period(7, Totals(), Totals(orders=4)).change(lambda totals: totals.orders) == -100
    assert period.change(lambda totals: totals.conversion) is None


def test_bars_are_as_tall_as_their_values_and_the_smallest_can_be_seen() -> None:
    chart = charts.bars([Decimal(0), Decimal(50), Decimal(200), Decimal("0.01"), Decimal(-5)])
    assert [bar.height for bar in chart.bars] == [0, 25, 100, 1, 0]
    assert [bar.y for bar in chart.bars] == [100, 75, 0, 99, 100]
    assert charts.bars([]).bars == []
    assert [bar.height for bar in charts.bars([Decimal(0)]).bars] == [0]


def test_counting_twice_changes_nothing_and_old_days_are_forgotten() -> None:
    sold(ago=day(1))
    count_past_days()
    rows = set(DayFigure.objects.values_list("day", "kind", "key", "number", "amount"))
    DayFigure.objects.create(day=NOON.date() - day(61), kind=Kind.PLACED, number=7)
    tasks.count_past_days()
    assert set(DayFigure.objects.values_list("day", "kind", "key", "number", "amount")) == rows


def page(client: Client) -> str:
    return re.sub(r"\s+", " ", client.get("/admin/").content.decode())


def test_the_first_page_of_the_admin_shows_it(admin_client: Client) -> None:
    order = sold(VariantFactory(price=Decimal("1200.00")))
    html = page(admin_client)
    assert "€1,200.00" in html
    assert "Revenue by day" in html
    assert f'href="/admin/shop/product/{order.line_items.get().variant.product_id}/change/"' in html  # type: ignore[union-attr]
    assert "No alarm" not in html, "beat has never run here"
    assert "style=" not in html
    assert "<script>" not in html


def test_a_shop_that_never_sold_anything_has_a_dashboard(admin_client: Client) -> None:
    html = page(admin_client)
    assert "Nothing was sold." in html
    assert "Nothing waits for you." in html


def test_what_waits_leads_to_the_list_that_shows_it(admin_client: Client) -> None:
    order = sold()
    with transaction.atomic():
        transitions.note(transitions.lock(order.pk), "attention", actor="shop", attention="Look at this.")
    held = sold()
    with transaction.atomic():
        services.hold_shipping(transitions.lock(held.pk), "dispute dp_1", actor="Stripe")
    OrderEmail.objects.filter(order=held).update(state="parked")
    html = page(admin_client)
    links = re.findall(r'<a href="([^"]+)"><strong>(\d+)</strong>', html)
    assert dict(links) == {
        "/admin/orders/order/?attention=yes": "1",
        "/admin/orders/order/?shipping=to_pack": "1",
        "/admin/orders/orderemail/?state__exact=parked": str(OrderEmail.objects.filter(order=held).count()),
    }
    for url, _number in links:
        listed = admin_client.get(url).content.decode()
        assert (order.number in listed) == ("order/" in url)
        assert (held.number in listed) == ("orderemail/" in url)


def test_low_stock_is_shown_with_its_mark(admin_client: Client) -> None:
    VariantFactory(product__name="Scarce", stock=2)
    VariantFactory(product__name="Plenty", stock=50)
    html = page(admin_client)
    assert re.search(r'Scarce, 75 cl</a> </th> <td class="number">2</td> <td class="number">3</td>', html)
    assert "Plenty" not in html


def test_who_may_not_see_figures_sees_none(client: Client) -> None:
    user = User.objects.create_user("packer", is_staff=True)
    sign_in(client, user)
    sold(VariantFactory(stock=2))
    html = page(client)
    for heading in ("Sales", "Revenue by day", "Low stock", "pack and ship"):
        assert heading not in html
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_order", "view_dayfigure"]))
    html = page(client)
    for heading in ("Sales", "Revenue by day", "pack and ship"):
        assert heading in html


def test_the_page_costs_the_same_queries_however_much_is_sold(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    sold(ago=day(1))
    sold()
    count_past_days()
    page(admin_client)
    with django_assert_max_num_queries(60) as few:
        page(admin_client)
    for number in range(6):
        sold(VariantFactory(stock=2), VariantFactory(), ago=day(number), country="FR")
    count_past_days()
    with django_assert_max_num_queries(60) as many:
        page(admin_client)
    assert len(many) == len(few)
