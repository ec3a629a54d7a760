"""One's own second step at the sign-in: turned on with an authenticator app, turned off, recovery codes."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from harken.accounts import second_factor, totp
from harken.accounts.attempts import attempt
from harken.accounts.models import User

from .access import for_members
from .sign import MOST_CODES, WITHIN, locked_out

HERE = "/second-step/"


@for_members
@sensitive_post_parameters("password", "code")
@never_cache
@require_http_methods(["GET", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Turn the second step on or off, and make new recovery codes. Each needs the password or a code."""
    user: User = request.user  # type: ignore[assignment]  # signed in
    if request.method == "GET":
        return _page(request, user)
    do = request.POST.get("do", "")
    if not attempt("own second step", str(user.pk), most=MOST_CODES, within=WITHIN):
        return locked_out(request)
    if do == "confirm":
        codes = second_factor.confirm(user, request.POST.get("code", ""))
        if codes is None:
            return _page(request, user, problem=_("This code is not the one of now. Look at the app again."))
        return _page(request, user, codes=codes)
    if not user.check_password(request.POST.get("password", "")):
        return _page(request, user, problem=_("This is not your password."))
    if do == "begin":
        second_factor.begin(user)
    elif do == "codes" and second_factor.is_on(user):
        return _page(request, user, codes=second_factor.new_recovery_codes(user))
    elif do == "off":
        second_factor.take_off(user)
    return HttpResponseRedirect(HERE)


def _page(
    request: HttpRequest, user: User, *, problem: str = "", codes: list[str] | None = None
) -> HttpResponse:
    is_on = second_factor.is_on(user)
    secret = None if is_on else second_factor.begun(user)
    page: dict[str, Any] = {
        "problem": problem,
        "is_on": is_on,
        "codes": codes,
        "codes_left": second_factor.codes_left(user) if is_on else 0,
        "secret": " ".join(secret[n : n + 4] for n in range(0, len(secret), 4)) if secret else "",
        "qr": _qr(totp.address(secret, account=user.email, issuer="Harken")) if secret else "",
        "back": "/desk/" if getattr(request, "agent", None) else "/community/me/",
    }
    return render(request, "web/second_step.html", page, status=422 if problem else 200)


def _qr(content: str) -> SafeString:
    """The content as a QR code in SVG; drawn here, so that the secret goes nowhere else."""
    import segno  # read when one is drawn: no other page needs it

    code = segno.make(content, error="m", boost_error=False)
    return mark_safe(code.svg_inline(scale=5, dark="#000", light="#fff", border=4))  # noqa: S308 - shapes only
