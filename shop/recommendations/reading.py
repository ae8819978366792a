"""What stands beside a product: as a worker stored it, else what shares most with it. One query says which."""

from dataclasses import dataclass
from functools import partial

from django.db.backends.base.base import BaseDatabaseWrapper

from background.connections import read_again_if_broken
from shop import catalogue
from shop.models import Recommendation

SHOWN = 6
LOOKED_AT = 40  # of each value that a product has, those that are recommended first
Kind = Recommendation.Kind

# Until a worker has looked at the product, which it does at night, what shares its values is like it.
STATEMENT = """
WITH asked (id) AS (SELECT id FROM shop_product WHERE slug = {slug})
SELECT other_id, kind, score FROM shop_recommendation WHERE product_id = (SELECT id FROM asked)
UNION ALL SELECT product_id, 'similar', shared FROM (
    SELECT listing.product_id, CAST(count(*) AS double precision) AS shared
    FROM shop_product_attribute_values held
    JOIN shop_attributevalue value ON value.id = held.attributevalue_id
    JOIN shop_attribute attribute ON attribute.id = value.attribute_id AND attribute.is_filter
    {listing}
    WHERE held.product_id = (SELECT id FROM asked) AND listing.product_id <> held.product_id AND NOT EXISTS (
        SELECT 1 FROM shop_recommendation WHERE product_id = (SELECT id FROM asked) AND kind = 'similar'
    )
    GROUP BY listing.product_id, listing.in_stock ORDER BY listing.in_stock DESC, shared DESC, listing.product_id
    LIMIT {most}
) alike
"""
# As for cards, a function whose plan each connection keeps: migration 0013 has it.
ON_POSTGRES = "SELECT * FROM shop_wanted_beside(%(slug)s, %(most)s, %(looked_at)s)"
IN_FUNCTION = {
    "slug": "of_slug",
    "most": "most",
    "listing": """CROSS JOIN LATERAL (
        SELECT * FROM shop_listing WHERE place = held.attributevalue_id
        ORDER BY in_stock DESC, popularity DESC, product_id LIMIT looked_at
    ) listing""",
}
ON_SQLITE = {
    "slug": "%(slug)s",
    "most": "%(most)s",
    "listing": "JOIN shop_listing listing ON listing.place = held.attributevalue_id",
}

Scores = dict[str, dict[int, float]]  # kind -> product -> the higher, the better


@dataclass(frozen=True)
class Offered:
    """Cards in the order in which they are shown; no product twice."""

    together: list[catalogue.Card]
    similar: list[catalogue.Card]


def wanted_beside(slug: str) -> Scores:
    """The products that may stand beside the one with this slug. One query."""
    values: dict[str, str | int] = {"slug": slug, "most": 2 * SHOWN, "looked_at": LOOKED_AT}
    found: Scores = {kind: {} for kind in Kind.values}
    for other, kind, score in read_again_if_broken(partial(_rows, values)):
        found[kind][other] = score
    return found


def _rows(values: dict[str, str | int], connection: BaseDatabaseWrapper) -> list[tuple[int, str, float]]:
    with connection.cursor() as cursor:
        cursor.execute(ON_POSTGRES if connection.vendor == "postgresql" else STATEMENT.format(**ON_SQLITE), values)
        return cursor.fetchall()


def arrange(scores: Scores, cards: list[catalogue.Card]) -> Offered:
    """The cards of products that `wanted_beside` named, as they are shown: what is in stock first, then by score."""
    together = _best(cards, scores[Kind.TOGETHER])
    return Offered(together, _best([card for card in cards if card not in together], scores[Kind.SIMILAR]))


def _best(cards: list[catalogue.Card], scores: dict[int, float]) -> list[catalogue.Card]:
    scored = [card for card in cards if card.pk in scores]
    return sorted(scored, key=lambda card: (card.available <= 0, -scores[card.pk], card.name))[:SHOWN]
