"""How the checkout's form is drawn: one that nobody has typed into is the same for everybody, and so a frame."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import get_template, render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cart.pricing import Countries, Quote
from orders.forms import CheckoutForm, minimum_age, new_token
from shop import profile
from shop.frames import drawn
from shop.money import format_money


@dataclass(frozen=True)
class BlankForm:
    """The form of a country with nothing typed in: equal where it looks alike."""

    country: str
    countries: Countries

    @property
    def form(self) -> CheckoutForm:
        return CheckoutForm(initial={"country": self.country}, countries=self.countries)


def draw_form(request: HttpRequest, form: CheckoutForm | BlankForm, agreed: Quote) -> SafeString:
    """With what was typed, and what is wrong with it; and with what the shopper agrees to by sending it."""
    texts = {
        "csrf_token": get_token(request),
        "fingerprint": agreed.fingerprint,
        "shown_total": str(agreed.total),
        "shown_country": agreed.country,
        "shipping_choice": render_to_string("orders/_shipping_choice.html", {"quote": agreed}),
        "button_label": _("Continue to payment, %s") % format_money(agreed.total, agreed.currency),
    }
    if isinstance(form, BlankForm):
        facts = {"blank": form, "minimum_age": minimum_age(form.country), "shop": profile.known()}
        return drawn("orders/_blank_form.html", texts | {"token": new_token()}, **facts)
    facts = {"form": form, "token": form["token"].value() or "", "shop": profile.known()}
    return SafeString(get_template("orders/_form.html").render(texts | facts))
