"""What every page's frame needs to know, and nothing that costs a query unless the page asks for it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import translation

from .language import theme_of


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Theme, language, direction, the agent and the member; kept to what costs nothing."""
    return {
        "agent": getattr(request, "agent", None),
        "member": getattr(request, "member", None),
        "live_since": getattr(request, "live_since", None),  # up to which event the page is complete
        "theme": theme_of(request),
        "language": request.LANGUAGE_CODE
        if hasattr(request, "LANGUAGE_CODE")
        else translation.get_language(),
        "direction": "rtl" if translation.get_language_bidi() else "ltr",
    }
