"""What each role may do: every action of staff, with every role."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from backoffice.models import ApiKey, SignInEvent
from backoffice.signin import roles
from orders.models import Order, OrderEmail, Shipment
from payment.models import Dispute, Payment
from shop.models import ShopProfile
from tests.factories import ProductFactory
from tests.orders.test_shipping import item_of, paid_order, ship
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

CATALOGUE, ORDERS, REFUNDS, REPORTS, OWNER = roles.ROLES
EVERY_ROLE = set(roles.ROLES)


def member(role: str, name: str = "") -> User:
    user = User.objects.create_user(name or role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def may(client: Client, path: str, data: dict[str, Any] | None = None) -> bool:
    """Whether this page, or with data this action, is for the one who is signed in."""
    response = client.get(path) if data is None else client.post(path, data)
    assert response.status_code in {200, 302, 403, 422}, (path, response.status_code)
    if response.status_code == 403:
        assert "Your role does not allow this" in response.content.decode()
    return response.status_code != 403


@pytest.fixture
def paths() -> dict[str, str]:
    """The page of every action on rows that there are."""
    order = paid_order()
    shipment = ship(order, {item_of(order): 1})
    product = ProductFactory()
    mail = order.emails.first() or OrderEmail.objects.create(order=order, kind=OrderEmail.Kind.RECEIPT, to=order.email)
    payment = Payment.objects.create(
        order=order,
        payment_intent="pi_1",
        amount=order.total,
        currency=order.currency,
        livemode=False,
        captured_at=timezone.now(),
    )
    key = ApiKey.objects.create(name="ERP", prefix="erp")
    return {
        "see orders": reverse("admin:orders_order_changelist"),
        "see an order": reverse("admin:orders_order_change", args=[order.pk]),
        "black box": f"/admin/black-box/{order.number}/",
        "ship": reverse("admin:orders_order_ship", args=[order.pk]),
        "parcel arrived": reverse("admin:orders_order_delivered", args=[order.pk, shipment.pk]),
        "correct the address": reverse("admin:orders_order_correct", args=[order.pk]),
        "leave a note": reverse("admin:orders_order_note", args=[order.pk]),
        "cancel": reverse("admin:payment_order_cancel", args=[order.pk]),
        "preview a mail": reverse("admin:orders_orderemail_preview", args=[mail.pk]),
        "see invoices": reverse("admin:orders_invoice_changelist"),
        "see payments": reverse("admin:payment_payment_changelist"),
        "refund": reverse("admin:payment_payment_refund", args=[payment.pk]),
        "see disputes": reverse("admin:payment_dispute_changelist"),
        "see refunds": reverse("admin:payment_refund_changelist"),
        "see Stripe's events": reverse("admin:payment_stripeevent_changelist"),
        "see books": reverse("admin:payment_reconcilereport_changelist"),
        "see reports": reverse("admin:backoffice_dayreport_changelist"),
        "ask for a report": reverse("admin:backoffice_report_add"),
        "see products": reverse("admin:shop_product_changelist"),
        "change a product": reverse("admin:shop_product_change", args=[product.pk]),
        "add a product": reverse("admin:shop_product_add"),
        "import products": reverse("admin:shop_catalogueimport_add"),
        "export products": reverse("admin:shop_catalogueimport_export"),
        "make coupons": reverse("admin:cart_coupon_many"),
        "shop profile": reverse("admin:shop_shopprofile_change", args=[ShopProfile.objects.get_or_create(pk=1)[0].pk]),
        "tax rates": reverse("admin:cart_taxrate_changelist"),
        "shipping methods": reverse("admin:cart_shippingmethod_changelist"),
        "messages": reverse("admin:messager_message_changelist"),
        "dead letters": reverse("admin:background_deadletter_changelist"),
        "keys of programs": reverse("admin:backoffice_apikey_changelist"),
        "make a key": reverse("admin:backoffice_apikey_add"),
        "renew a key": reverse("admin:backoffice_apikey_renew", args=[key.pk]),
        "revoke a key": reverse("admin:backoffice_apikey_revoke", args=[key.pk]),
        "accounts": reverse("admin:auth_user_changelist"),
        "add an account": reverse("admin:auth_user_add"),
        "sign-ins": reverse("admin:backoffice_signinevent_changelist"),
        "changes": reverse("admin:admin_logentry_changelist"),
    }


WHO_SEES = {
    "see orders": {ORDERS, REFUNDS},
    "see an order": {ORDERS, REFUNDS},
    "black box": {ORDERS, REFUNDS},
    "ship": {ORDERS},
    "parcel arrived": {ORDERS},
    "correct the address": {ORDERS},
    "leave a note": {ORDERS},
    "cancel": {ORDERS},
    "preview a mail": {ORDERS, REFUNDS},
    "see invoices": {ORDERS, REFUNDS},
    "see payments": {ORDERS, REFUNDS},
    "refund": {REFUNDS},
    "see disputes": {ORDERS, REFUNDS},
    "see refunds": {ORDERS, REFUNDS},
    "see Stripe's events": set(),
    "see books": {REPORTS},
    "see reports": {REPORTS},
    "ask for a report": {REPORTS},
    "see products": {CATALOGUE, ORDERS},
    "change a product": {CATALOGUE, ORDERS},  # orders only looks
    "add a product": {CATALOGUE},
    "import products": {CATALOGUE},
    "export products": {CATALOGUE, ORDERS},
    "make coupons": {CATALOGUE},
    "shop profile": set(),
    "tax rates": set(),
    "shipping methods": set(),
    "messages": {ORDERS},
    "dead letters": set(),
    "keys of programs": set(),
    "make a key": set(),
    "renew a key": set(),
    "revoke a key": set(),
    "accounts": set(),
    "add an account": set(),
    "sign-ins": set(),
    "changes": set(),
}


@pytest.mark.parametrize("role", [*roles.ROLES])
def test_each_role_opens_the_pages_that_are_its_own_and_no_others(
    client: Client, paths: dict[str, str], role: str
) -> None:
    sign_in(client, member(role))
    found = {what: may(client, path) for what, path in paths.items()}
    assert found == {what: role in who or role == OWNER for what, who in WHO_SEES.items()}


# Of every list in the admin; what only owners do is left out. A list that is not here has no actions of its own.
WHO_ACTS = {
    "Order": {
        "looked_at": {ORDERS},
        "ship_chosen": {ORDERS},
        "packing_slips": {ORDERS, REFUNDS},
        "as_csv": {ORDERS, REFUNDS},
    },
    "Dispute": {"allow_shipping": {REFUNDS}},
    "Message": {"pass_on_again": {ORDERS}},
    "Coupon": {"download": {CATALOGUE}, "switch_off": {CATALOGUE}},
    "Product": {
        "change_prices_and_stock": {CATALOGUE},
        "duplicate": {CATALOGUE},
        "render_again": {CATALOGUE},
        "export": {CATALOGUE, ORDERS},
    },
}
ONLY_OWNERS = {"StripeEvent": {"work_on_again"}, "DeadLetter": {"work_on_again"}, "User": {"reset_factors"}}


@pytest.mark.parametrize("role", [*roles.ROLES])
def test_each_role_is_offered_the_actions_that_are_its_own(rf: RequestFactory, role: str) -> None:
    request = rf.get("/admin/")
    request.user = member(role)
    wanted = {model: {action for action, who in of.items() if role in who} for model, of in WHO_ACTS.items()}
    if role == OWNER:
        wanted = {model: set(of) for model, of in WHO_ACTS.items()} | ONLY_OWNERS
    assert actions_offered(request) == {model: actions for model, actions in wanted.items() if actions}


def actions_offered(request: Any) -> dict[str, set[str]]:
    offered: dict[str, set[str]] = {}
    for model, model_admin in admin.site._registry.items():
        if model_admin.has_view_permission(request):
            actions = set(model_admin.get_actions(request)) - {"delete_selected"}
            offered |= {model.__name__: actions} if actions else {}
    return offered


def test_an_action_that_is_not_offered_does_nothing_when_it_is_posted(client: Client) -> None:
    order = paid_order()
    Order.objects.update(attention="look")
    sign_in(client, member(REFUNDS))
    client.post(
        reverse("admin:orders_order_changelist"), {"action": "looked_at", "_selected_action": [order.pk], "index": 0}
    )
    order.refresh_from_db()
    assert order.attention == "look"


def test_what_is_posted_to_a_page_of_another_role_changes_nothing(client: Client, paths: dict[str, str]) -> None:
    sign_in(client, member(REPORTS))
    before = (Shipment.objects.count(), Order.objects.get().status, Dispute.objects.count())
    for what in ("ship", "parcel arrived", "cancel", "refund", "add a product", "make coupons", "add an account"):
        assert not may(client, paths[what], {"anything": "1"}), what
    assert (Shipment.objects.count(), Order.objects.get().status, Dispute.objects.count()) == before


class TestTheGroups:
    def test_every_permission_that_a_role_names_exists(self) -> None:
        known = {f"{app}.{code}" for app, code in Permission.objects.values_list("content_type__app_label", "codename")}
        assert {code for role in roles.ROLES for code in roles.wanted(role)} - known == set()

    def test_migrating_brings_them_back_to_what_the_code_says(self) -> None:
        refunds = Group.objects.get(name=REFUNDS)
        refunds.permissions.set(Permission.objects.filter(codename="add_user"))
        Group.objects.get(name=ORDERS).delete()
        for _time in range(2):
            roles.load()
        assert {permission.codename for permission in refunds.permissions.all()} >= {"add_refund", "view_order"}
        assert not refunds.permissions.filter(codename="add_user").exists()
        assert Group.objects.filter(name__in=roles.ROLES).count() == 5

    def test_an_owner_has_every_permission_of_the_shop(self) -> None:
        owner = member(OWNER)
        missing = [
            permission
            for model in apps.get_models()
            for kind in ("add", "change", "delete", "view")
            if not owner.has_perm(permission := f"{model._meta.app_label}.{kind}_{model._meta.model_name}")
        ]
        assert missing == []


class TestGivingRoles:
    @pytest.fixture
    def form(self) -> dict[str, Any]:
        times = {"date_joined_0": "2026-01-01", "date_joined_1": "10:00"}
        return {"username": "bert", "is_active": "on", "is_staff": "on", **times}

    def test_an_owner_gives_a_role(self, client: Client, form: dict[str, Any]) -> None:
        bert, group = User.objects.create_user("bert", is_staff=True), Group.objects.get(name=ORDERS)
        sign_in(client, member(OWNER))
        assert client.post(f"/admin/auth/user/{bert.pk}/change/", form | {"groups": [group.pk]}).status_code == 302
        assert [*bert.groups.all()] == [group]

    def test_an_owner_makes_no_superuser_and_touches_none(self, client: Client, form: dict[str, Any]) -> None:
        bert = User.objects.create_user("bert", is_staff=True)
        root = User.objects.create_superuser("root")
        sign_in(client, member(OWNER))
        client.post(f"/admin/auth/user/{bert.pk}/change/", form | {"is_superuser": "on"})
        bert.refresh_from_db()
        assert not bert.is_superuser
        for path in ("change/", "password/", "delete/"):
            answer = client.post(f"/admin/auth/user/{root.pk}/{path}", form | {"password1": "x", "password2": "x"})
            assert answer.status_code == 403, path

    @pytest.mark.parametrize("role", sorted(EVERY_ROLE - {OWNER}))
    def test_nobody_else_gives_roles_whatever_permissions_were_added(
        self, client: Client, form: dict[str, Any], role: str
    ) -> None:
        clerk, owners = member(role), Group.objects.get(name=OWNER)
        clerk.user_permissions.set(Permission.objects.filter(content_type__app_label="auth"))
        bert = User.objects.create_user("bert", is_staff=True)
        sign_in(client, clerk)
        for account in (bert, clerk):
            changes = form | {"username": account.username, "groups": [owners.pk], "is_superuser": "on"}
            client.post(f"/admin/auth/user/{account.pk}/change/", changes)
            account.refresh_from_db()
            assert (account.groups.filter(name=OWNER).exists(), account.is_superuser) == (False, False)
        assert client.post("/admin/auth/group/add/", {"name": "mine"}).status_code == 403

    def test_nobody_changes_the_own_roles_or_deletes_the_own_account(
        self, client: Client, form: dict[str, Any]
    ) -> None:
        owner = member(OWNER)
        sign_in(client, owner)
        client.post(f"/admin/auth/user/{owner.pk}/change/", form | {"username": OWNER, "groups": []})
        assert owner.groups.exists()
        assert client.post(f"/admin/auth/user/{owner.pk}/delete/", {"post": "yes"}).status_code == 403

    def test_the_shops_own_roles_are_not_edited(self, client: Client) -> None:
        sign_in(client, member(OWNER))
        group = Group.objects.get(name=ORDERS)
        for path in ("change/", "delete/"):
            assert client.post(f"/admin/auth/group/{group.pk}/{path}", {"name": "x", "post": "yes"}).status_code == 403
        assert client.post("/admin/auth/group/add/", {"name": "interns"}).status_code == 302

    @pytest.mark.parametrize("path", ["add/", "{}/change/", "{}/password/", "{}/delete/"])
    def test_dangerous_changes_are_confirmed_first(self, client: Client, path: str) -> None:
        bert = User.objects.create_user("bert", is_staff=True)
        sign_in(client, member(OWNER), minutes_ago=30)
        for method in (client.get, client.post):
            answer = method(f"/admin/auth/user/{path.format(bert.pk)}", {})
            assert answer["Location"].startswith("/admin/confirm/code/?next="), method
        assert client.get("/admin/auth/user/").status_code == 200

    def test_an_owner_resets_the_factors_of_who_lost_them(self, client: Client) -> None:
        bert, browser = member(ORDERS, "bert"), Client()
        root = User.objects.create_superuser("root")
        sign_in(browser, bert)
        sign_in(Client(), root)
        sign_in(client, member(OWNER))
        chosen = {"action": "reset_factors", "_selected_action": [bert.pk, root.pk]}
        client.post("/admin/auth/user/", chosen)
        assert browser.get("/admin/").status_code == 302
        assert [*Authenticator.objects.filter(user__in=[bert, root])] == [*Authenticator.objects.filter(user=root)]
        event = SignInEvent.objects.get(kind=SignInEvent.Kind.FACTORS_RESET)
        assert (event.name, event.about) == ("bert", "owner")
