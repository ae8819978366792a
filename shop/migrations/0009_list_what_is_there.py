"""Lists the products that are there already, and keeps the words that search compares, on Postgres."""

from django.db import migrations
from django.utils import timezone

# As shop/listings/writing.py has it; frozen here, since tables change.
LIST = """
WITH RECURSIVE shown (id, category_id, name, price, in_stock, popularity) AS (
    SELECT product.id, product.category_id, product.name,
        COALESCE(MIN(CASE WHEN variant.available > 0 THEN variant.price END), MIN(variant.price)),
        MAX(CASE WHEN variant.available > 0 THEN 1 ELSE 0 END) = 1, product.popularity
    FROM shop_product product JOIN shop_variant variant ON variant.product_id = product.id
    WHERE product.published AND (product.published_from IS NULL OR product.published_from <= %s)
    GROUP BY product.id, product.category_id, product.name, product.popularity
),
held (product_id, leaf) AS (
    SELECT shown.id, held.attributevalue_id FROM shown
    JOIN shop_product_attribute_values held ON held.product_id = shown.id
),
shelves (leaf, node) AS (
    SELECT DISTINCT category_id, category_id FROM shown
    UNION SELECT shelves.leaf, above.parent_id FROM shelves
        JOIN shop_category above ON above.id = shelves.node WHERE above.parent_id IS NOT NULL
),
lineage (leaf, node) AS (
    SELECT DISTINCT leaf, leaf FROM held
    UNION SELECT lineage.leaf, above.parent_id FROM lineage
        JOIN shop_attributevalue above ON above.id = lineage.node WHERE above.parent_id IS NOT NULL
),
wanted (product_id, place) AS (
    SELECT id, 0 FROM shown
    UNION ALL SELECT shown.id, -shelves.node FROM shown JOIN shelves ON shelves.leaf = shown.category_id
    UNION ALL SELECT DISTINCT held.product_id, lineage.node FROM held JOIN lineage ON lineage.leaf = held.leaf
)
INSERT INTO shop_listing (product_id, place, name, price, in_stock, popularity)
SELECT shown.id, wanted.place, shown.name, shown.price, shown.in_stock, shown.popularity
FROM shown JOIN wanted ON wanted.product_id = shown.id
"""
# A column of its own, so that a search reads words and does not make them; Django need not know of it.
WORDS = [
    r"""ALTER TABLE shop_product ADD COLUMN search_words tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', split_part(search_text, E'\n', 1)), 'A')
        || setweight(to_tsvector('simple', split_part(search_text, E'\n', 2)), 'B')
        || setweight(to_tsvector('simple', split_part(search_text, E'\n', 3)), 'C')
        || setweight(to_tsvector('simple', split_part(search_text, E'\n', 4)), 'D')) STORED""",
    "DROP INDEX product_search_words",
    "CREATE INDEX product_search_words ON shop_product USING gin (search_words)",
    # Which places are long decides how Postgres reads a list; it looks at more of them than it would.
    "ALTER TABLE shop_listing ALTER place SET STATISTICS 1000",
]


def fill(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET LOCAL statement_timeout = 0")
        for statement in WORDS:
            schema_editor.execute(statement)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(LIST, [timezone.now()])


def undo(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE shop_product DROP COLUMN search_words")  # its index goes with it
        schema_editor.execute(
            r"""CREATE INDEX product_search_words ON shop_product USING gin ((
                setweight(to_tsvector('simple', split_part(search_text, E'\n', 1)), 'A')
                || setweight(to_tsvector('simple', split_part(search_text, E'\n', 2)), 'B')
                || setweight(to_tsvector('simple', split_part(search_text, E'\n', 3)), 'C')
                || setweight(to_tsvector('simple', split_part(search_text, E'\n', 4)), 'D')))"""
        )


class Migration(migrations.Migration):

    dependencies = [("shop", "0008_listings")]

    operations = [migrations.RunPython(fill, undo)]
