"""A member's own page: how they are shown, language and zone, password, leaving."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from harken.accounts.attempts import attempt
from harken.accounts.models import User
from harken.community.actions.changing import NotAllowed, NotUnderstood
from harken.community.actions.joining import change_profile, change_travel_name, leave
from harken.community.actions.reaching import settle_reach
from harken.community.letters.boxes import ask_confirmation, choose_rhythms, turn_off, turn_on
from harken.community.models import Member
from harken.community.permissions import is_staff
from harken.community.policy import NAMELESS
from harken.community.queries.ruling import agreements_of
from harken.travel.policy import credited, travel_name
from harken.web.access import for_members
from harken.web.language import LANGUAGE_COOKIE, ZONE_COOKIE
from harken.web.setup.frame import ZONES
from harken.web.sign import A_YEAR, safe_next

from .acts import writer_of
from .mail import mail_of
from .reaching import keep_reach, reach_values

HERE = "/community/me/"
MOST_LINKS = 4  # mails with a link that one member may ask for in an hour
MOST_PASSWORDS = 10  # tries an hour of a session at its own password


@for_members
@sensitive_post_parameters("password", "new_password")
@never_cache
@require_http_methods(["GET", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """One's own page; each part is a form of its own, `do` says which."""
    if request.method == "POST":
        part = PARTS.get(request.POST.get("do", ""))
        if part is not None:
            return part(request)
    return _page(request)


def _page(request: HttpRequest, part: str = "", why: Exception | None = None) -> HttpResponse:
    member, user = request.member, request.user  # type: ignore[attr-defined]  # set by AccessMiddleware, as below
    typed: dict[str, Any] = {
        "name": member.name
        if member
        else user.get_full_name()
        if hasattr(user, "get_full_name")
        else str(user),
        "line": member.line if member else "",
        "about": member.about if member else "",
        "language": user.language or request.LANGUAGE_CODE,  # type: ignore[union-attr, attr-defined]  # signed in
        "zone": user.zone,  # type: ignore[union-attr]  # as above
    }
    if part:
        typed |= {name: request.POST[name] for name in typed if name in request.POST}
    field = getattr(why, "field", "")
    page = {
        "place": "me",
        "elsewhere": _elsewhere(member),
        "typed": typed,
        "part": part,
        "problem": _(str(why)) if why else "",
        "problem_at": field,
        "zones": ZONES,
        "known_languages": settings.LANGUAGES,
        "may_leave": request.agent is None,  # type: ignore[attr-defined]
        "mail": mail_of(request),
    }
    if member is not None and request.agent is None:  # type: ignore[attr-defined]  # as above
        page["reach"] = reach_values(member, request.POST if part == "reach" else None)
        page["agreements"] = agreements_of(member)
    status = 200 if why is None else 422 if isinstance(why, NotUnderstood) else 403
    return render(request, "portal/me.html", page, status=status)


def _done(request: HttpRequest, words: str) -> HttpResponseRedirect:
    messages.success(request, words)
    return HttpResponseRedirect(HERE)


def _profile(request: HttpRequest) -> HttpResponse:
    try:
        change_profile(
            writer_of(request),
            name=request.POST.get("name", ""),
            line=request.POST.get("line", ""),
            about=request.POST.get("about", ""),
        )
    except NotUnderstood as why:
        return _page(request, "profile", why)
    return _done(request, _("Saved."))


def _reach(request: HttpRequest) -> HttpResponse:
    try:
        keep_reach(request, writer_of(request))
    except (NotUnderstood, NotAllowed) as why:
        return _page(request, "reach", why)
    return _done(request, _("Saved."))


def _reach_no(request: HttpRequest) -> HttpResponse:
    """“No, thank you”: it is not offered again."""
    settle_reach(writer_of(request))
    return HttpResponseRedirect(safe_next(request, otherwise=HERE))


def _look(request: HttpRequest) -> HttpResponse:
    language, zone = request.POST.get("language", ""), request.POST.get("zone", "").strip()
    if zone and zone not in available_timezones():
        return _page(
            request, "look", NotUnderstood("zone", _("This is no time zone. Write it as Europe/Dublin."))
        )
    user: User = request.user  # type: ignore[assignment]  # signed in
    user.zone = zone
    if language in dict(settings.LANGUAGES):
        user.language = language
    user.save(update_fields=["zone", "language"])
    answer = _done(request, _("Saved."))
    for cookie, value in ((LANGUAGE_COOKIE, user.language), (ZONE_COOKIE, zone)):
        if value:
            answer.set_cookie(cookie, value, max_age=A_YEAR, samesite="Lax", secure=settings.IS_HTTPS)
    return answer


def _is_theirs(request: HttpRequest) -> bool:
    """Whether the password typed is the member's; a session alone may not try for ever."""
    user: User = request.user  # type: ignore[assignment]  # signed in
    may_try = attempt("password of", str(user.pk), most=MOST_PASSWORDS, within=timedelta(hours=1))
    return may_try and user.check_password(request.POST.get("password", ""))


def _password(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]  # signed in
    if not _is_theirs(request):
        return _page(request, "password", NotUnderstood("password", _("This is not your password.")))
    try:
        validate_password(request.POST.get("new_password", ""), user)
    except ValidationError as why:
        return _page(request, "password", NotUnderstood("new_password", " ".join(why.messages)))
    user.set_password(request.POST["new_password"])
    user.save(update_fields=["password"])
    update_session_auth_hash(request, user)
    return _done(request, _("The password is changed; other browsers are signed out."))


def _leave(request: HttpRequest) -> HttpResponse:
    if not _is_theirs(request):
        return _page(request, "leave", NotUnderstood("password", _("This is not your password.")))
    try:
        leave(writer_of(request))
    except NotAllowed as why:
        return _page(request, "leave", why)
    logout(request)
    return render(request, "portal/left.html", {"place": "me", "member": None, "me": None})


def _travel(request: HttpRequest) -> HttpResponse:
    how = request.POST.get("how", "")
    wanted = {"none": NAMELESS, "other": request.POST.get("travels_as", "")}.get(how, "")
    try:
        change_travel_name(writer_of(request), travels_as=wanted)
    except NotUnderstood as why:
        return _page(request, "travel", why)
    return _done(request, _("Saved."))


def _elsewhere(member: Member | None) -> dict[str, Any] | None:
    """How this member is named where their answers travel to, and how that reads; None for the company's people."""
    if member is None or is_staff(member):
        return None
    usual = travel_name(member.name)
    texts = {"first": usual, "none": NAMELESS, "other": member.travels_as or usual}
    return {
        "how": "first" if not member.travels_as else "none" if member.travels_as == NAMELESS else "other",
        "other": "" if member.travels_as == NAMELESS else member.travels_as,
        "previews": {how: credited(name, "en") for how, name in texts.items()},
        "usual": usual,
    }


def _mail(request: HttpRequest) -> HttpResponse:
    choose_rhythms(writer_of(request), {name: str(value) for name, value in request.POST.items()})
    return _mail_done(request, _("Saved."))


def _mail_link(request: HttpRequest) -> HttpResponse:
    if not attempt("mail link of", str(request.user.pk), most=MOST_LINKS, within=timedelta(hours=1)):
        return _mail_done(
            request, _("The link was sent several times already. Look in the mailbox, also among spam.")
        )
    if not ask_confirmation(writer_of(request)):
        return _mail_done(request, _("No mail can be sent from here at the moment."))
    return _mail_done(request, _("The link is on its way."))


def _mail_off(request: HttpRequest) -> HttpResponse:
    turn_off(writer_of(request))
    return _mail_done(request, _("You get no more mail."))


def _mail_on(request: HttpRequest) -> HttpResponse:
    turn_on(writer_of(request))
    return _mail_done(request, _("You get mail again."))


def _mail_done(request: HttpRequest, words: str) -> HttpResponseRedirect:
    messages.success(request, words)
    return HttpResponseRedirect(f"{HERE}#mail")


PARTS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "profile": _profile,
    "travel": _travel,
    "reach": _reach,
    "reach-no": _reach_no,
    "look": _look,
    "password": _password,
    "leave": _leave,
    "mail": _mail,
    "mail-link": _mail_link,
    "mail-off": _mail_off,
    "mail-on": _mail_on,
}
