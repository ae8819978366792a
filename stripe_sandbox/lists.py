"""Lists as Stripe pages them: newest first, `starting_after` and `ending_before`."""

from typing import Any

from . import params
from .account import Account
from .errors import missing
from .store import Json

PAGING = {
    "limit": params.integer(least=1, most=100),
    "starting_after": params.text(),
    "ending_before": params.text(),
}
_BOUNDS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def page(account: Account, kind: str, url: str, values: Json, *conditions: tuple[str, ...], **equal: Any) -> Json:
    """The page of `kind` that `values` asks for.

    `equal` filters by fields, None meaning any; a condition is a piece of our own SQL with its values.
    """
    where: list[str] = ["type = ?"]
    given: list[Any] = [kind]
    for condition, *filled in conditions:
        where.append(condition)
        given.extend(filled)
    for field, wanted in equal.items():
        if wanted is not None:
            options = wanted if isinstance(wanted, list) else [wanted]
            where.append(f"json_extract(body, '$.{field}') IN ({', '.join('?' * len(options))})")
            given.extend(options)
    for bound, moment in values.get("created", {}).items():
        where.append(f"created {_BOUNDS[bound]} ?")
        given.append(moment)
    backwards = "ending_before" in values
    for cursor, sign in (("starting_after", "<"), ("ending_before", ">")):
        if cursor in values:
            where.append(f"seq {sign} ?")
            given.append(_position(account, kind, values[cursor], cursor))
    limit = values.get("limit", 10)
    order = "ASC" if backwards else "DESC"
    sql = f"SELECT id FROM objects WHERE {' AND '.join(where)} ORDER BY seq {order} LIMIT ?"  # noqa: S608 - our own names
    ids = [row["id"] for row in account.store.rows(sql, (*given, limit + 1))]
    found = [account.get(kind, object_id) for object_id in ids[:limit]]
    return as_list(found[::-1] if backwards else found, url, has_more=len(ids) > limit)


def as_list(data: list[Json], url: str, *, has_more: bool = False) -> Json:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def _position(account: Account, kind: str, object_id: str, param: str) -> int:
    row = account.store.execute("SELECT seq FROM objects WHERE id = ? AND type = ?", (object_id, kind)).fetchone()
    if row is None:
        raise missing(kind, object_id, param=param)
    return row["seq"]
