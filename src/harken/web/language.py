"""Which language and theme a page is shown in: the reader's cookie, else the browser, else the setting."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

LANGUAGE_COOKIE = "harken_language"
THEME_COOKIE = "harken_theme"
THEMES = ("light", "dark")
_KNOWN = frozenset(code for code, _ in settings.LANGUAGES)


def language_of(request: HttpRequest) -> str:
    """The code of the language to answer in; always one of LANGUAGES."""
    chosen = request.COOKIES.get(LANGUAGE_COOKIE, "")
    if chosen in _KNOWN:
        return chosen
    return translation.get_language_from_request(request)


def theme_of(request: HttpRequest) -> str:
    """ "light" or "dark" where the reader chose one, else "" (as the system has it)."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else ""


class LanguageMiddleware:
    """Activates the reader's language for the length of the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        try:
            response = self.get_response(request)
        finally:
            translation.deactivate()
        response.headers.setdefault("Content-Language", language)
        return response
