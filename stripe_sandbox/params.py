"""Parameters of an API call: what is allowed, of which type, and Stripe's words for what is not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from .errors import StripeError, invalid

LARGEST = 2**53  # what a JSON number carries safely
MAX_METADATA_KEYS, MAX_METADATA_NAME, MAX_METADATA_VALUE = 50, 40, 500


@dataclass(frozen=True)
class Param:
    """One parameter: `read(value, path)` checks it and gives the Python value."""

    read: Callable[[Any, str], Any]
    required: bool = False
    may_be_empty: bool = False


Spec = Mapping[str, Param]


def parse(spec: Spec, given: Any, path: str = "") -> dict[str, Any]:
    """The checked values of `given`; raises the StripeError for the first thing wrong with them."""
    if not isinstance(given, dict):
        raise invalid(f"Invalid object: {given!r}", param=path)
    for name in given:
        if name not in spec:
            full = join(path, name)
            raise invalid(f"Received unknown parameter: {full}", param=full, code="parameter_unknown")
    values = {}
    for name, param in spec.items():
        full = join(path, name)
        if name not in given:
            if param.required:
                raise absent(full)
        elif given[name] == "" and not param.may_be_empty:
            raise invalid(_empty(full), param=full, code="parameter_invalid_empty")
        else:
            values[name] = param.read(given[name], full)
    return values


def absent(name: str) -> StripeError:
    """The error for a parameter that must be given."""
    return invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")


def join(path: str, name: str) -> str:
    """The name of a nested parameter as Stripe writes it."""
    return f"{path}[{name}]" if path else name


def _empty(name: str) -> str:
    return (
        f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; however "
        f"'{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty value."
    )


def text(*, required: bool = False, longest: int = 5_000, may_be_empty: bool = False) -> Param:
    def read(value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise invalid(f"Invalid string: {value!r}", param=path)
        if len(value) > longest:
            message = f"Invalid string: {value[:20]}...{value[-6:]}; must be at most {longest} characters"
            raise invalid(message, param=path)
        if "\x00" in value:
            raise invalid("Invalid string: it contains a NUL character", param=path)
        return value

    return Param(read, required, may_be_empty)


def integer(*, required: bool = False, least: int | None = None, most: int = LARGEST) -> Param:
    def read(value: Any, path: str) -> int:
        digits = value[1:] if isinstance(value, str) and value.startswith("-") else value
        if not isinstance(digits, str) or not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
            shown = value[:40] if isinstance(value, str) else value
            raise invalid(f"Invalid integer: {shown}", param=path, code="parameter_invalid_integer")
        number = int(value)
        if least is not None and number < least:
            word = "Invalid positive integer" if least == 1 else "Invalid non-negative integer"
            raise invalid(
                word if least in (0, 1) else f"Must be at least {least}", param=path, code="parameter_invalid_integer"
            )
        if number > most:
            raise invalid(f"Must be at most {most}", param=path, code="parameter_invalid_integer")
        return number

    return Param(read, required)


def decimal(*, required: bool = False) -> Param:
    def read(value: Any, path: str) -> Decimal:
        try:
            number = Decimal(value if isinstance(value, str) and len(value) <= 32 else "")
        except InvalidOperation:
            raise invalid(f"Invalid decimal: {str(value)[:40]}", param=path) from None
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or exponent < -12 or number < 0 or number >= 10**12:
            raise invalid(f"Invalid decimal: {value}; must be non-negative with at most 12 decimal places", param=path)
        return number

    return Param(read, required)


def choice(*options: str, required: bool = False) -> Param:
    def read(value: Any, path: str) -> str:
        if value not in options:
            names = (
                ", ".join(options[:-1])
                + (", or " if len(options) > 2 else " or " if len(options) == 2 else "")
                + options[-1]
            )
            raise invalid(f"Invalid {path}: must be one of {names}", param=path)
        return value

    return Param(read, required)


def flag() -> Param:
    def read(value: Any, path: str) -> bool:
        if value not in ("true", "false"):
            raise invalid(f"Invalid boolean: {value}", param=path)
        return value == "true"

    return Param(read)


def url(*, required: bool = False) -> Param:
    def read(value: Any, path: str) -> str:
        # Stripe's placeholder is no legal URL character, so it is set aside before looking.
        parts = urlsplit(value.replace("{CHECKOUT_SESSION_ID}", "id")) if isinstance(value, str) else None
        if parts is None or parts.scheme not in ("http", "https") or not parts.netloc or len(value) > 5_000:
            raise invalid("Not a valid URL", param=path, code="url_invalid")
        return value

    return Param(read, required)


def currency(*, required: bool = False) -> Param:
    def read(value: Any, path: str) -> str:
        if not isinstance(value, str) or len(value) != 3 or not (value.isascii() and value.isalpha()):
            raise invalid(f"Invalid currency: {str(value)[:20]}", param=path)
        return value.lower()

    return Param(read, required)


def nested(spec: Spec, *, required: bool = False) -> Param:
    return Param(lambda value, path: parse(spec, value, path), required)


def items(item: Param, *, required: bool = False, most: int = 100) -> Param:
    def read(value: Any, path: str) -> list[Any]:
        if not isinstance(value, list):
            raise invalid("Invalid array", param=path)
        if len(value) > most:
            raise invalid(f"Invalid array: must have at most {most} elements", param=path)
        return [item.read(entry, f"{path}[{index}]") for index, entry in enumerate(value)]

    return Param(read, required, may_be_empty=False)


def metadata() -> Param:
    """Up to 50 string values; an empty one removes its key, an empty whole removes all."""

    def read(value: Any, path: str) -> dict[str, str]:
        if value == "":
            return {}
        if isinstance(value, list):  # keys 0, 1, 2 … look like a list on the wire
            value = {str(index): entry for index, entry in enumerate(value)}
        if not isinstance(value, dict) or len(value) > MAX_METADATA_KEYS:
            raise invalid(f"Metadata must be a hash of at most {MAX_METADATA_KEYS} keys", param=path)
        for name, entry in value.items():
            if not isinstance(entry, str) or len(entry) > MAX_METADATA_VALUE or len(name) > MAX_METADATA_NAME:
                message = (
                    f"Metadata values can have up to {MAX_METADATA_VALUE} characters, keys up to {MAX_METADATA_NAME}"
                )
                raise invalid(message, param=f"{path}[{name[:60]}]")
        return value

    return Param(read, may_be_empty=True)


def created() -> Param:
    """A moment, or a range of moments, to filter lists by."""
    bounds = {name: integer() for name in ("gt", "gte", "lt", "lte")}

    def read(value: Any, path: str) -> dict[str, int]:
        if isinstance(value, dict):
            return parse(bounds, value, path)
        moment = integer().read(value, path)
        return {"gte": moment, "lte": moment}

    return Param(read)


def unmodelled() -> Param:
    """A parameter that Stripe knows and this sandbox does not act on: said aloud rather than ignored."""

    def read(value: Any, path: str) -> Any:
        raise StripeError(f"The Stripe sandbox does not model the parameter: {path}", param=path, kept=False)

    return Param(read, may_be_empty=True)


def merged(old: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    """Metadata after an update: an empty value removes its key, an empty whole removes all."""
    return {name: value for name, value in {**old, **new}.items() if value != ""} if new else {}


def anything() -> Param:
    """A parameter that is taken as it is and not acted on."""
    return Param(lambda value, path: value, may_be_empty=True)
