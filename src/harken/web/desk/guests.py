"""Other places: what was said where the place isn't ours, its rules beside it, and what a person did about it.

Harken only reads there. An answer is a link that somebody follows, by the rules of that place.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from harken.channels.models import Channel
from harken.guests.actions import NotAllowed, mark_post
from harken.guests.models import GuestPost, Place
from harken.guests.permissions import posts_visible_to
from harken.guests.policy import KEEP_DAYS, Answering, Mark, may_answer
from harken.guests.queries import places_with_counts, posts_newest_first
from harken.knowledge.queries import suggest_solutions
from harken.team.models import Agent
from harken.web.access import for_agents

ON_A_PAGE = 20
SHOWN = 420  # characters of a post that are shown before it is opened
LIST = "/desk/guests/"
KEPT = ("place", "q", "new", "page")  # of the address, when something was marked


@for_agents
@require_safe
def guests(request: HttpRequest) -> HttpResponse:
    """The newest posts of the places that this agent sees; the same number of statements however many."""
    agent: Agent = request.agent  # type: ignore[attr-defined]  # set by AccessMiddleware
    places = list(places_with_counts(agent))
    asked = request.GET
    chosen = next((one for one in places if str(one.pk) == asked.get("place", "")), None)
    words, is_new_only = asked.get("q", "").strip()[:100], asked.get("new") == "1"
    rows = posts_newest_first(
        agent, channel_id=chosen.pk if chosen else None, words=words, is_new_only=is_new_only
    )
    if asked.get("post", "").isdecimal():  # one of them, as the ledger leads to it
        rows = rows.filter(pk=int(asked["post"][:18]))
    page = Paginator(rows, ON_A_PAGE).get_page(asked.get("page", "1"))
    return render(
        request,
        "desk/guests.html",
        {
            "place": "desk",
            "places": [
                {"one": one, "href": _address(asked, place=str(one.pk), page=""), "is_chosen": one == chosen}
                for one in places
            ],
            "all_href": _address(asked, place="", page=""),
            "chosen": chosen,
            "chosen_words": recorded_words(getattr(chosen, "place", None)) if chosen else "",
            "kept_days": getattr(getattr(chosen, "place", None), "keep_days", KEEP_DAYS) if chosen else 0,
            "words": words,
            "is_new_only": is_new_only,
            "rows": [_row(one, asked, agent) for one in page],
            "page": page,
            "earlier": _address(asked, page=str(page.number - 1)),
            "further": _address(asked, page=str(page.number + 1)),
            "agent": agent,
        },
    )


@for_agents
@require_POST
def mark(request: HttpRequest, guest_post_id: int) -> HttpResponse:
    """Seen, answered there, or neither after all."""
    agent: Agent = request.agent  # type: ignore[attr-defined]  # as above
    post = posts_visible_to(agent).filter(pk=guest_post_id).first()
    do = request.POST.get("do", "")
    wanted = {"seen": Mark.SEEN, "answered": Mark.ANSWERED, "undo": Mark.NONE}.get(do)
    if post is None or wanted is None:
        raise Http404
    try:
        mark_post(post, by=agent, mark=wanted)
    except NotAllowed as why:
        messages.error(request, _(str(why)))
    return HttpResponseRedirect(f"{_address(request.GET)}#g{post.pk}")


def _address(asked: QueryDict, **others: str) -> str:
    """The list as it was asked for, with these things otherwise."""
    query = QueryDict(mutable=True)
    for name in KEPT:
        if value := others.get(name, asked.get(name, ""))[:100]:
            query[name] = value
    return f"{LIST}?{query.urlencode()}" if query else LIST


def _row(one: GuestPost, asked: QueryDict, agent: Agent) -> dict[str, Any]:
    place = getattr(one.channel, "place", None)
    here = _address(asked)
    is_asked_about = asked.get("similar") == str(one.pk)
    query = here.partition("?")[2]
    return {
        "one": one,
        "rules": rules_line(place),
        "rules_url": place.rules_url if place else "",
        "may_answer": may_answer(place.answering if place else None),
        "excerpt": one.text if len(one.text) <= SHOWN else one.text[:SHOWN].rsplit(maxsplit=1)[0] + " …",
        "is_longer": len(one.text) > SHOWN,
        "mark_href": f"{LIST}{one.pk}/mark/" + (f"?{query}" if query else ""),
        "similar_href": f"{here}{'&' if query else '?'}similar={one.pk}#g{one.pk}",
        "is_asked_about": is_asked_about,
        "similar": _similar(one) if is_asked_about else [],
    }


def rules_line(place: Place | None) -> str:
    """A place's rules in one line."""
    if place is None:
        return _("Its rules are not recorded, so we only read.")
    words = {
        Answering.READ: _("Run by %(who)s. We only read; never market."),
        Answering.ASKED: _("Run by %(who)s. We may answer when asked; never market."),
        Answering.WELCOME: _("Run by %(who)s. We are invited to answer; never market."),
    }
    return words[Answering(place.answering)] % {"who": place.run_by}


def recorded_words(place: Place | None) -> str:
    """Who allowed it and who promised what, in sentences."""
    if place is None:
        return _("Nobody has recorded this place’s rules.")
    day = date_format(localtime(place.promised_at), _("j F Y"))
    who = place.promised_by.name if place.promised_by else _("somebody who left")
    said = _("%(who)s promised on %(day)s that we never market there.") % {"who": who, "day": day}
    if may_answer(place.answering) and place.allowed_on:
        allowed = _("%(who)s allowed us to answer on %(day)s.") % {
            "who": place.allowed_by,
            "day": date_format(place.allowed_on, _("j F Y")),
        }
        return f"{allowed} {said}"
    return said


def _similar(one: GuestPost) -> list[dict[str, str]]:
    """What is solved in our community and fits, to be copied as a link."""
    channel: Channel = one.channel
    found = suggest_solutions(f"{one.title}\n{one.text}", brand=channel.brand)
    return [
        {
            "title": row.solution.title,
            "href": f"/community/t/{row.solution.topic_id}/{row.solution.topic.slug}/",
            "link": f"{settings.PUBLIC_URL}/community/t/{row.solution.topic_id}/{row.solution.topic.slug}/",
        }
        for row in found
    ]
