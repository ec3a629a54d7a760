"""The house rules by version, what changed between them, and the members' vote; drafting is for moderators."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from harken.community import judging
from harken.community.actions.changing import NotAllowed, NotUnderstood
from harken.community.actions.holding import strictness
from harken.community.actions.keeping_rules import (
    MOST_RULES,
    announce_rules,
    call_vote,
    cast_ballot,
    draft_rules,
    first_rules,
    may_vote,
    set_strictness,
)
from harken.community.models import Ballot, Rules, Vote
from harken.community.queries.ruling import current_rules, in_words
from harken.community.screening import Strictness
from harken.web.access import for_members, for_readers
from harken.web.portal.acting.acts import status_of, writer_of
from harken.web.portal.framing import absolute, answer

from .queue import may_moderate_here, moderator_of

STRICTNESS = {
    Strictness.LENIENT: lazy("Only plain advertisements wait"),
    Strictness.NORMAL: lazy("Advertisements, and links with little else, wait"),
    Strictness.STRICT: lazy("Every first post waits"),
    Strictness.OFF: lazy("Nothing waits by itself"),
}


@for_readers
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The rules in force, what is announced or voted on, and the versions before."""
    member = getattr(request, "member", None)
    now_ = now()
    current = current_rules()
    is_moderator = may_moderate_here(request)
    coming = (
        Rules.objects.filter(state=Rules.State.ANNOUNCED, in_force_at__gt=now_)
        .order_by("in_force_at")
        .first()
    )
    vote = Vote.objects.filter(counted_at=None).select_related("rules").order_by("closes_at").first()
    versions = Rules.objects.exclude(state=Rules.State.DRAFT).select_related("vote").order_by("-number")
    values: dict[str, Any] = {
        "current": current,
        "coming": coming,
        "coming_changes": changes(current, coming) if coming else [],
        "vote": vote,
        "vote_changes": changes(current, vote.rules) if vote else [],
        "may_vote": vote is not None and may_vote(member),
        "ballot": Ballot.objects.filter(vote=vote, member=member).first() if vote and member else None,
        "voted": vote.ballots.count() if vote else 0,
        "versions": list(versions[:30]),
        "draft": Rules.objects.filter(state=Rules.State.DRAFT).first() if is_moderator else None,
        "advised": Rules.objects.filter(
            state=Rules.State.VOTED, vote__counted_at__isnull=False, vote__is_binding=False
        )
        .order_by("-number")
        .first()
        if is_moderator
        else None,
        "may_moderate": is_moderator,
        "voters_days": judging.VOTERS_DAYS,
        "strictness": [(one.value, STRICTNESS[one]) for one in STRICTNESS],
        "strict": strictness().value if is_moderator else "",
        "problem": "",
    }
    return answer(
        request,
        "portal/house/rules.html",
        # who voted is counted on the page: no event tells of a ballot, so that nobody can be told by its moment
        keep=("house",) if vote is None else (),
        place="house",
        tab="rules",
        canonical=absolute("/community/rules/"),
        **values,
    )


def changes(before: Rules | None, after: Rules) -> list[judging.Change]:
    """What a version changes, without what stays the same."""
    return [one for one in _compared(before, after) if one.what != "same"]


def _compared(before: Rules | None, after: Rules) -> list[judging.Change]:
    def texts(rules: Rules | None) -> dict[int, str]:
        return {one.number: in_words(one.title, one.words) for one in rules.rules.all()} if rules else {}

    return judging.differences(texts(before), texts(after))


@for_readers
@require_safe
def version(request: HttpRequest, version_number: int) -> HttpResponse:
    """One version, and how it differs from the one in force before it."""
    found = (
        Rules.objects.filter(number=version_number).select_related("vote").prefetch_related("rules").first()
    )
    if found is None or (found.state == Rules.State.DRAFT and not may_moderate_here(request)):
        raise Http404
    before = (
        Rules.objects.filter(number__lt=found.number, state=Rules.State.ANNOUNCED)
        .order_by("-number")
        .prefetch_related("rules")
        .first()
    )
    return answer(
        request,
        "portal/house/version.html",
        keep=("house",) if found.state != Rules.State.DRAFT else (),
        place="house",
        tab="rules",
        version=found,
        before=before,
        compared=_compared(before, found),
        may_moderate=may_moderate_here(request),
        canonical=absolute(f"/community/rules/{found.number}/"),
    )


@for_members
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest) -> HttpResponse:
    """Write a new version; `do` says what comes of it: kept as a draft, announced, or put to a vote."""
    member = moderator_of(request)
    why: Exception | None = None
    if request.method == "POST":
        wanted = list(zip(request.POST.getlist("title"), request.POST.getlist("words"), strict=False))
        try:
            made = draft_rules(wanted, by=member, note=request.POST.get("note", ""))
            do, days = request.POST.get("do", ""), request.POST.get("days", "")
            number = int(days) if days.isdecimal() and len(days) < 4 else -1
            if do == "announce":
                announce_rules(made, by=member, days=number)
            elif do == "vote":
                call_vote(made, by=member, days=number, is_binding=request.POST.get("binds") == "1")
            return HttpResponseRedirect("/community/rules/")
        except (NotAllowed, NotUnderstood) as refused:
            why = refused
    else:
        known = Rules.objects.filter(state=Rules.State.DRAFT).first() or current_rules()
        wanted = [(one.title, one.words) for one in known.rules.all()] if known else []
    page = {
        "place": "house",
        "tab": "rules",
        "rows": [*wanted, *[("", "")] * max(0, min(2, MOST_RULES - len(wanted)))],
        "note": request.POST.get("note", ""),
        "days": request.POST.get("days", "7"),
        "problem": _(str(why)) if why else "",
        "may_moderate": True,
    }
    return render(request, "portal/house/draft.html", page, status=status_of(why) if why else 200)


@for_members
@require_POST
def steer(request: HttpRequest) -> HttpResponse:
    """What moderators do on the rules' page: begin with the first rules, announce what was advised, how strict the house is."""
    member = moderator_of(request)
    do = request.POST.get("do", "")
    if do == "begin":
        first_rules(by=member)
    elif do == "strict":
        try:
            set_strictness(request.POST.get("strictness", ""), by=member)
        except NotUnderstood:
            raise Http404 from None
    elif do == "announce":
        number = request.POST.get("version", "")
        found = Rules.objects.filter(
            number=int(number) if number.isdecimal() and len(number) < 9 else 0
        ).first()
        if found is None:
            raise Http404
        try:
            announce_rules(found, by=member, days=7)
        except NotAllowed as why:
            page = {"place": "house", "problem": _(str(why)), "back": "/community/rules/"}
            return render(request, "portal/house/refused.html", page, status=status_of(why))
    return HttpResponseRedirect("/community/rules/")


@for_members
@require_POST
def vote(request: HttpRequest) -> HttpResponse:
    """Vote on the version that is before the members."""
    open_one = Vote.objects.filter(counted_at=None).order_by("closes_at").first()
    if open_one is None:
        return HttpResponseRedirect("/community/rules/")
    try:
        cast_ballot(open_one, by=writer_of(request), is_for=request.POST.get("do") == "for")
    except NotAllowed as why:
        page = {"place": "house", "problem": _(str(why)), "back": "/community/rules/"}
        return render(request, "portal/house/refused.html", page, status=status_of(why))
    return HttpResponseRedirect("/community/rules/#vote")
