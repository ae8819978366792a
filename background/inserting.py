"""Inserts a row that may be known already, in one statement; the ORM's get_or_create takes four."""

from django.db import connections, router
from django.db.models import Model


def insert_new(row: Model) -> bool:
    """Insert an unsaved row unless one of its table's unique constraints knows it; whether it was inserted.

    Also at the same moment one wins, and no error is left in the database's log. A row that is known stays as it is,
    and `row` without a primary key.
    """
    using = router.db_for_write(type(row), instance=row)
    connection, meta = connections[using], row._meta
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    names = [meta.db_table, *(field.column or "" for field in fields), meta.pk.column or ""]
    table, *columns, key = [connection.ops.quote_name(name) for name in names]
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(values))})"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"{insert} ON CONFLICT DO NOTHING RETURNING {key}", values)
        inserted = cursor.fetchone()
    row.pk = inserted[0] if inserted else None
    row._state.adding, row._state.db = inserted is None, using
    return inserted is not None
