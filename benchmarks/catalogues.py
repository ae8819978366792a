"""Catalogues of any size for benchmarks, always the same ones: made by Postgres itself, a million in a few minutes.

Two shelves of five that stand in each other, 20 countries in two worlds with five regions each, 40 grapes, a producer
for every 40 products, 15 vintages, alcohol. Every third product has a second variant, every tenth is sold out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from shop.listings import count_long_lists
from shop.listings.writing import write_first

CHANCE = "('x' || substr(md5(product || ' {salt}'), 1, 7))::bit(28)::int"  # the same for a product each time
PER_PRODUCER = 40

SHELVES = """
INSERT INTO shop_category (id, name, slug, description, parent_id, position) VALUES
    (1, 'Wines', 'wines', 'Everything that is still.', NULL, 0), (2, 'Red', 'red', '', 1, 1),
    (3, 'White', 'white', '', 1, 2), (4, 'Sparkling', 'sparkling', '', NULL, 3), (5, 'Sweet', 'sweet', '', 1, 4)
"""
ATTRIBUTES = """
INSERT INTO shop_attribute (id, name, slug, is_filter, is_on_home, search_weight, position) VALUES
    (1, 'Producer', 'producer', TRUE, FALSE, 'B', 0), (2, 'Country', 'country', TRUE, TRUE, 'D', 1),
    (3, 'Region', 'region', TRUE, FALSE, 'C', 2), (4, 'Grape', 'grape', TRUE, FALSE, 'C', 3),
    (5, 'Vintage', 'vintage', TRUE, FALSE, 'D', 4), (6, 'Alcohol', 'alcohol', FALSE, FALSE, 'D', 5)
"""
# Worlds 1-2, countries 11-30, regions 101-200, grapes 201-240, vintages 301-315, alcohol 401-410, producers 1001-...
VALUES = """
INSERT INTO shop_attributevalue (id, attribute_id, name, slug, parent_id, position)
SELECT n, 2, (ARRAY['Old World', 'New World'])[n], (ARRAY['old-world', 'new-world'])[n], NULL, 0
    FROM generate_series(1, 2) n
UNION ALL SELECT 10 + n, 2, 'Country ' || chr(64 + n), 'country-' || n, 1 + n %% 2, n FROM generate_series(1, 20) n
UNION ALL SELECT 100 + n, 3, 'Valley ' || chr(64 + 1 + (n - 1) %% 20) || n, 'valley-' || n, 11 + (n - 1) %% 20, n
    FROM generate_series(1, 100) n
UNION ALL SELECT 200 + n, 4, (ARRAY['Mal', 'Syr', 'Mer', 'Cab', 'Ries', 'Chen', 'Gren', 'Tempr'])[1 + n %% 8]
    || (ARRAY['bec', 'ah', 'lot', 'ernet', 'ling'])[1 + n / 8 %% 5], 'grape-' || n, NULL, n
    FROM generate_series(1, 40) n
UNION ALL SELECT 300 + n, 5, (2010 + n)::text, (2010 + n)::text, NULL, n FROM generate_series(1, 15) n
UNION ALL SELECT 400 + n, 6, (11 + n * 0.5)::text, 'alcohol-' || n, NULL, n FROM generate_series(1, 10) n
UNION ALL SELECT 1000 + n, 1, 'Casa ' || initcap(translate(substr(md5(n::text), 1, 7), '0123456789', 'aeioulmnrs')),
    'producer-' || n, NULL, 0 FROM generate_series(1, %(producers)s) n
"""
PICKS = f"""
CREATE TEMPORARY TABLE picks ON COMMIT DROP AS
SELECT product, region, 11 + (region - 101) %% 20 AS country,
    1001 + {CHANCE.format(salt="producer")} %% %(producers)s AS producer,
    201 + {CHANCE.format(salt="grape")} %% 40 AS grape, 301 + {CHANCE.format(salt="vintage")} %% 15 AS vintage,
    401 + {CHANCE.format(salt="alcohol")} %% 10 AS alcohol,
    (ARRAY[2, 2, 3, 4, 5, 2, 3, 1])[1 + {CHANCE.format(salt="shelf")} %% 8] AS shelf,
    initcap(translate(substr(md5(product || ' name'), 1, 6), '0123456789', 'aeioulmnrs')) || ' '
        || (ARRAY['Reserva', 'Brut', 'Classic', 'Old Vines', 'Estate', 'Cuvée'])[1 + {CHANCE.format(salt="kind")} %% 6]
        AS name
FROM (
    SELECT product, 101 + {CHANCE.format(salt="region")} %% 100 AS region FROM generate_series(1, %(products)s) product
) picked
"""
PRODUCTS = """
INSERT INTO shop_product (id, name, slug, description, category_id, published, tax_class, withdrawal_exclusion,
    search_text, popularity, created, updated)
SELECT product, picks.name, 'product-' || product, 'Cherries, plums and a long walk in the hills. ' || product,
    picks.shelf, TRUE, 'standard', '',
    lower(' ' || replace(picks.name, 'é', 'e') || E'\\n ' || producer.name || E'\\n ' || region.name || ' '
        || grape.name || E'\\n ' || country.name || ' ' || vintage.name || ' ' || shelf.name),
    round((5000.0 / product)::numeric, 3), now() - product * interval '1 second', now()
FROM picks
JOIN shop_attributevalue producer ON producer.id = picks.producer
JOIN shop_attributevalue region ON region.id = picks.region
JOIN shop_attributevalue country ON country.id = picks.country
JOIN shop_attributevalue grape ON grape.id = picks.grape
JOIN shop_attributevalue vintage ON vintage.id = picks.vintage
JOIN shop_category shelf ON shelf.id = picks.shelf ORDER BY product
"""
HELD = """
INSERT INTO shop_product_attribute_values (product_id, attributevalue_id)
SELECT product, value FROM picks, unnest(ARRAY[producer, region, country, grape, vintage, alcohol]) value
"""
VARIANTS = f"""
INSERT INTO shop_variant (product_id, sku, label, position, price, weight, volume, on_hand, reserved)
SELECT product, 'P' || product, '75 cl', 0, round((4 + {CHANCE.format(salt="price")} %% 9000 / 100.0)::numeric, 2),
    1300, 750, CASE WHEN product %% 10 = 7 THEN 0 ELSE 5 + product %% 50 END, 0
FROM generate_series(1, %(products)s) product
UNION ALL SELECT product, 'C' || product, 'case of 6', 1,
    round((24 + {CHANCE.format(salt="price")} %% 9000 / 17.0)::numeric, 2), 8000, 4500, product %% 7, 0
FROM generate_series(3, %(products)s, 3) product
"""
MOVEMENTS = """
INSERT INTO shop_stockmovement (variant_id, kind, on_hand, reserved, reference, actor, at)
SELECT id, 'adjust', on_hand, 0, 'first delivery', '', now() FROM shop_variant WHERE on_hand > 0
"""
PRICES = "INSERT INTO shop_pricechange (variant_id, price, at) SELECT id, price, now() FROM shop_variant"
PICTURES = """
INSERT INTO shop_productimage (product_id, file, alt, position, width, height, widths, state, attempts, not_before,
    last_error)
SELECT product, 'products/' || product || '.webp', 'A bottle', 0, 800, 1000, '240 360 480 720 800', 'ready', 1,
    now(), '' FROM generate_series(1, %(products)s) product
"""
VOCABULARY = """
INSERT INTO shop_searchword (word)
SELECT DISTINCT word FROM shop_product, unnest(string_to_array(replace(search_text, E'\\n', ' '), ' ')) word
WHERE word <> '' ON CONFLICT DO NOTHING
"""
SEQUENCES = ("shop_category", "shop_attribute", "shop_attributevalue", "shop_product")


def fill(products: int) -> None:
    """A catalogue of so many products in an empty database that is migrated."""
    numbers = {"products": products, "producers": max(products // PER_PRODUCER, 1)}
    statements = (SHELVES, ATTRIBUTES, VALUES, PICKS, PRODUCTS, HELD, VARIANTS, MOVEMENTS, PRICES, PICTURES, VOCABULARY)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        cursor.execute("SET LOCAL session_replication_role = replica")  # no foreign key is looked up a million times
        with _indexes_made_last(cursor):
            for statement in statements:
                cursor.execute(statement, numbers)
            write_first()
        for table in SEQUENCES:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM ANALYZE")
    count_long_lists(seconds=3600)


@contextmanager
def _indexes_made_last(cursor: Any) -> Iterator[None]:
    """Without the indexes that no constraint needs; they are made again afterwards, which is many times faster."""
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename LIKE 'shop\\_%'"
        " AND schemaname = current_schema() AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    )
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    yield
    for _name, definition in indexes:
        cursor.execute(definition)
