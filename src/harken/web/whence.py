"""Where a request comes from."""

from __future__ import annotations

import ipaddress

from django.http import HttpRequest


def place_of(request: HttpRequest) -> str:
    """Where a request comes from, for counting: an IPv6 reader has a whole network of addresses."""
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return "nowhere"
    return str(ipaddress.ip_network(f"{address}/64", strict=False)) if address.version == 6 else str(address)
