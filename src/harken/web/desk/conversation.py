"""A conversation's page, its fragments, and who is reading it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from harken.base import presence
from harken.inbox.models import Mention
from harken.inbox.permissions import conversations_visible_to
from harken.team.models import Agent
from harken.web import folding
from harken.web.access import for_agents

from .listing import FILTERS, desk_answer, read_listing
from .looks import initials_of
from .people import panel_of
from .reading import Opened, etag_of, open_conversation, page_of
from .surroundings import surroundings_of
from .why import why_of

LISTS = ("view", "q", *FILTERS)


def opened_or_404(request: HttpRequest, conversation_id: int) -> Opened:
    """The conversation as this agent may see it; what is not theirs does not exist."""
    opened = open_conversation(request.agent, conversation_id)  # type: ignore[attr-defined]  # set by AccessMiddleware
    if opened is None:
        raise Http404
    return opened


def list_of(asked: Mapping[str, str]) -> dict[str, str]:
    """The list that a conversation was opened from, out of its address."""
    return {key: asked[key] for key in LISTS if asked.get(key)}


@for_agents
@require_safe
def conversation(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """The desk with this conversation open; only the pane when htmx asks for that."""
    agent: Agent = request.agent  # type: ignore[attr-defined]  # as above
    opened = opened_or_404(request, conversation_id)
    came_from = list_of(request.GET)
    path = "/desk/search/" if "q" in came_from else "/desk/"
    page = page_of(agent, opened, back=f"{path}?{urlencode(came_from)}" if came_from else path)
    if request.headers.get("HX-Target") == "pane":
        return HttpResponse(folding.fragment("desk/_conversation.html", page, request))
    listing = read_listing(agent, came_from, is_search="q" in came_from)
    return desk_answer(request, listing, pane="conversation", **page)


@for_agents
@require_safe
def now_fragment(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """What may have changed under a reader: head, thread, what leaves, what waits for approval. 304 if nothing did."""
    opened = opened_or_404(request, conversation_id)
    etag = etag_of(opened.c)
    if request.headers.get("If-None-Match") == etag:
        answer = HttpResponse(status=304)
    else:
        page = page_of(request.agent, opened)  # type: ignore[attr-defined]  # as above
        answer = HttpResponse(folding.fragment("desk/_now.html", page, request))
    answer["ETag"] = etag
    return answer


@for_agents
@require_safe
def person_fragment(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """The customer beside the conversation: handles, mood, history."""
    opened = opened_or_404(request, conversation_id)
    agent: Agent = request.agent  # type: ignore[attr-defined]  # as above
    page = {"c": opened.c, "p": panel_of(agent, opened.c), "agent": agent}
    return HttpResponse(folding.fragment("desk/_panel.html", page, request))


@for_agents
@require_safe
def why_fragment(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Why a conversation stands where it stands, for a look at its row in the list. Empty where nobody waits."""
    opened = opened_or_404(request, conversation_id)
    why = why_of(opened.c, opened.thread.facts)
    return HttpResponse(folding.fragment("desk/_why.html", {"why": why}) if why else "")


@for_agents
@require_http_methods(["GET", "POST"])
def who_is_here(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Who else is at this conversation. A POST says that this agent is (or has left)."""
    agent: Agent = request.agent  # type: ignore[attr-defined]  # as above
    found = (
        conversations_visible_to(agent)
        .filter(pk=conversation_id)
        .values_list("channel_id", flat=True)
        .first()
    )
    if found is None:
        raise Http404
    if request.method == "POST":
        doing = request.POST.get("doing", "reading")
        if doing == "leaving":
            presence.leave("conversation", conversation_id, user_id=agent.user_id)
            return HttpResponse(status=204)
        doing = doing if doing in presence.DOINGS else "reading"
        is_new = presence.be_present(
            "conversation", conversation_id, user_id=agent.user_id, doing=doing, scope_id=found
        )
        if is_new:
            Mention.objects.filter(
                message__conversation_id=conversation_id, agent=agent, seen_at=None
            ).update(seen_at=now())
    return HttpResponse(folding.fragment("desk/_presence.html", {"here": here(agent, conversation_id)}))


def here(agent: Agent, conversation_id: int) -> list[dict[str, Any]]:
    """Who else reads or writes, in words."""
    names = {one.user_id: one.name for one in surroundings_of(agent).colleagues}
    found = []
    for one in presence.presence_of(conversation_id, besides=agent.user_id)[:4]:
        name = names.get(one.user_id)
        if name is None:
            continue
        is_writing = one.doing == "writing"
        words = (_("%(name)s is writing") if is_writing else _("%(name)s is reading this too")) % {
            "name": name
        }
        found.append({"initials": initials_of(name), "words": words, "is_writing": is_writing})
    return found
