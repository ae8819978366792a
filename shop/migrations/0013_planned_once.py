"""Functions that read cards and what stands beside a product, on Postgres: a connection keeps the plans of functions.

A change comes as a function of another name, in another migration: the release before calls these until it is gone.
"""

from django.db import migrations

# A plan may be made while there are few products, so it has to be the one for many: by indexes.
# The statement is that of shop/catalogue/cards.py.
CARDS = """
CREATE FUNCTION shop_cards(ids bigint[], at timestamp with time zone) RETURNS TABLE (
    variants text, images text, told text, product_id bigint, product_name varchar, product_slug varchar,
    product_description text, product_category_id bigint, product_popularity double precision,
    product_withdrawal_exclusion varchar
) LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
RETURN QUERY
SELECT
    (SELECT CAST(json_agg(json_build_array(position, id, sku, label, price, prior_price, reduced_at, volume,
        available)) AS text) FROM shop_variant WHERE product_id = product.id),
    (SELECT CAST(json_agg(json_build_array(position, id, file, alt, width, height, widths)) AS text)
        FROM shop_productimage WHERE product_id = product.id),
    (
        SELECT CAST(json_agg(json_build_array(attribute.position, attribute.name, value.position, value.name,
            attribute.slug, value.slug, attribute.is_filter)) AS text)
        FROM shop_product_attribute_values held JOIN shop_attributevalue value ON value.id = held.attributevalue_id
        JOIN shop_attribute attribute ON attribute.id = value.attribute_id
        WHERE held.product_id = product.id
    ),
    product.id, product.name, product.slug, product.description, product.category_id, product.popularity,
    product.withdrawal_exclusion
FROM unnest(ids) WITH ORDINALITY wanted (id, number) JOIN shop_product product ON product.id = wanted.id
WHERE product.published AND (product.published_from IS NULL OR product.published_from <= at)
ORDER BY wanted.number;
END $$
"""
# The statement is that of shop/recommendations/reading.py.
WANTED_BESIDE = """
CREATE FUNCTION shop_wanted_beside(of_slug varchar, most int, looked_at int) RETURNS TABLE (
    other_id bigint, kind varchar, score double precision
) LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
RETURN QUERY
WITH asked (id) AS (SELECT id FROM shop_product WHERE slug = of_slug)
SELECT other_id, kind, score FROM shop_recommendation WHERE product_id = (SELECT id FROM asked)
UNION ALL SELECT product_id, 'similar', shared FROM (
    SELECT listing.product_id, CAST(count(*) AS double precision) AS shared
    FROM shop_product_attribute_values held
    JOIN shop_attributevalue value ON value.id = held.attributevalue_id
    JOIN shop_attribute attribute ON attribute.id = value.attribute_id AND attribute.is_filter
    CROSS JOIN LATERAL (
        SELECT * FROM shop_listing WHERE place = held.attributevalue_id
        ORDER BY in_stock DESC, popularity DESC, product_id LIMIT looked_at
    ) listing
    WHERE held.product_id = (SELECT id FROM asked) AND listing.product_id <> held.product_id AND NOT EXISTS (
        SELECT 1 FROM shop_recommendation WHERE product_id = (SELECT id FROM asked) AND kind = 'similar'
    )
    GROUP BY listing.product_id, listing.in_stock ORDER BY listing.in_stock DESC, shared DESC, listing.product_id
    LIMIT most
) alike;
END $$
"""


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CARDS)
        schema_editor.execute(WANTED_BESIDE)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION shop_cards")
        schema_editor.execute("DROP FUNCTION shop_wanted_beside")


class Migration(migrations.Migration):

    dependencies = [("shop", "0012_printable_names")]

    operations = [migrations.RunPython(create, drop)]
