"""Tells visitors apart, for limits on what one of them may do."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def visitor_of(request: HttpRequest) -> str:
    """What the limits take for one visitor: an IPv4 address, or the /64 network that one household has of IPv6.

    Behind a proxy that is trusted, the last address it was told of; before it stands what anybody can write.
    """
    told = request.headers.get("X-Forwarded-For", "") if settings.TRUST_PROXY_HEADERS else ""
    address = told.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(found if found.version == 4 else ipaddress.ip_network((found, 64), strict=False))
