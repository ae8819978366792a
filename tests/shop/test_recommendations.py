"""What is offered beside a product, learned from sales or, without any, from what products share."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from benchmarks import recommendations as benchmark
from shop import listings, sales, tasks
from shop.models import Product, Recommendation, Sale, Variant
from shop.recommendations import learn_all, learn_from, learning
from shop.recommendations.together import HALF_LIFE, Basket, best, learn, weight
from tests.factories import AttributeValueFactory, VariantFactory

NOW = timezone.now()


def scores(*baskets: set[int], product: int = 1, age: timedelta = timedelta(0)) -> dict[int, float]:
    return dict(best(learn((Basket(NOW - age, frozenset(basket)) for basket in baskets), NOW), product, most=9))


def test_a_basket_counts_half_after_its_half_life() -> None:
    assert weight(NOW - HALF_LIFE, NOW) == 0.5
    assert weight(NOW + HALF_LIFE, NOW) == 1


def test_more_often_together_is_better_and_everywhere_is_worse() -> None:
    found = scores(*[{1, 2}, {1, 2}, {1, 3}, {1, 4}, {1, 4}, {4}, {4}, {4}, {5, 6}] * 200)
    assert set(found) == {2, 3, 4}
    assert found[2] > found[3]  # as rare as 3, and twice together
    assert found[2] > found[4]  # twice together as well, but 4 sells everywhere


def test_recent_baskets_count_more() -> None:
    old, new = Basket(NOW - timedelta(days=300), frozenset({1, 2})), Basket(NOW, frozenset({1, 3}))
    assert [other for other, _score in best(learn([old, new], NOW), 1, most=9)] == [3, 2]


def test_huge_baskets_make_no_pairs() -> None:
    assert scores(set(range(1, 100))) == {}


def test_recommendations_guess_better_than_best_sellers() -> None:
    recommended, popular, held_out = benchmark.compare(300, 60)
    assert held_out > 300
    assert recommended > popular * 1.05


def sell(*variants: Variant, times: int = 1, days_ago: int = 0) -> None:
    for _time in range(times):
        at = timezone.now() - timedelta(days=days_ago)
        sales.record(f"Q-{Sale.objects.count()}", [variant.pk for variant in variants], at)


def together(product: Product) -> list[Product]:
    rows = Recommendation.objects.filter(product=product, kind="together").order_by("-score")
    return [row.other for row in rows.select_related("other")]


@pytest.fixture
def wines(nudges: list[Any], db: None) -> list[Variant]:
    return [VariantFactory(product__name=f"Wine {letter}") for letter in "ABCD"]


def test_a_sale_is_learned_from_and_a_second_time_changes_nothing(wines: list[Variant], nudges: list[Any]) -> None:
    one, two, three, _four = wines
    sell(one, two, times=3)
    sell(one, three, times=2)
    names = [task for task, _reference in nudges]
    assert names == ["shop.tasks.learn_from_sale"] * 5
    for _task, reference in nudges:
        assert learn_from(reference) is True
        assert learn_from(reference) is False
    assert together(one.product) == [two.product, three.product]
    assert together(two.product) == [one.product]
    assert Product.objects.get(pk=one.product_id).popularity == pytest.approx(5, rel=0.01)
    assert not Sale.objects.filter(is_learned=False).exists()


def test_learning_step_by_step_and_anew_agree(wines: list[Variant], nudges: list[Any]) -> None:
    one, two, three, four = wines
    for basket in ((one, two), (one, two, three), (two, four), (one, three), (two, four, one), (three, four)):
        sell(*basket, times=2, days_ago=len(basket) * 10)
    for _task, reference in nudges:
        learn_from(reference)
    stepwise = {variant.pk: together(variant.product) for variant in wines}
    popular = dict(Product.objects.values_list("pk", "popularity"))
    assert learn_all() == 4
    assert {variant.pk: together(variant.product) for variant in wines} == stepwise
    assert dict(Product.objects.values_list("pk", "popularity")) == pytest.approx(popular, abs=0.01)


def test_once_bought_together_is_chance(wines: list[Variant]) -> None:
    sell(wines[0], wines[1])
    learn_all()
    assert together(wines[0].product) == []


def test_what_is_no_longer_sold_loses_its_popularity(wines: list[Variant]) -> None:
    sell(wines[0])
    learn_all()
    Sale.objects.update(at=timezone.now() - learning.WINDOW - timedelta(days=1))
    learn_all()
    assert not Product.objects.exclude(popularity=0).exists()


def test_the_sweep_nudges_sales_whose_nudge_was_lost(wines: list[Variant], nudges: list[Any]) -> None:
    sell(wines[0], wines[1])
    nudges.clear()
    tasks.sweep()
    assert ("shop.tasks.learn_from_sale", "Q-0") in nudges


def test_the_page_shows_what_goes_with_the_product_then_what_is_like_it(client: Client, wines: list[Variant]) -> None:
    rioja = AttributeValueFactory(attribute__slug="region", name="Rioja")
    one, two, three, four = wines
    for variant in (one, two, three):
        variant.product.attribute_values.add(rioja)
    sell(one, two, times=2)
    sell(one, four, times=3)
    learn_all()
    response = client.get(one.product.get_absolute_url())
    assert [card.pk for card in response.context["together"]] == [four.product_id, two.product_id]
    assert [card.pk for card in response.context["related"]] == [three.product_id]
    page = response.content.decode()
    assert page.index("Often bought together") < page.index("You may also like")


def test_what_sales_paired_once_has_others_like_it_before_the_night_has_looked(
    client: Client, wines: list[Variant], nudges: list[Any]
) -> None:
    rioja = AttributeValueFactory(attribute__slug="region", name="Rioja")
    one, two, three, _four = wines
    for variant in (one, two, three):
        variant.product.attribute_values.add(rioja)
        listings.refresh([variant.product_id])
    sell(one, two, times=2)
    for _task, reference in nudges:
        learn_from(reference)
    assert not Recommendation.objects.filter(kind="similar").exists()
    response = client.get(one.product.get_absolute_url())
    assert [card.pk for card in response.context["together"]] == [two.product_id]
    assert [card.pk for card in response.context["related"]] == [three.product_id]
    assert "You may also like" in response.content.decode()


def test_nothing_that_is_hidden_is_offered_and_sold_out_comes_last(client: Client, wines: list[Variant]) -> None:
    one, two, three, four = wines
    sell(one, two, three, four, times=3)
    learn_all()
    Product.objects.filter(pk=two.product_id).update(published=False)
    Variant.objects.filter(pk=three.pk).update(on_hand=0)
    response = client.get(one.product.get_absolute_url())
    assert [card.pk for card in response.context["together"]] == [four.product_id, three.product_id]
