"""A member's queue: public questions from the networks that they may know, and what they do with each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from harken.community.actions.changing import NotAllowed, NotUnderstood
from harken.community.actions.keeping import keep_draft
from harken.community.actions.reaching import go_on_today, pause_of, pause_today
from harken.community.actions.responding import decline, hand_to_team, take_back_decline, take_back_handing
from harken.community.actions.writing import write_answer
from harken.community.invitation_words import reason_words
from harken.community.models import Invitation, Member, Post, Topic
from harken.community.permissions import is_staff
from harken.travel.queue import (
    PLACES,
    ask_for_another,
    came_back,
    count_waiting,
    may_use,
    preview,
    queue_of,
)
from harken.web.access import for_members
from harken.web.portal.agreeing import agreed_by_sending
from harken.web.portal.looks import place_of
from harken.web.portal.words import clock_shown

from .acts import key_of, new_key, once, status_of, writer_of

HERE = "/community/queue/"
UNDO_FOR = timedelta(seconds=10)  # as it is offered; a slow hand has a little longer
SLOW = timedelta(seconds=20)


@for_members
@require_http_methods(["GET", "POST"])
def queue(request: HttpRequest) -> HttpResponse:
    """What is with this member now. A post asks for another one."""
    member: Member | None = request.member  # type: ignore[attr-defined]  # set by AccessMiddleware
    if request.method == "POST" and member is not None:
        try:
            found = ask_for_another(member)
        except NotAllowed as why:
            return _page(request, member, problem=_(str(why)), status=403)
        return HttpResponseRedirect(f"{HERE}#q{found.pk}" if found else HERE)
    return _page(request, member)


@for_members
@require_POST
def answer(request: HttpRequest, topic_id: int) -> HttpResponse:
    """Answer one of one's own queue (`do=send`), see how it will stand there (`do=preview`), or keep it as a draft."""
    member = writer_of(request)
    topic = _mine(member, topic_id)
    text = request.POST.get("text", "")
    try:
        if request.POST.get("do") != "send":
            keep_draft(member, text=text, topic=topic)
            said, length, limit = preview(topic, by=member, text=text) if text.strip() else ("", 0, None)
            shown = {"text": said, "length": length, "limit": limit}
            return _page(request, member, at=topic.pk, typed=text, shown=shown)
        post = once(
            lambda: write_answer(topic, by=member, text=text, may_travel=True, key=key_of(request, member))
        )
    except (NotAllowed, NotUnderstood) as why:
        keep_draft(member, text=text, topic=topic)
        return _page(request, member, at=topic.pk, typed=text, problem=_(str(why)), status=status_of(why))
    agreed_by_sending(request, member)
    return HttpResponseRedirect(f"{HERE}?sent={post.pk}")


@for_members
@require_POST
def not_me(request: HttpRequest, topic_id: int) -> HttpResponse:
    """“Not me”, or the undo of it for some seconds (`do=back`). Counted nowhere that others see."""
    member = writer_of(request)
    if request.POST.get("do") == "back":
        found = _declined(member, topic_id, within=UNDO_FOR + SLOW)
        if found is not None:
            take_back_decline(found.topic, by=member)
        return HttpResponseRedirect(HERE)
    topic = _mine(member, topic_id)
    try:
        decline(topic, by=member)
    except NotAllowed as why:
        return _page(request, member, problem=_(str(why)), status=403)
    return HttpResponseRedirect(f"{HERE}?left={topic.pk}")


@for_members
@require_POST
def for_team(request: HttpRequest, topic_id: int) -> HttpResponse:
    """“For the team”: the company's people have it from now on, with a line of why (`why`) for them; or the undo of it
    for some seconds (`do=back`)."""
    member = writer_of(request)
    if request.POST.get("do") == "back":
        found = _declined(member, topic_id, within=UNDO_FOR + SLOW)
        is_back = found is not None and take_back_handing(found.topic, by=member)
        return HttpResponseRedirect(f"{HERE}#q{topic_id}" if is_back else f"{HERE}?team={topic_id}")
    topic = _mine(member, topic_id)
    why = request.POST.get("why", "")
    try:
        hand_to_team(topic, by=member, why=why)
    except (NotAllowed, NotUnderstood) as refused:
        return _page(
            request, member, at=topic.pk, why=why, problem=_(str(refused)), status=status_of(refused)
        )
    return HttpResponseRedirect(f"{HERE}?team={topic.pk}")


@for_members
@require_POST
def today(request: HttpRequest) -> HttpResponse:
    """“Not today”, or the undo of it (`do=back`): nothing new is put before them until their day is over."""
    member = writer_of(request)
    if request.POST.get("do") == "back":
        go_on_today(member, at=now())
    else:
        pause_today(member, at=now())
    return HttpResponseRedirect(f"{HERE}#today")


def _mine(member: Member, topic_id: int) -> Topic:
    for one in queue_of(member):
        if one.topic.pk == topic_id:
            return one.topic
    raise Http404


def _page(
    request: HttpRequest,
    member: Member | None,
    *,
    at: int = 0,
    typed: str | None = None,
    why: str = "",
    shown: dict[str, Any] | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    is_open = member is not None and may_use(member) and not is_staff(member)
    rows = []
    if member is not None and is_open:
        for one in queue_of(member):
            topic, is_here = one.topic, one.topic.pk == at
            rows.append(
                {
                    "one": one,
                    "place": place_of(one.network),
                    "clock": clock_shown(topic.created_at, topic.due_at) if topic.due_at else None,
                    "why": reason_words(one.invitation),
                    "others": one.invitation.others,
                    "text": typed if is_here and typed is not None else one.draft,
                    "team_why": why if is_here else "",
                    "shown": shown if is_here else None,
                    "problem": problem if is_here else "",
                    "key": new_key(),
                }
            )
    left = request.GET.get("left", "")
    sent = request.GET.get("sent", "")
    page: dict[str, Any] = {
        "place": "queue",
        "is_open": is_open,
        "is_staff": member is None or is_staff(member),
        "rows": rows,
        "taken": len(rows),
        "slots": [n < len(rows) for n in range(PLACES)],
        "waiting": count_waiting(member) if member is not None and is_open and len(rows) < PLACES else 0,
        "problem": problem if not at else "",
        "left": _declined(member, int(left), within=UNDO_FOR)
        if member is not None and left.isdecimal() and len(left) < 18
        else None,
        "sent": _sent(member, sent) if member is not None and sent.isdecimal() and len(sent) < 18 else None,
        "team": _handed(member, request.GET.get("team", "")) if member is not None else None,
        "today": pause_of(member, at=now()) if member is not None and is_open else "off",
        "back": came_back(member) if member is not None and is_open else [],
    }
    return render(request, "portal/queue.html", page, status=status)


def _declined(member: Member, topic_id: int, *, within: timedelta) -> Invitation | None:
    """What they left or handed over so lately that it can be taken back."""
    return (
        Invitation.objects.filter(
            topic=topic_id, member=member, state="declined", settled_at__gte=now() - within
        )
        .select_related("topic")
        .first()
    )


def _handed(member: Member, number: str) -> dict[str, Any] | None:
    """What this member has just handed over, and whether it can be taken back."""
    if not (number.isdecimal() and len(number) < 18):
        return None
    handed = Invitation.objects.filter(
        topic=int(number), member=member, state="declined", topic__asking__handed_at__isnull=False
    ).select_related("topic__asking")
    one = handed.first()
    if one is None:
        return None
    asking = one.topic.asking
    is_taken = asking.agent_at is not None and asking.agent_at != asking.handed_at
    is_late = one.settled_at is None or one.settled_at < now() - UNDO_FOR
    return {"topic": one.topic, "may_undo": not (is_taken or is_late)}


def _sent(member: Member, number: str) -> Post | None:
    return Post.objects.filter(pk=int(number), author=member).select_related("topic").first()
