"""The moderators' queue: what waits by need, one thing at a time beside it, decided by keyboard or press."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST, require_safe

from harken.community import judging
from harken.community.actions.appealing import judge_appeal
from harken.community.actions.changing import NotAllowed, NotUnderstood
from harken.community.actions.deciding import decide_alike
from harken.community.actions.looking import look_at, pass_case
from harken.community.actions.undoing import undo_decision
from harken.community.judging import Act
from harken.community.models import Decision, Member, Space
from harken.community.permissions import (
    cases_visible_to,
    decisions_visible_to,
    may_moderate,
    spaces_visible_to,
)
from harken.community.policy import voice_to_show
from harken.community.queries.house import Item, beside, waiting_for
from harken.community.queries.ruling import current_rules
from harken.web.access import for_members
from harken.web.portal.acting.acts import reader_of, status_of, writer_of
from harken.web.portal.words import clock_shown, span

from .words import ACTS, FIRST, ON_MEMBERS, ON_POSTS, REASONS, line_of, templates_of, title_of

UNDO_SHOWN = judging.UNDO_WITHIN


def moderator_of(request: HttpRequest) -> Member:
    """Who moderates; the house's inner pages are not there for anybody else."""
    member = reader_of(request)
    if member is None or not may_moderate_here(request):
        raise Http404
    return member if member.pk else writer_of(request)


def may_moderate_here(request: HttpRequest) -> bool:
    """Whether who is signed in may moderate; an agent may before they have spoken here."""
    return may_moderate(request.member) or request.agent is not None  # type: ignore[attr-defined]  # set by AccessMiddleware


@for_members
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """What waits, with what needs it most open beside it."""
    return _page(request, moderator_of(request), "")


@for_members
@require_safe
def item(request: HttpRequest, item_key: str) -> HttpResponse:
    """One thing of the queue, beside the list."""
    return _page(request, moderator_of(request), item_key)


@for_members
@require_POST
def decide(request: HttpRequest, item_key: str) -> HttpResponse:
    """Decide a case with a rule and a reason, pass it on (`act=pass`), or judge an appeal (`act=grant`, `act=stand`).
    Leads to what comes next."""
    member = moderator_of(request)
    waiting = waiting_for(member)
    keys = [one.key for one in waiting]
    chosen = next((one for one in waiting if one.key == item_key), None)
    after = _next(keys, item_key)
    if chosen is None:
        return _gone(request, member, item_key)
    act = request.POST.get("act", "")
    try:
        if chosen.appeal is not None:
            judge_appeal(
                chosen.appeal, by=member, is_granted=act == "grant", reason=request.POST.get("reason", "")
            )
            return HttpResponseRedirect(
                f"/community/house/{after}?said={'granted' if act == 'grant' else 'stands'}"
            )
        if act == "pass":
            pass_case(chosen.case, by=member)
            return HttpResponseRedirect(f"/community/house/{after}?said=passed")
        also = set(request.POST.getlist("also"))
        alike = [one for one in beside(chosen, waiting=waiting).alike if str(one.pk) in also]
        made = decide_alike(
            [chosen.case, *alike],
            by=member,
            act=act,
            rule=_number(request.POST.get("rule", "")),
            reason=request.POST.get("reason", ""),
            days=_number(request.POST.get("days", "")),
            space=_space(member, request.POST.get("space", "")),
        )
    except (NotAllowed, NotUnderstood) as why:
        if status_of(why) == 409:
            return _page(request, member, "", why=why)
        return _page(request, member, item_key, why=why)
    gone = {f"c{one.case_id}" for one in made}
    after = _next([key for key in keys if key not in gone or key == item_key], item_key)
    return HttpResponseRedirect(f"/community/house/{after}?done={made[0].pk}")


@for_members
@require_POST
def undo(request: HttpRequest, decision_id: int) -> HttpResponse:
    """Take one's own slip back within ten seconds; leads to the case again."""
    member = moderator_of(request)
    decision = decisions_visible_to(member).filter(pk=decision_id).first()
    if decision is None:
        raise Http404
    try:
        undo_decision(decision, by=member)
    except NotAllowed as why:
        return _page(request, member, "", why=why)
    return HttpResponseRedirect(f"/community/house/c{decision.case_id}/?said=undone")


def _next(keys: list[str], key: str) -> str:
    """The address part of what comes after `key` in the list; of the one before it at the end."""
    left = [one for one in keys if one != key]
    if not left:
        return ""
    at = keys.index(key) if key in keys else 0
    return f"{left[min(at, len(left) - 1)]}/"


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _space(member: Member, text: str) -> Space | None:
    return spaces_visible_to(member).filter(pk=_number(text)).first() if _number(text) else None


def _gone(request: HttpRequest, member: Member, item_key: str) -> HttpResponse:
    """It was decided meanwhile: say by whom and what, with the list as it is."""
    number = _number(item_key[1:])
    last = (
        decisions_visible_to(member).filter(case=number).select_related("by").order_by("-pk").first()
        if item_key[:1] == "c" and cases_visible_to(member).filter(pk=number).exists()
        else None
    )
    words = (
        _("%(name)s decided this meanwhile: %(act)s.")
        % {"name": last.by.name if last.by else _("Somebody"), "act": ACTS[Act(last.act)].label}
        if last is not None
        else _("This does not wait for you any more.")
    )
    return _page(request, member, "", problem=words, status=409)


SAID = {
    "passed": lazy("Passed on. Somebody else looks at it."),
    "undone": lazy("Undone. It waits again."),
    "granted": lazy("Put right. Its author hears of it."),
    "stands": lazy("It stands. Its author hears of it."),
}


def _page(
    request: HttpRequest,
    member: Member,
    item_key: str,
    *,
    why: Exception | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    waiting = waiting_for(member)
    rules = current_rules()
    titles = {rule.number: rule.title for rule in rules.rules.all()} if rules else {}
    chosen = next((one for one in waiting if one.key == item_key), None)
    if item_key and chosen is None and why is None and request.GET.get("said") != "undone":
        return (
            _gone(request, member, item_key) if not problem else _page(request, member, "", problem=problem)
        )
    chosen = chosen or (waiting[0] if waiting else None)
    at = now()
    rows = [
        {
            "key": one.key,
            "title": title_of(one, titles),
            "line": line_of(one),
            "since": span((at - one.opened_at).total_seconds()),
            "clock": clock_shown(one.opened_at, one.due_at, at),
            "is_here": one is chosen,
            "looker": one.looker.name if one.looker and one.looker.pk != member.pk else "",
        }
        for one in waiting
    ]
    values: dict[str, Any] = {
        "place": "house",
        "tab": "queue",
        "rows": rows,
        "waiting_count": len(waiting),
        "problem": problem or (_(str(why)) if why else ""),
        "problem_at": why.field if isinstance(why, NotUnderstood) else "",
        "done": _done(request, member),
        "said": SAID[request.GET["said"]] if request.GET.get("said") in SAID else "",
        "may_moderate": True,
    }
    if chosen is not None:
        thing = chosen.appeal or chosen.case
        try:
            values["looker"] = look_at(thing, by=member) if request.method == "GET" else ""
        except IntegrityError:  # the member left at this moment
            values["looker"] = ""
        values |= _chosen(request, member, chosen, waiting, titles)
    return render(request, "portal/house/queue.html", values, status=status_of(why) if why else status)


def _done(request: HttpRequest, member: Member) -> dict[str, Any] | None:
    """The decision just made, while it can be undone."""
    number = _number(request.GET.get("done", ""))
    made = Decision.objects.filter(pk=number, by=member, undone_at=None).first() if number else None
    if made is None:
        return None
    left = (made.at + UNDO_SHOWN - now()).total_seconds()
    return {
        "id": made.pk,
        "label": ACTS[Act(made.act)].logged,
        "count": made.count,
        "seconds": max(0, round(left)),
    }


def _chosen(
    request: HttpRequest, member: Member, chosen: Item, waiting: list[Item], titles: dict[int, str]
) -> dict[str, Any]:
    side = beside(chosen, waiting=waiting)
    case, post, typed = chosen.case, chosen.case.post, request.POST
    rule = _number(typed.get("rule", "")) or chosen.rule or next(iter(titles), 0)
    about = case.about
    voice = (
        voice_to_show(post.voice, is_super_user=about.is_super_user)
        if post
        else voice_to_show("customer", is_super_user=about.is_super_user)
    )
    begun = str(ACTS[Act.ASK_EDIT].template) % {"rule": titles.get(rule, "")} if rule else ""
    return {
        "item": chosen,
        "case": case,
        "appeal": chosen.appeal,
        "post": post,
        "about": about,
        "voice": voice.value,
        "html": mark_safe(post.html) if post else "",  # noqa: S308 - made by community.texts through the allow-list
        "parent_html": mark_safe(side.parent.html) if side.parent else "",  # noqa: S308 - as above
        "side": side,
        "here_for": span(max(60.0, side.days * 86_400.0)),
        "flags": [
            {"rule": flag.rule, "title": titles.get(flag.rule, ""), "words": flag.words, "at": flag.at}
            for flag in chosen.flags
        ],
        "servers": [{"host": one.server, "words": one.words} for one in chosen.from_servers],
        "flag_rules": sorted({(flag.rule, titles.get(flag.rule, "")) for flag in chosen.flags}),
        "reasons": [
            {"words": REASONS.get(code, code), "points": points}
            for code, points in case.reasons
            if points >= 0
        ],
        "ended": [(ACTS[Act(act)].label, count) for act, count in side.ended],
        "rules": list(titles.items()),
        "rule": rule,
        "reason": typed.get("reason", "" if chosen.appeal else begun),
        "templates": templates_of(list(titles.items())),
        "first_acts": [ACTS[act] for act in FIRST if post is not None or act in (Act.KEEP, Act.ASK_EDIT)],
        "topic_acts": [ACTS[act] for act in ON_POSTS] if post is not None else [],
        "member_acts": [ACTS[act] for act in ON_MEMBERS],
        "spaces": spaces_visible_to(member).filter(is_open=True).order_by("position", "id") if post else [],
        "alike": side.alike,
        "decided_as": ACTS[Act(chosen.appeal.decision.act)].label if chosen.appeal else "",
    }
