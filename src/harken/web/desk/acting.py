"""What an agent does with a conversation beside answering: assign, tag, snooze, close, reopen, take the next."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from harken.inbox import lists
from harken.inbox.actions.assigning import assign_conversation, set_tags
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.actions.correcting import needs_an_answer, needs_no_answer
from harken.inbox.actions.putting_aside import close_conversation, reopen_conversation, snooze_conversation
from harken.team.models import Agent, Team
from harken.web import folding
from harken.web.access import for_agents

from .answers import acted, gone
from .conversation import opened_or_404
from .reading import page_of, snooze_moment
from .surroundings import surroundings_of


@for_agents
@require_POST
def assign(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """To me, a colleague, a team, or nobody. The colleague and the team are among those that the menu offers."""
    c = opened_or_404(request, conversation_id).c
    me: Agent = request.agent  # type: ignore[attr-defined]  # set by AccessMiddleware
    around = surroundings_of(me)
    to_agent, to_team = request.POST.get("agent"), request.POST.get("team")
    if to_team:
        team: Team | None = next((one for one in around.teams if str(one.pk) == to_team), None)
        if team is None:
            return acted(request, c.pk, "assign", said=_("There is no such team any more."), is_refused=True)
        assign_conversation(c, by=me, team=team)
    elif to_agent == "me":
        assign_conversation(c, by=me, agent=me)
    elif to_agent:
        known = {str(one.id) for one in around.colleagues}
        agent = Agent.objects.filter(pk=to_agent, is_active=True).first() if to_agent in known else None
        if agent is None:
            return acted(
                request, c.pk, "assign", said=_("This colleague is not active any more."), is_refused=True
            )
        assign_conversation(c, by=me, agent=agent)
    else:
        assign_conversation(c, by=me)
    return acted(request, c.pk, "assign")


@for_agents
@require_POST
def tag(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Put a tag on or take one off."""
    c = opened_or_404(request, conversation_id).c
    names = [name for name in c.tag_names if name != request.POST.get("remove")]
    added = " ".join(request.POST.get("add", "").split())
    known = {name.casefold(): name for name in [*surroundings_of(request.agent).tags, *names]}  # type: ignore[attr-defined]
    if added:
        names.append(known.get(added.casefold(), added))
    set_tags(c, dict.fromkeys(names), by=request.agent)  # type: ignore[attr-defined]  # as above
    return acted(request, c.pk, "tag")


@for_agents
@require_POST
def snooze(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Put aside until a moment on the reader's own clock."""
    c = opened_or_404(request, conversation_id).c
    choice = request.POST.get("until", "")
    moment = (
        local_moment(request.POST.get("at", ""))
        if choice == "at"
        else snooze_moment(choice, timezone.localtime())
    )
    if moment is None:
        return acted(request, c.pk, "snooze", said=_("Choose when it shall come back."), is_refused=True)
    try:
        snooze_conversation(
            c,
            until=moment,
            by=request.agent,  # type: ignore[attr-defined]  # as above
            is_agreed=request.POST.get("agreed") == "1",
        )
    except NotAllowed as why:
        return acted(request, c.pk, "snooze", said=_(str(why)), is_refused=True)
    return acted(request, c.pk, "snooze")


def local_moment(value: str) -> datetime | None:
    """What a datetime-local field holds, on the reader's clock; None when it is empty or no moment."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    if not 1980 <= found.year <= 9000:  # the last days that a calendar knows can't be shown in every zone
        return None
    return found if found.tzinfo else timezone.make_aware(found)


@for_agents
@require_POST
def need(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """A person's word against the judgement: it needs no answer, or it does. Each takes the other back."""
    c = opened_or_404(request, conversation_id).c
    try:
        if request.POST.get("needs") == "yes":
            is_done = needs_an_answer(c, by=request.agent)  # type: ignore[attr-defined]  # as above
            said = _("It needs an answer: its clock counts from the customer's message.")
        else:
            is_done = needs_no_answer(c, by=request.agent)  # type: ignore[attr-defined]  # as above
            said = _("It needs no answer: its clock is cancelled. “Needs an answer” takes that back.")
    except NotAllowed as why:
        return acted(request, c.pk, "need", said=_(str(why)), is_refused=True)
    return acted(request, c.pk, "need", said=said if is_done else "")


@for_agents
@require_POST
def close(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Close it; whoever still waits counts as never answered, and the page says so."""
    c = opened_or_404(request, conversation_id).c
    was_waiting = c.needs_answer
    close_conversation(c, by=request.agent)  # type: ignore[attr-defined]  # as above
    said = (
        _("Closed without an answer: it counts as never answered. Reopen takes that back.")
        if was_waiting
        else ""
    )
    return acted(request, c.pk, "close", said=said)


@for_agents
@require_POST
def reopen(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Open it again, or wake what was put aside."""
    c = opened_or_404(request, conversation_id).c
    try:
        reopen_conversation(c, by=request.agent)  # type: ignore[attr-defined]  # as above
    except NotAllowed as why:
        return acted(request, c.pk, "reopen", said=_(str(why)), is_refused=True)
    return acted(request, c.pk, "reopen")


@for_agents
@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    """Take the conversation that most needs this agent: first in the order of need that is theirs or nobody's."""
    me: Agent = request.agent  # type: ignore[attr-defined]  # as above
    besides = request.POST.get("besides", "")
    found = lists.next_for(me, besides=int(besides) if besides.isdigit() else None)
    if found is None:
        return gone(request, _("Nobody is waiting for you."))
    opened = opened_or_404(request, found)
    if opened.c.assignee_id is None:
        assign_conversation(opened.c, by=me, agent=me)
        opened = opened_or_404(request, found)
    if request.headers.get("HX-Request") != "true":
        return HttpResponseRedirect(f"/desk/c/{found}/")
    answer = HttpResponse(folding.fragment("desk/_conversation.html", page_of(me, opened), request))
    answer["HX-Push-Url"] = f"/desk/c/{found}/"
    return answer
