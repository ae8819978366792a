"""Every kind of mail, taken by a real SMTP server and compared with the order that owes it."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from cart import defaults
from orders import documents, emails, services, transitions
from orders.models import Order, OrderEmail
from shop.models import ShopProfile
from shop.money import format_money
from tests.checkout import filled_cart, pay, place, placed_order

from .mail_stories import STORIES, WINE, ended, paid, refunded, sent
from .post import Html, Post, body

pytestmark = pytest.mark.django_db

Kind = OrderEmail.Kind
Status = Order.Status
LARGEST = 100 * 1024


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    defaults.load()
    ShopProfile.objects.create(pk=1, legal_name="Quiet Cellar GmbH", address="Weinstraße 7\n67433 Neustadt")


WORDS = {
    Kind.RECEIVED: "waits for its payment",
    Kind.RECEIPT: "We received €31.90",
    Kind.PAYMENT_FAILED: "you have not been charged",
    Kind.EXPIRED: "not paid in time",
    Kind.CANCELED: "nothing will be sent",
    Kind.REMINDER: "remind you, once",
    Kind.SHIPPED: "00340434161094000001",
    Kind.REFUNDED: "€10.00",
    Kind.WITHDRAWAL: "On 21 November 2026, 15:04 (UTC), Kim Doe withdrew from the contract",
    Kind.LINK: "only this mailbox got the link",
    Kind.NEW_ORDER: "ready to be packed",
    Kind.ATTENTION: "A cardholder disputes.",
}
TO_STAFF = {Kind.NEW_ORDER, Kind.ATTENTION}
WITHOUT_LINES = {Kind.LINK}


def test_every_kind_has_its_story_and_its_template() -> None:
    assert set(STORIES) == set(WORDS) == set(Kind)
    templates = {path.stem for path in Path("templates/orders/email").glob("*.txt")}
    assert templates == set(Kind.values)


@pytest.mark.parametrize("kind", list(Kind))
def test_text_and_html_say_what_the_order_says(post: Post, kind: Kind) -> None:
    order, message = sent(post, kind)
    text, html = " ".join(body(message, "plain").split()), Html(body(message, "html"))
    assert message["To"] == ("staff@example.com" if kind in TO_STAFF else order.email)
    assert message["From"] == django_settings.DEFAULT_FROM_EMAIL
    assert order.number in text
    assert order.number in html.text
    expected = [WORDS[kind], "Quiet Cellar GmbH", "Weinstraße 7"]
    if kind not in WITHOUT_LINES:
        item = order.line_items.get()
        amounts = (item.subtotal, order.shipping, order.total, order.tax)
        expected += [WINE, order.full_name, order.city, "Germany"]
        expected += [format_money(amount, order.currency) for amount in amounts]
    for words in expected:
        assert words in text, words
        assert words in html.text, words


@pytest.mark.parametrize("kind", list(Kind))
def test_it_is_small_complete_and_leads_somewhere(post: Post, kind: Kind, client: Client) -> None:
    _order, message = sent(post, kind)
    html_source = body(message, "html")
    html = Html(html_source)
    assert len(html_source.encode()) + len(body(message, "plain").encode()) < LARGEST
    assert html.language == "en"
    assert "prefers-color-scheme: dark" in html_source
    assert all(picture.get("alt") is not None for picture in html.pictures)
    assert not html.fetched
    assert re.fullmatch(r"<[^<>\s]+@[^<>\s]+>", message["Message-ID"])
    assert html.links
    for link in html.links:
        assert link in body(message, "plain"), link  # the alternative is complete
        if link.startswith(django_settings.SITE_URL):
            answer = client.get(link.removeprefix(django_settings.SITE_URL))
            assert answer.status_code in (200, 302), link


@pytest.mark.parametrize("kind", list(Kind))
def test_no_line_ends_within_a_number(post: Post, kind: Kind) -> None:
    order, message = sent(post, kind)
    html = body(message, "html").partition("</style>")[2]
    numbers = [order.number, *(paper.number for paper in order.invoices.all())]
    whole = sum(html.count(f'<span class="number">{number}</span>') for number in numbers)
    assert whole >= 1
    assert whole == sum(html.count(number) for number in numbers)


@pytest.mark.parametrize("kind", [Kind.PAYMENT_FAILED, Kind.EXPIRED, Kind.CANCELED, Kind.REMINDER])
def test_what_was_not_bought_comes_back_into_the_cart(post: Post, kind: Kind, client: Client) -> None:
    _order, message = sent(post, kind)
    link = next(link for link in Html(body(message, "html")).links if "/cart/" in link)
    client.get(link.removeprefix(django_settings.SITE_URL), follow=True)
    client.post(link.removeprefix(django_settings.SITE_URL), follow=True)
    assert "&lt;Herb&gt;" in client.get("/cart/").content.decode()


@pytest.mark.parametrize(("kind", "paper"), [(Kind.RECEIPT, "invoice"), (Kind.REFUNDED, "credit_note")])
def test_the_paper_is_attached(post: Post, kind: Kind, paper: str) -> None:
    order, message = sent(post, kind)
    invoice = order.invoices.get(kind=paper)
    attached = list(message.iter_attachments())
    assert [part.get_filename() for part in attached] == [f"{invoice.number}.pdf"]
    assert attached[0].get_content_type() == "application/pdf"
    assert attached[0].get_payload(decode=True) == documents.pdf_of(invoice)
    assert f"{invoice.number} is attached" in body(message, "plain")


def test_a_receipt_waits_for_its_invoice_but_not_for_ever(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.documents.making.drawn", lambda _invoice: 1 / 0)
    receipt = paid().emails.get(kind=Kind.RECEIPT)
    with pytest.raises(ZeroDivisionError):
        emails.deliver(receipt.pk)
    assert not post.taken
    long_ago = timezone.now() - emails.papers.PATIENCE
    OrderEmail.objects.filter(pk=receipt.pk).update(not_before=long_ago, round_began=long_ago)
    assert emails.deliver(receipt.pk)
    assert not list(post.taken[0].iter_attachments())
    assert "The invoice is on the order’s page." in body(post.taken[0], "plain")


def test_a_full_refund_says_so(post: Post) -> None:
    mail = refunded("31.90").emails.get(kind=Kind.REFUNDED)
    emails.deliver(mail.pk)
    assert "the full €31.90" in body(post.taken[0], "plain")


@pytest.mark.parametrize("kind", list(Kind))
def test_only_mails_that_nobody_needs_can_be_ended(post: Post, kind: Kind) -> None:
    _order, message = sent(post, kind)
    assert bool(message["List-Unsubscribe"]) == (kind == Kind.REMINDER)


def test_one_click_ends_reminders(post: Post, client: Client) -> None:
    order, message = sent(post, Kind.REMINDER)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = message["List-Unsubscribe"].strip(" <>").removeprefix(django_settings.SITE_URL)
    strict = Client(enforce_csrf_checks=True)  # a mail program has no cookie
    assert "No more reminders" in strict.get(link).content.decode()
    assert strict.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert "We send no reminders" in strict.get(link).content.decode()
    second = ended(Status.EXPIRED).emails.get(kind=Kind.REMINDER)
    OrderEmail.objects.filter(pk=second.pk).update(not_before=timezone.now())
    assert not emails.deliver(second.pk)
    second.refresh_from_db()
    assert (second.state, second.last_error) == (OrderEmail.State.WITHHELD, "the reader wants none")
    assert order.email == second.to


def test_79_a_forged_link_ends_nobodys_reminders(client: Client) -> None:
    assert client.post("/orders/no-reminders/a2ltQGV4YW1wbGUuY29t:forged:signature/").status_code == 404


def test_an_unasked_reminder_is_never_owed() -> None:
    order = placed_order()
    with transaction.atomic():
        services.end(transitions.lock(order.pk), Status.EXPIRED, actor="test")
    assert not order.emails.filter(kind=Kind.REMINDER).exists()


class TestRestraint:
    """Mails that are better not sent."""

    def _state(self, mail: OrderEmail) -> str:
        OrderEmail.objects.filter(pk=mail.pk).update(not_before=timezone.now())
        emails.deliver(mail.pk)
        mail.refresh_from_db()
        return mail.state

    def test_an_address_gets_three_mails_about_unpaid_orders_a_day(self, post: Post) -> None:
        mails = [placed_order().emails.get() for _order in range(5)]
        assert [self._state(mail) for mail in mails] == ["sent"] * 3 + ["withheld"] * 2
        assert len(post.taken) == 3
        OrderEmail.objects.filter(pk=mails[0].pk).update(created=timezone.now() - timedelta(hours=25))
        assert self._state(placed_order().emails.get()) == "sent"

    def test_who_pays_gets_every_mail(self, post: Post) -> None:
        for _order in range(5):
            order = placed_order()
            pay(order)
            assert [self._state(mail) for mail in order.emails.exclude(to="staff@example.com")] == ["sent", "sent"]

    def test_one_cart_gets_one_mail_that_an_order_was_received(self, post: Post) -> None:
        first = placed_order()
        assert self._state(first.emails.get()) == "sent"
        with transaction.atomic():
            services.end(transitions.lock(first.pk), Status.CANCELED, actor="shopper", reason="replaced")
        second = placed_order()
        Order.objects.filter(pk=second.pk).update(cart_key=first.cart_key)
        assert self._state(second.emails.get()) == "withheld"
        assert self._state(first.emails.get(kind=Kind.CANCELED)) == "withheld"  # another took its place

    def test_who_corrects_the_address_is_told_at_the_right_one(self, post: Post) -> None:
        wrong = place(filled_cart(), email="kim@exmaple.com")
        assert self._state(wrong.emails.get()) == "sent"
        with transaction.atomic():
            services.end(transitions.lock(wrong.pk), Status.CANCELED, actor="shopper", reason="replaced")
        right = placed_order()
        Order.objects.filter(pk=right.pk).update(cart_key=wrong.cart_key)
        assert self._state(right.emails.get()) == "sent"
        assert post.taken[-1]["To"] == "kim@example.com"

    def test_what_is_no_longer_true_is_not_sent(self, post: Post) -> None:
        order = ended(Status.EXPIRED)
        pay(order)  # the money came late
        assert self._state(order.emails.get(kind=Kind.EXPIRED)) == "withheld"
        assert self._state(order.emails.get(kind=Kind.REMINDER)) == "withheld"

    def test_who_ordered_again_is_not_reminded(self, post: Post) -> None:
        order = ended(Status.EXPIRED)
        placed_order()
        assert self._state(order.emails.get(kind=Kind.REMINDER)) == "withheld"

    def test_an_end_is_told_only_to_whom_the_order_was_told(self, post: Post) -> None:
        order = placed_order()
        with transaction.atomic():
            services.end(transitions.lock(order.pk), Status.EXPIRED, actor="test")
        assert self._state(order.emails.get(kind=Kind.EXPIRED)) == "withheld"
