"""Members of staff who are signed in as the gate wants it: with a second factor that they have shown."""

import time

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt
from django.contrib.auth.models import User
from django.test import Client

from backoffice.signin import gate


def app_of(user: User) -> Authenticator:
    """The app of this account; set up if it has none."""
    found = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    return found or TOTP.activate(user, generate_totp_secret()).instance


def code_of(app: Authenticator, *, steps: int = 0) -> str:
    """The code that the app shows now, or some half minutes from now."""
    return code_of_secret(decrypt(app.data["secret"]), steps=steps)


def code_of_secret(secret: str, *, steps: int = 0) -> str:
    """The code that any app with this secret shows."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def sign_in(client: Client, user: User, *, minutes_ago: float = 0) -> Client:
    """Leave in the client's session what both steps of signing in leave in it."""
    client.force_login(user)
    app, at = app_of(user), time.time() - minutes_ago * 60
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "password", "at": at, "username": user.username},
        {"method": "mfa", "at": at, "id": app.pk, "type": app.type},
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session[gate.SINCE], session[gate.FACTOR] = at, app.pk
    session.save()
    return client
