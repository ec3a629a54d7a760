"""Which language, theme and time zone a page is shown in: the reader's cookie, else the browser, else the setting."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header

LANGUAGE_COOKIE = "harken_language"
THEME_COOKIE = "harken_theme"
ZONE_COOKIE = "harken_zone"  # set by the browser (static/harken/times.js)
THEMES = ("light", "dark")
_ZONES = available_timezones()
KNOWN_LANGUAGES = frozenset(code for code, _ in settings.LANGUAGES)


def language_of(request: HttpRequest) -> str:
    """The code of the language to answer in; always one of LANGUAGES."""
    chosen = request.COOKIES.get(LANGUAGE_COOKIE, "")
    if chosen in KNOWN_LANGUAGES:
        return chosen
    return language_accepted(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))


@lru_cache(maxsize=2048)
def language_accepted(header: str) -> str:
    """The best of our languages for an Accept-Language header (RFC 9110, 12.5.4); the install's own without one."""
    for code, _ in parse_accept_lang_header(header[:500]):
        if code == "*":
            break
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return get_supported_language_variant(settings.LANGUAGE_CODE)


def theme_of(request: HttpRequest) -> str:
    """ "light" or "dark" where the reader chose one, else "" (as the system has it)."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else ""


def zone_of(request: HttpRequest) -> ZoneInfo | None:
    """The browser's time zone where it told one that exists."""
    name = request.COOKIES.get(ZONE_COOKIE, "").replace("%2F", "/")
    return _zone(name) if name and len(name) <= 64 else None


@lru_cache(maxsize=600)
def _zone(name: str) -> ZoneInfo | None:
    return ZoneInfo(name) if name in _ZONES else None


class LanguageMiddleware:
    """Activates the reader's language and time zone for the length of the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        zone = zone_of(request)
        if zone is not None:
            timezone.activate(zone)
        try:
            response = self.get_response(request)
        finally:
            translation.deactivate()
            timezone.deactivate()
        response.headers.setdefault("Content-Language", language)
        return response
