"""Errors as Stripe words them: a status, and a JSON body with type, code, param and message."""

from typing import Any


class StripeError(Exception):
    """An answer that is not a success. `kept` tells whether an idempotency key replays it.

    Stripe keeps the result of every call that began to execute, and forgets what failed validation before.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        kept: bool = True,
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.kind, self.code, self.param, self.kept = (
            message,
            status,
            kind,
            code,
            param,
            kept,
        )

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"message": self.message, "type": self.kind}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        return {"error": error}


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> StripeError:
    """A parameter that fails validation: nothing was executed, so nothing is kept for replay."""
    return StripeError(message, param=param, code=code, kept=False)


def missing(kind: str, object_id: str, *, param: str = "id") -> StripeError:
    """No object of this kind has this id."""
    return StripeError(f"No such {kind}: '{object_id}'", status=404, code="resource_missing", param=param)


def server_error() -> StripeError:
    """The 500 that faults ask for; replayed to later calls with the same key, as Stripe does."""
    return StripeError("An unknown error occurred", status=500, kind="api_error")


def rate_limited() -> StripeError:
    message = "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits."
    return StripeError(message, status=429, code="rate_limit", kept=False)
