"""Keys of other programs: made, renewed, revoked, recognised. Only this file knows what a key looks like."""

import hashlib
import secrets
from datetime import timedelta

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from ninja.security import HttpBearer

from background import limits
from backoffice.models import ApiKey

BEGIN = "shop_"
PREFIX_BYTES, SECRET_BYTES = 4, 32
PREFIX_LENGTH = len(BEGIN) + 2 * PREFIX_BYTES
MINUTE = timedelta(minutes=1)


def give_secret(key: ApiKey) -> str:
    """Give a key, not saved yet or known, a new secret; the whole key, which nobody can read again.

    The secret that it had before no longer counts once the key is saved.
    """
    key.prefix = BEGIN + secrets.token_hex(PREFIX_BYTES)
    whole = f"{key.prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    key.secret_hash = _hash(whole)
    return whole


def renew(key: ApiKey) -> str:
    """A new secret for the same program and its orders; the old one counts no more. The whole key."""
    whole = give_secret(key)
    key.save(update_fields=["prefix", "secret_hash"])
    return whole


def revoke(key: ApiKey) -> bool:
    """From now on the key opens nothing. False where it was revoked before."""
    return bool(ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()))


def recognise(whole: str) -> ApiKey | None:
    """The key that is not revoked and has this secret; None for any other. When it was used is noted by the minute."""
    prefix = whole[:PREFIX_LENGTH]
    key = ApiKey.objects.filter(prefix=prefix, revoked_at=None).first() if prefix.isprintable() else None
    if key is None or not constant_time_compare(_hash(whole), key.secret_hash):
        return None
    now = timezone.now()
    unused = Q(last_used_at=None) | Q(last_used_at__lte=now - MINUTE)
    ApiKey.objects.filter(unused, pk=key.pk).update(last_used_at=now)
    return key


class Bearer(HttpBearer):
    """`Authorization: Bearer KEY`. Raises limits.TooMany for a key that asks more often than it may."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        key = recognise(token)
        if key:
            limits.spend("api", str(key.pk), key.requests_per_minute, window=MINUTE)
        return key


def _hash(whole: str) -> str:
    """Of 256 random bits, so that one round of SHA-256 is enough."""
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()
