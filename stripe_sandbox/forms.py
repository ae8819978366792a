"""Stripe's form encoding: `a[b][0][c]=x` to nested dictionaries and lists."""

import re
from typing import Any
from urllib.parse import parse_qsl

from .errors import invalid

MAX_DEPTH = 10
MAX_FIELDS = 5_000
_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")


def decode(text: bytes | str) -> dict[str, Any]:
    """Decode a body or a query string. Raises a Stripe-shaped 400 for what no Stripe client sends."""
    if isinstance(text, str):
        text = text.encode()
    try:
        pairs = parse_qsl(text.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError as error:
        raise invalid("Invalid request: the body must be form-encoded UTF-8.") from error
    tree: dict[str, Any] = {}
    for key, value in pairs:
        _insert(tree, _parts(key), value, key)
    return {key: _as_lists(value) for key, value in tree.items()}


def _parts(key: str) -> list[str]:
    match = _KEY.match(key)
    if not match:
        raise invalid(f"Invalid request: malformed parameter name {key[:100]!r}.")
    parts = [match[1], *_PART.findall(match[2])]
    if len(parts) > MAX_DEPTH:
        raise invalid(f"Invalid request: parameter {key[:100]!r} is nested too deeply.")
    return parts


def _insert(tree: dict[str, Any], parts: list[str], value: str, key: str) -> None:
    node = tree
    for part in parts[:-1]:
        node = node.setdefault(part or str(len(node)), {})
        if not isinstance(node, dict):
            raise invalid(f"Invalid request: parameter {key!r} is both a value and a hash.", param=key)
    last = parts[-1] or str(len(node))
    if isinstance(node.get(last), dict):
        raise invalid(f"Invalid request: parameter {key!r} is both a value and a hash.", param=key)
    node[last] = value


def _as_lists(node: Any) -> Any:
    """A hash whose keys are 0, 1, 2 … is a list."""
    if not isinstance(node, dict):
        return node
    values = {key: _as_lists(value) for key, value in node.items()}
    if all(key.isascii() and key.isdigit() for key in values):
        return [values[key] for key in sorted(values, key=int)]
    return values
