"""Passkeys in the browser: signing in with one, and the page on which a user has theirs."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from harken.accounts import passkeys
from harken.accounts.attempts import attempt
from harken.accounts.models import User

from .access import for_members, public
from .sign import BACKEND, MOST_CODES, WITHIN, locked_out, may_sign_in, place_of, safe_next, signed_in

HERE = "/passkeys/"
CHALLENGE = "passkey"  # the session's: what was asked, until it is answered
MOST_TRIES = 40  # a quarter of an hour from one address of the network: an office stands behind one
LONGEST_ANSWER = 20_000  # characters
log = logging.getLogger(__name__)


@public
@csrf_protect
@never_cache
@require_POST
def begin_sign_in(request: HttpRequest) -> HttpResponse:
    """What the browser shall sign."""
    if not passkeys.may_be_used() or not attempt(
        "passkey from", place_of(request), most=MOST_TRIES, within=WITHIN
    ):
        return _too_many()
    options, request.session[CHALLENGE] = passkeys.begin_sign_in()
    return JsonResponse(options)


@public
@csrf_protect
@never_cache
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Signs in whose key answered; their holder proved themselves to it, so that no code is asked for."""
    asked = request.session.pop(CHALLENGE, None)  # good once, right or wrong
    if not attempt("passkey by", place_of(request), most=MOST_TRIES, within=WITHIN):
        return _too_many()
    try:
        user = passkeys.sign_in(asked, _answer(request))
    except passkeys.Refused as why:
        log.info("A passkey was refused: %s", why)
        return _refused(
            _("This passkey does not sign in here. It may have been removed, or the page was open too long.")
        )
    if not (user.is_active and may_sign_in(user)):
        return _refused(_("This account may not sign in here."))
    wanted = safe_next(request)
    login(request, user, backend=BACKEND)
    response = JsonResponse({"to": wanted})
    response.cookies.update(signed_in(user, wanted).cookies)
    return response


@for_members
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def own_passkeys(request: HttpRequest) -> HttpResponse:
    """One's passkeys; `remove` takes one away, with the password."""
    user: User = request.user  # type: ignore[assignment]  # signed in
    if request.method == "GET":
        return _page(request, user)
    if problem := _not_theirs(request, user):
        return locked_out(request) if problem == LOCKED else _page(request, user, problem)
    wanted = request.POST.get("remove", "")
    if wanted.isdecimal() and len(wanted) < 18:
        passkeys.remove(user, int(wanted))
    return HttpResponseRedirect(HERE)


@for_members
@sensitive_post_parameters("password")
@never_cache
@require_POST
def begin_adding(request: HttpRequest) -> HttpResponse:
    """With the password: what the browser shall make a key with."""
    user: User = request.user  # type: ignore[assignment]  # as above
    if problem := _not_theirs(request, user):
        return _too_many() if problem == LOCKED else _refused(problem, 422)
    if not passkeys.may_be_used() or user.passkeys.count() >= passkeys.MOST_KEYS:
        return _refused(_("No further passkey can be made here."))
    options, request.session[CHALLENGE] = passkeys.begin_adding(user)
    return JsonResponse(options)


@for_members
@never_cache
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Keep the key that was made."""
    user: User = request.user  # type: ignore[assignment]  # as above
    asked = request.session.pop(CHALLENGE, None)
    try:
        passkeys.add(user, asked, _answer(request), name=request.POST.get("name", "") or _("Passkey"))
    except passkeys.Refused as why:
        log.info("A new passkey was refused: %s", why)
        return _refused(_("The passkey was not kept. Try again."))
    return JsonResponse({"to": HERE})


LOCKED = "locked"


def _not_theirs(request: HttpRequest, user: User) -> str:
    """Why the password typed does not do; "" where it is theirs. A session alone changes no key."""
    if not attempt("own second step", str(user.pk), most=MOST_CODES, within=WITHIN):
        return LOCKED
    return "" if user.check_password(request.POST.get("password", "")) else _("This is not your password.")


def _answer(request: HttpRequest) -> Any:
    text = request.POST.get("answer", "")
    try:
        return json.loads(text) if len(text) <= LONGEST_ANSWER else None
    except ValueError:
        return None


def _refused(words: str, status: int = 403) -> HttpResponse:
    return JsonResponse({"problem": words}, status=status)


def _too_many() -> HttpResponse:
    return _refused(_("Too many tries. Wait a quarter of an hour."), 429)


def _page(request: HttpRequest, user: User, problem: str = "") -> HttpResponse:
    page = {
        "problem": problem,
        "keys": user.passkeys.order_by("created_at", "pk"),
        "may_add": passkeys.may_be_used(),
        "back": "/desk/" if getattr(request, "agent", None) else "/community/me/",
    }
    return render(request, "web/passkeys.html", page, status=422 if problem else 200)
