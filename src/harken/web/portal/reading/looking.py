"""The look (theme, language) for readers without an account: a cookie, and nothing else."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from harken.web.access import public
from harken.web.language import LANGUAGE_COOKIE, THEME_COOKIE, THEMES
from harken.web.sign import keep_cookie


@public
@csrf_exempt
@require_POST
def set_look(request: HttpRequest) -> HttpResponse:
    """Keeps the chosen theme or language in a cookie and goes back to the page.

    A page that is kept for everybody holds no form token. What is done here touches no account and no session; that
    a form on another site cannot even change the look is seen from the headers that browsers send of themselves.
    """
    if _is_from_elsewhere(request):
        return HttpResponseForbidden()
    wanted = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        wanted = "/community/"
    response = HttpResponseRedirect(wanted)
    theme, language = request.POST.get("theme"), request.POST.get("language")
    if theme is not None:
        keep_cookie(response, THEME_COOKIE, theme if theme in THEMES else "")
    if language in dict(settings.LANGUAGES):
        keep_cookie(response, LANGUAGE_COOKIE, language)
    return response


def _is_from_elsewhere(request: HttpRequest) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.get_host()
