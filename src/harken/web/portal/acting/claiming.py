"""Who asked elsewhere opens the link from their thread: what becomes theirs, under which name, and what proves it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from harken.accounts.attempts import attempt
from harken.community.actions.changing import NotAllowed
from harken.community.permissions import topics_visible_to
from harken.travel.actions.claiming import claim_of, claim_topic, why_not, word_for
from harken.travel.models import Claim
from harken.web.access import for_readers
from harken.web.portal.looks import place_of

from .acts import address, reader_of
from .joining import place_of as place_of_caller

HERE = "/community/claim/"
# the front asks for readers without a session in nobody's name, without their cookies, unless an address has a part
# that it does not know
OPENED = f"{HERE}?from=thread"
COOKIE, SALT = "harken_claim", "harken.claim"
KEPT_FOR = timedelta(hours=2)  # long enough to join first
MOST_WRONG = 30  # keys nobody was given, an hour from one place


@for_readers
@never_cache
@require_safe
def open_claim(request: HttpRequest, claim_key: str) -> HttpResponse:
    """The link as it stands in the thread. The key goes into a cookie and out of the address at once, so that no
    history, referrer or log of addresses that fail keeps it. Opening it changes nothing."""
    response = HttpResponseRedirect(OPENED)
    response["Referrer-Policy"] = "no-referrer"
    response.set_signed_cookie(
        COOKIE, claim_key[:64], salt=SALT, max_age=int(KEPT_FOR.total_seconds()), httponly=True,
        samesite="Lax", secure=settings.IS_HTTPS, path="/community/",
    )  # fmt: skip
    return response


@for_readers
@csrf_protect
@never_cache
@require_http_methods(["GET", "POST"])
def claim(request: HttpRequest) -> HttpResponse:
    """What the key opens; a POST takes it over."""
    member, agent = request.member, request.agent  # type: ignore[attr-defined]  # set by AccessMiddleware
    key = request.get_signed_cookie(COOKIE, "", salt=SALT, max_age=KEPT_FOR) or ""
    if not key:
        return _page(request, {"step": "none"})
    found = claim_of(key)
    if found is None and not attempt(
        "claim from", place_of_caller(request), most=MOST_WRONG, within=timedelta(hours=1)
    ):
        problem = _("Too many tries from here in the last hour. Come back in a while.")
        return _page(request, {"step": "shut", "problem": problem}, status=429)
    why = why_not(found, by=member)
    if found is None or why:
        is_done = found is not None and member is not None and found.used_by_id == member.pk
        page = {"step": "done" if is_done else "shut", "problem": _(why), "claim": found if is_done else None}
        return _page(request, page, status=200 if is_done else 410)
    if agent is not None:
        problem = _(
            "This is for the one who asked. You work here: your name stands beside what you answered."
        )
        return _page(request, {"step": "shut", "problem": problem})
    if request.method == "POST" and member is not None:
        try:
            found = claim_topic(found, by=member)
        except NotAllowed as why_refused:
            return _page(request, {"step": "shut", "problem": _(str(why_refused))}, status=403)
        if found.state == Claim.State.USED:
            response = HttpResponseRedirect(address(found.trip.topic))
            response.delete_cookie(COOKIE, path="/community/")
            return response
        return HttpResponseRedirect(HERE)
    word = word_for(found, member) if member is not None else ""
    step = "join" if member is None else "say" if word else "confirm"
    return _page(request, {"step": step, "claim": found, "word": word})


def _page(request: HttpRequest, page: dict[str, Any], *, status: int = 200) -> HttpResponse:
    found: Claim | None = page.get("claim")
    if found is not None:
        topic = found.trip.topic
        page |= {
            "topic": topic,
            "may_read": topics_visible_to(reader_of(request)).filter(pk=topic.pk).exists(),
            "where": place_of(topic.asked_on),
            "is_private": found.trip.is_private,
            "asker": topic.author,
        }
    return render(request, "portal/claim.html", {"place": "claim", **page}, status=status)
