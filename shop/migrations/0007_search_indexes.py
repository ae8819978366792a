"""The indexes of search, on Postgres. SQLite has none of the kind, and reads the few products that it keeps."""

from django.db import migrations

STATEMENTS = [
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    # The expression is that of shop/search/matching.py: Postgres uses the index only where both are the same.
    r"""CREATE INDEX product_search_words ON shop_product USING gin ((
        setweight(to_tsvector('simple', split_part(search_text, E'\n', 1)), 'A')
        || setweight(to_tsvector('simple', split_part(search_text, E'\n', 2)), 'B')
        || setweight(to_tsvector('simple', split_part(search_text, E'\n', 3)), 'C')
        || setweight(to_tsvector('simple', split_part(search_text, E'\n', 4)), 'D')))""",
    # GiST and not GIN: it finds the nearest words in order, however far off they are.
    "CREATE INDEX search_word_trigrams ON shop_searchword USING gist (word gist_trgm_ops)",
]


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in STATEMENTS:
            schema_editor.execute(statement)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX search_word_trigrams")
        schema_editor.execute("DROP INDEX product_search_words")


class Migration(migrations.Migration):

    dependencies = [("shop", "0006_finding")]

    operations = [migrations.RunPython(create, drop)]
