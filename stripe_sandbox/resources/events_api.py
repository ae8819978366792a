"""The events resource: retrieve and list what happened in the last 30 days."""

from .. import events, lists, params
from ..account import Account
from ..errors import invalid
from ..operation import Operation
from ..store import Json

LIST = {
    **lists.PAGING,
    "created": params.created(),
    "delivery_success": params.flag(),
    "type": params.text(),
    "types": params.items(params.text(), most=20),
}
# What the CLI sends along; every endpoint gets the event whatever it says.
RETRY = dict.fromkeys(("account", "for_stripecli", "webhook_endpoint"), params.anything())

_UNDELIVERED = "SELECT 1 FROM deliveries WHERE event = objects.id AND state <> 'succeeded'"


def retrieve(account: Account, values: Json, event: str) -> Json:
    return events.rendered(account, account.get("event", event))


def resend(account: Account, values: Json, event: str) -> Json:
    """Deliver the event once more to every endpoint, as `stripe events resend` asks."""
    found = account.get("event", event)
    for endpoint in account.endpoints():
        events.enqueue(account, event, endpoint)
    return events.rendered(account, found)


def list_events(account: Account, values: Json) -> Json:
    """Newest first; a `*` in `type` stands for anything."""
    if "type" in values and "types" in values:
        raise invalid("You may only specify one of these parameters: type, types.", param="type")
    conditions: list[tuple[str, ...]] = []
    if "type" in values:
        conditions.append(("json_extract(body, '$.type') GLOB ?", values["type"].replace("[", "[[]")))
    if "delivery_success" in values:
        conditions.append((f"{'NOT ' if values['delivery_success'] else ''}EXISTS ({_UNDELIVERED})",))
    found = lists.page(account, "event", "/v1/events", values, *conditions, type=values.get("types"))
    return found | {"data": [events.rendered(account, event) for event in found["data"]]}


OPERATIONS = [
    Operation("GET", "/v1/events", list_events, LIST),
    Operation("GET", "/v1/events/{event}", retrieve, {}),
    Operation("POST", "/v1/events/{event}/retry", resend, RETRY),
]
