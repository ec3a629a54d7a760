"""What no text holds: a NUL in an address or a form is turned away before any view, so that every database says the same.

PostgreSQL stores none, SQLite would; nobody types one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

NUL = "\x00"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class UnreadableMiddleware:
    """Answers 400 where something that was given has a NUL in it. Files may: they are kept as they are."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if "%00" in request.META.get("QUERY_STRING", "") or NUL in request.path:
            raise BadRequest("the address holds a NUL")
        if (
            request.method == "POST"
            and request.content_type in _FORMS
            and any(NUL in value for values in request.POST.lists() for value in values[1])
        ):
            raise BadRequest("the form holds a NUL")
