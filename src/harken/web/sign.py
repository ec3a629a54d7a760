"""Signing in and out, and the reader's own look: theme and language."""

from __future__ import annotations

import time
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from harken.accounts import passkeys, second_factor
from harken.accounts.attempts import attempt
from harken.accounts.models import User
from harken.community.models import Member

from .access import access_of, agent_of, for_members, may_reach, member_of, public
from .language import LANGUAGE_COOKIE, THEME_COOKIE, THEMES
from .unsent import has_unsent
from .whence import place_of as place_of

A_YEAR = 365 * 24 * 3600
WAITS_FOR = 300  # seconds in which a right password waits for its code
WAITING = "second_step"  # the session's: who waits, since when, for which page
MOST_CODES = 8  # tries in a quarter of an hour, in all browsers together
WITHIN = timedelta(minutes=15)
BACKEND = "harken.accounts.backends.EmailBackend"


def safe_next(request: HttpRequest, *, otherwise: str = "") -> str:
    """Where the form's or the address's `next` leads, if that is here; else `otherwise`, or the start."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    return otherwise or settings.LOGIN_REDIRECT_URL


def may_sign_in(user: User) -> bool:
    """An active agent, or a member who has not left (one who is suspended may still read their notices)."""
    agent, member = getattr(user, "agent", None), getattr(user, "member", None)
    return (agent is not None and agent.is_active) or (
        member is not None and member.state != Member.State.GONE
    )


def leads_on(request: HttpRequest, wanted: str) -> bool:
    """Whether who is signed in may reach where they wanted to: the desk is not for members."""
    try:
        access = access_of(resolve(urlsplit(wanted).path).func)
    except Resolver404:
        return True  # which says so itself
    return access is None or may_reach(access, agent_of(request), member_of(request))


def onward(request: HttpRequest, wanted: str) -> str:
    """Where who has just signed in goes: to what they wanted, else to their start."""
    return wanted if leads_on(request, wanted) else settings.LOGIN_REDIRECT_URL


def signed_in(user: User, wanted: str) -> HttpResponse:
    """Where a sign-in leads, in the user's own language and theme."""
    response = HttpResponseRedirect(wanted)
    for cookie, chosen in ((LANGUAGE_COOKIE, user.language), (THEME_COOKIE, user.theme)):
        if chosen:
            keep_cookie(response, cookie, chosen)
    return response


@public
@sensitive_post_parameters("password")
@csrf_protect
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page. Too many wrong passwords are stopped by django-axes (see `locked_out`)."""
    if request.method == "GET" and (agent_of(request) or member_of(request)):
        if not leads_on(request, safe_next(request)):
            raise Http404  # it would lead here again, and here there again
        return HttpResponseRedirect(safe_next(request))
    problem, username = "", ""
    if request.method == "POST":
        username = request.POST.get("username", "").strip()
        user = authenticate(request, username=username, password=request.POST.get("password", ""))
        if user is not None and may_sign_in(user):
            if second_factor.is_on(user):
                return wait_for_code(request, user, safe_next(request))
            login(request, user)
            return signed_in(user, onward(request, safe_next(request)))
        problem = _("This address and password do not go together, or the account may not sign in here.")
    page = {
        "problem": problem,
        "username": username,
        "has_passkeys": passkeys.may_be_used(),
        "has_unsent": has_unsent(request),
        "next": request.POST.get("next") or request.GET.get("next", ""),
    }
    return render(request, "web/sign_in.html", page, status=403 if problem else 200)


def wait_for_code(request: HttpRequest, user: User, wanted: str) -> HttpResponse:
    """The password was right: ask for the code. Nobody is signed in yet."""
    request.session.cycle_key()
    request.session[WAITING] = [user.pk, int(time.time()), wanted]
    return HttpResponseRedirect("/sign-in/code/")


def _waiting(request: HttpRequest) -> tuple[User, str] | None:
    kept = request.session.get(WAITING)
    if not kept or time.time() - kept[1] > WAITS_FOR:
        return None
    user = User.objects.select_related("agent", "member").filter(pk=kept[0], is_active=True).first()
    return (user, kept[2]) if user is not None and may_sign_in(user) else None


@public
@sensitive_post_parameters("code")
@csrf_protect
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The second page of the sign-in."""
    waiting = _waiting(request)
    if waiting is None:
        request.session.pop(WAITING, None)
        page = {
            "problem": _("Begin with your password; the code is asked for after it."),
            "username": "",
            "has_passkeys": passkeys.may_be_used(),
            "next": "",
        }
        return render(request, "web/sign_in.html", page)
    user, wanted = waiting
    problem = ""
    if request.method == "POST":
        if not attempt("code of", str(user.pk), most=MOST_CODES, within=WITHIN):
            request.session.pop(WAITING, None)
            return locked_out(request)
        if second_factor.is_right(user, request.POST.get("code", "")):
            request.session.pop(WAITING, None)
            login(request, user, backend=BACKEND)
            return signed_in(user, onward(request, wanted))
        problem = _("This code is not the one of now, or was used already.")
    page = {"problem": problem}
    return render(request, "web/sign_in_code.html", page, status=403 if problem else 200)


def locked_out(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """What somebody sees after too many wrong passwords for one address."""
    minutes = max(1, round(float(settings.AXES_COOLOFF_TIME) * 60))
    page = {
        "title": _("Too many tries"),
        "explanation": _("Wait %(minutes)s minutes, then try again. An admin can set a new password.")
        % {"minutes": minutes},
    }
    response = render(request, "web/error.html", page, status=429)
    response["Retry-After"] = str(minutes * 60)
    return response


@for_members
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session, here and for open live lines."""
    is_agent = getattr(request, "agent", None) is not None
    logout(request)
    response = HttpResponseRedirect(settings.LOGIN_URL if is_agent else "/community/")
    response["Clear-Site-Data"] = '"storage"'
    return response


@for_members
@require_POST
def set_look(request: HttpRequest) -> HttpResponse:
    """Keeps the chosen theme or language with the user and in a cookie; goes back to the page."""
    response = HttpResponseRedirect(safe_next(request))
    user = request.user
    if "theme" in request.POST:
        user.theme = request.POST["theme"] if request.POST["theme"] in THEMES else ""  # type: ignore[union-attr]  # signed in
        user.save(update_fields=["theme"])
        keep_cookie(response, THEME_COOKIE, user.theme)  # type: ignore[union-attr]  # signed in
    if request.POST.get("language") in dict(settings.LANGUAGES):
        user.language = request.POST["language"]  # type: ignore[union-attr]  # signed in
        user.save(update_fields=["language"])
        keep_cookie(response, LANGUAGE_COOKIE, user.language)  # type: ignore[union-attr]  # signed in
    return response


def keep_cookie(response: HttpResponse, cookie: str, value: str) -> None:
    """Keep a reader's choice in a cookie for a year; "" lets it go."""
    if value:
        response.set_cookie(cookie, value, max_age=A_YEAR, samesite="Lax", secure=settings.IS_HTTPS)
    else:
        response.delete_cookie(cookie, samesite="Lax")
