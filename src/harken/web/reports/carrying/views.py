"""Who carries the community: the few and what they need, what if they left, and the way from helped to helper."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from harken.community.actions.changing import NotAllowed, NotUnderstood
from harken.community.actions.joining import join
from harken.community.actions.rings import review_freeze, who_credited_whom
from harken.community.actions.super_users import invite_super_user, thank_member, withdraw_call
from harken.community.models import CreditFreeze, Member, SuperUserCall
from harken.community.queries.carrying import (
    MOST_ROWS,
    STEPS,
    carried,
    funnel,
    given,
    last_quarters,
    people,
    rows_of,
    ways,
    without,
)
from harken.community.queries.standing import way_of
from harken.web.access import for_leads
from harken.web.portal.standing.shown import way_rows
from harken.web.reports.numbers import percent

from .shown import Rows, cell, chart, parts_table, rising_words, tired_words

HERE = "/reports/people/"
CREDIT = "/reports/people/credit/"
FEW = 10  # "what if the top ten left"


@for_leads
@require_http_methods(["GET", "POST"])
def people_page(request: HttpRequest) -> HttpResponse:
    """The page; a post asks, thanks or takes back, for the member it names."""
    if request.method == "POST":
        return _act(request)
    at = now()
    found, whole = people(), carried(at=at)
    make = Rows(found, at=at)
    near_heads, near = make.near(found.near)
    asked = request.GET.get("without", "")
    count = min(int(asked), 100) if asked.isdecimal() and len(asked) < 4 else FEW
    quarters = last_quarters(at=at)
    counted = funnel(ways(quarters[0].first), quarters)
    page = {
        "place": "reports",
        "community": make.community,
        "super_users": [make.row(one, []) for one in found.super_users],
        "candidates": [make.row(one, []) for one in found.candidates],
        "near_heads": near_heads,
        "near": near,
        "rising": [make.row(one, rising_words(one.rising)) for one in found.rising],
        "tired": [make.row(one, tired_words(one.tired)) for one in found.tired],
        "suspected": found.suspected,
        "whole": whole,
        "drawing": chart(whole) if len(whole.answers) > 1 else "",
        "parts": parts_table(whole) if whole.answers else [],
        "leading": whole.of_the_most(0.01) if whole.answers else (0, 0),
        "leading_share": percent(whole.of_the_most(0.01)[1]) if whole.answers else "",
        "count": count,
        "gone": _gone(count, whole, at) if whole.answers and count else None,
        "funnel": [
            (
                one,
                [
                    cell(f"{HERE}rows/?quarter={one.key}&step={step}#rows", counted[one.key][step])
                    for step in STEPS
                ],
            )
            for one in quarters
        ],
    }
    return render(request, "reports/people/people.html", page)


def _gone(count: int, whole: object, at: object) -> dict[str, object]:
    found = without(count, whole, at=at)  # type: ignore[arg-type]  # as the caller read it
    return {
        "found": found,
        "answers": percent(found.answers / found.all_answers) if found.all_answers else percent(0),
        "closed": percent(found.closed / found.all_closed) if found.all_closed else percent(0),
    }


def _act(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("member", "")
    member = get_object_or_404(Member, pk=int(wanted)) if wanted.isdecimal() and len(wanted) < 18 else None
    if member is None:
        raise Http404
    by = request.member or join(request.user)  # type: ignore[attr-defined, arg-type]  # a lead is signed in
    by.user = request.user  # type: ignore[assignment]  # with its agent
    do, words = request.POST.get("do", ""), request.POST.get("words", "")
    try:
        if do == "invite":
            invite_super_user(member, by=by, words=words)
            messages.success(request, _("%(name)s has been asked.") % {"name": member.name})
        elif do == "withdraw":
            call = SuperUserCall.objects.filter(member=member, state=SuperUserCall.State.INVITED).first()
            if call is not None:
                withdraw_call(call, by=by)
            messages.success(request, _("Taken back."))
        elif do == "thank":
            thank_member(member, by=by, words=words)
            messages.success(request, _("%(name)s has been thanked.") % {"name": member.name})
    except (NotAllowed, NotUnderstood) as why:
        messages.error(request, _(str(why)))
    return HttpResponseRedirect(HERE)


@for_leads
@require_safe
def people_rows(request: HttpRequest) -> HttpResponse:
    """The rows behind one number: who answered how much (`what=answers`, the `most`), of the funnel (`quarter`, `step`),
    or one member's own way (`member`)."""
    quarter, step = request.GET.get("quarter", ""), request.GET.get("step", "helped")
    wanted = request.GET.get("member", "")
    page: dict[str, object] = {"place": "reports"}
    if wanted.isdecimal() and len(wanted) < 18:
        member = Member.objects.filter(pk=int(wanted)).first()
        if member is None:
            raise Http404
        page |= {"person": member, "way": way_rows(way_of(member))}
    elif request.GET.get("what") == "answers":
        whole, most = carried(), request.GET.get("most", "")
        some = min(int(most), MOST_ROWS) if most.isdecimal() and len(most) < 4 else MOST_ROWS
        page |= {"given": given(whole, some), "is_cut": some == MOST_ROWS < len(whole.answers)}
    else:
        if step not in STEPS:
            raise Http404
        if not quarter:
            return HttpResponseRedirect(HERE)
        rows = rows_of(ways(), quarter, step)
        page |= {"rows": rows, "quarter": quarter, "step": step, "is_cut": len(rows) == MOST_ROWS}
    return render(request, "reports/people/rows.html", page)


@for_leads
@require_http_methods(["GET", "POST"])
def credit_page(request: HttpRequest) -> HttpResponse:
    """Groups whose credit is held back: who credited whom, and a person's decision, with its undo."""
    if request.method == "POST":
        wanted = request.POST.get("freeze", "")
        freeze = (
            CreditFreeze.objects.filter(pk=int(wanted)).first()
            if wanted.isdecimal() and len(wanted) < 18
            else None
        )
        if freeze is None:
            raise Http404
        try:
            review_freeze(
                freeze, by=request.user, state=request.POST.get("do", ""), words=request.POST.get("words", "")  # type: ignore[arg-type]  # signed in
            )  # fmt: skip
            messages.success(request, _("Kept. What counts is worked out anew within a minute."))
        except (NotAllowed, NotUnderstood) as why:
            messages.error(request, _(str(why)))
        return HttpResponseRedirect(CREDIT)
    found = list(CreditFreeze.objects.select_related("reviewed_by").order_by("-state", "-found_at")[:20])
    groups = []
    for freeze in found:
        members, counts = who_credited_whom(freeze)
        shown = members[:20]
        lines = [(giver, [counts.get((giver.pk, receiver.pk), 0) for receiver in shown]) for giver in shown]
        groups.append({"freeze": freeze, "members": members, "shown": shown, "lines": lines})
    groups.sort(key=lambda one: one["freeze"].state != "suspected")  # type: ignore[attr-defined]  # a freeze
    return render(request, "reports/people/credit.html", {"place": "reports", "groups": groups})
