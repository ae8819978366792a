"""The roles of staff: groups whose permissions stand here, and are brought up to date by each migrate."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps

ALL = "add change delete view"
OWNER = "owner"

# What each role may do: app.model, and the kinds of permission. A page or action says by name which one it needs.
ROLES: dict[str, dict[str, str]] = {
    "catalogue": {
        **dict.fromkeys(("shop.product", "shop.variant", "shop.productimage", "shop.category"), ALL),
        **dict.fromkeys(("shop.attribute", "shop.attributevalue", "cart.coupon"), ALL),
        "shop.catalogueimport": "add view",
        **dict.fromkeys(("shop.stockmovement", "shop.pricechange", "shop.missedsearch"), "view"),
    },
    "orders": {
        "orders.order": "change view",
        **dict.fromkeys(("orders.lineitem", "orders.orderevent", "orders.invoice"), "view"),
        "orders.shipment": "add change view",
        "orders.orderemail": "change view",
        "messager.message": "change view",
        **dict.fromkeys(("payment.payment", "payment.refund", "payment.dispute", "cart.cart"), "view"),
        **dict.fromkeys(("shop.product", "shop.variant"), "view"),
    },
    "refunds": {
        **dict.fromkeys(("orders.order", "orders.lineitem", "orders.orderevent", "orders.invoice"), "view"),
        "orders.orderemail": "view",
        "payment.payment": "view",
        "payment.refund": "add view",
        "payment.dispute": "change view",
    },
    "reports": {
        "backoffice.report": "add delete view",
        **dict.fromkeys(("backoffice.dayreport", "backoffice.dayfigure", "payment.reconcilereport"), "view"),
    },
    OWNER: {},  # everything there is
}


def load(**_sent: Any) -> None:
    """Make the groups, and give each exactly the permissions that stand above. A second call changes nothing."""
    group, permission = apps.get_model("auth.Group"), apps.get_model("auth.Permission")
    known = {
        f"{app}.{codename}": pk
        for app, codename, pk in permission._default_manager.values_list("content_type__app_label", "codename", "pk")
    }
    for name in ROLES:
        role, _is_new = group._default_manager.get_or_create(name=name)
        role.permissions.set(
            [known[code] for code in wanted(name) if code in known] if name != OWNER else known.values()
        )


def wanted(name: str) -> Iterator[str]:
    """The permissions of a role other than the owner's, as `has_perm` names them."""
    for model, kinds in ROLES[name].items():
        app, _dot, model_name = model.partition(".")
        for kind in kinds.split():
            yield f"{app}.{kind}_{model_name}"
