"""The slope of the rooms: imports and foreign keys only go down."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[1]

MAY_IMPORT: dict[str, set[str]] = {
    "background": set(),
    "shop": {"background"},
    "cart": {"background", "shop"},
    "orders": {"background", "shop", "cart"},
    "payment": {"background", "shop", "orders"},
    "messager": {"background", "shop"},
    "backoffice": {"background", "shop", "cart", "orders", "payment", "messager"},
    "stripe_sandbox": set(),
}
ROOMS = {*MAY_IMPORT, "shop_project"}
# The project's front doors may import every room; its other files none but background.
FRONT_DOORS = {"urls.py", "celery.py", "settings.py"}


def imports(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """(room, statement) for every import of a room in a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        else:
            continue
        for name in names:
            if name.split(".")[0] in ROOMS:
                yield name.split(".")[0], node


def broken_slopes(room: str, path: Path) -> list[str]:
    """What the file imports that its room may not."""
    allowed = {room} | MAY_IMPORT.get(
        room, {"background"} if path.name not in FRONT_DOORS else ROOMS - {"stripe_sandbox"}
    )
    tree = ast.parse(path.read_text())
    return [f"{path.name}:{node.lineno} imports {found}" for found, node in imports(tree) if found not in allowed]


def files(room: str) -> list[Path]:
    return [path for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts]


@pytest.mark.parametrize("room", sorted(room for room in ROOMS if (ROOT / room).exists()))
def test_a_room_imports_only_the_rooms_below_it(room: str) -> None:
    assert files(room)
    assert not [slip for path in files(room) for slip in broken_slopes(room, path)]


def test_the_slope_test_sees_a_broken_slope(tmp_path: Path) -> None:
    module = tmp_path / "stock.py"
    module.write_text("def f():\n    from orders.models import Order\n    import payment.gateway\n")
    assert broken_slopes("shop", module) == ["stock.py:2 imports orders", "stock.py:3 imports payment"]


@pytest.mark.parametrize("room", sorted(room for room in ROOMS if (ROOT / room).exists()))
def test_imports_stand_at_the_top_of_the_file(room: str) -> None:
    hidden = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in files(room)
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not hidden


def test_foreign_keys_follow_the_slope() -> None:
    uphill = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in MAY_IMPORT
        for field in model._meta.get_fields()
        if field.concrete and field.related_model and not isinstance(field.related_model, str)
        for target in [field.related_model._meta.app_label]
        if target in ROOMS and target not in {model._meta.app_label, *MAY_IMPORT[model._meta.app_label]}
    ]
    assert not uphill


def test_only_the_gateway_imports_stripe() -> None:
    importers = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        if (ROOT / room).exists()
        for path in files(room)
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "stripe" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "stripe" and not node.level)
    }
    assert importers == {"payment/gateway.py"}
