"""One API operation: method, path, what it accepts, and the function that does it."""

from collections.abc import Callable
from dataclasses import dataclass

from .params import Spec
from .store import Json


@dataclass(frozen=True)
class Operation:
    """`run(account, values, **path)` works inside a transaction and returns the answer's body."""

    method: str
    path: str
    run: Callable[..., Json]
    accepts: Spec
