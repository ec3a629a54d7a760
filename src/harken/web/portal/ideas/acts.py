"""What is done with an idea: “me too”; and by the company's people: who owns it, how it stands, which others are the same."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from harken.community.actions.changing import NotAllowed, NotUnderstood
from harken.community.actions.weighing import merge_idea, own_idea, turn_idea, want_idea
from harken.community.models import Idea
from harken.community.queries.ideas import idea_of, ideas_visible_to, where_wanted
from harken.community.weighing import Status
from harken.team.models import Agent, Team
from harken.web.access import for_members
from harken.web.portal.acting.acts import act_and_return, address, reader_of, status_of, topic_here, writer_of

from .shown import NAMES, places, shown

TO_JOIN = 30  # ideas offered as the same


def _idea_here(request: HttpRequest, topic_id: int) -> Idea:
    found = idea_of(topic_here(request, topic_id))
    if found is None:
        raise Http404
    return found


@for_members
@require_POST
def want(request: HttpRequest, topic_id: int) -> HttpResponse:
    """“Me too”, or not any more (`do=back`); `next=list` leads back to the list."""
    idea = _idea_here(request, topic_id)
    is_wanted = request.POST.get("do") != "back"
    done = act_and_return(
        request, idea.topic, lambda: want_idea(idea, by=writer_of(request), is_wanted=is_wanted)
    )
    if request.POST.get("next") == "list" and done.status_code == 302:
        return HttpResponseRedirect(f"/community/ideas/#idea-{idea.pk}")
    return done


@for_members
@require_http_methods(["GET", "POST"])
def turn(request: HttpRequest, topic_id: int) -> HttpResponse:
    """For the company's people: who owns the idea, how it stands and what those who want it are told; `do` is own,
    turn or join."""
    if request.agent is None:  # type: ignore[attr-defined]  # set by AccessMiddleware
        raise Http404
    idea = _idea_here(request, topic_id)
    if request.method == "GET":
        return _page(request, idea, _standing(idea))
    typed = {name: request.POST.get(name, "").strip() for name in (*_standing(idea), "into")}
    do = request.POST.get("do", "")
    try:
        by = writer_of(request)
        if do == "own":
            own_idea(
                idea,
                by=by,
                team=_chosen(Team.objects.all(), typed["team"]),
                owner=_chosen(Agent.objects.filter(is_active=True), typed["owner"]),
                next_word_at=_day("next_word_at", typed["next_word_at"]),
                next_word=typed["next_word"],
            )
        elif do == "turn":
            if typed["status"] not in set(Status):
                raise NotUnderstood("status", _("Choose how it stands."))
            turn_idea(
                idea,
                by=by,
                status=typed["status"],
                word=typed["word"].replace("\r\n", "\n"),
                said=typed["said"],
                did=typed["did"],
                next_word_at=_day("next_word_at", typed["next_word_at"]),
                next_word=typed["next_word"],
            )
        elif do == "join":
            other = _chosen(ideas_visible_to(by), typed["into"])
            if other is None:
                raise NotUnderstood("into", _("Choose another idea."))
            merge_idea(idea, into=other, by=by)
        else:
            raise NotUnderstood("status", _("Choose what to do."))
    except (NotAllowed, NotUnderstood) as why:
        return _page(request, idea, typed, why=why)
    return HttpResponseRedirect(address(idea.topic))


def _standing(idea: Idea) -> dict[str, str]:
    return {
        "team": str(idea.team_id or ""),
        "owner": str(idea.owner_id or ""),
        "status": idea.status,
        "word": idea.word,
        "said": idea.said,
        "did": idea.did,
        "next_word_at": idea.next_word_at.isoformat() if idea.next_word_at else "",
        "next_word": idea.next_word,
    }


def _page(
    request: HttpRequest, idea: Idea, typed: dict[str, str], *, why: Exception | None = None
) -> HttpResponse:
    others = ideas_visible_to(reader_of(request)).exclude(pk=idea.pk)
    page: dict[str, Any] = {
        "place": "ideas",
        "one": shown(idea),
        "idea": idea,
        "topic": idea.topic,
        "typed": typed,
        "teams": Team.objects.order_by("name"),
        "owners": Agent.objects.filter(is_active=True).select_related("user").order_by("user__name"),
        "statuses": [(status.value, NAMES[status]) for status in Status],
        "places": places(where_wanted(idea)),
        "others": others.select_related("topic").order_by("-people", "-id")[:TO_JOIN],
        "problem": _(str(why)) if why else "",
        "problem_at": why.field if isinstance(why, NotUnderstood) else "",
    }
    return render(request, "portal/idea_turn.html", page, status=status_of(why) if why else 200)


def _chosen(rows: Any, number: str) -> Any:
    return rows.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 18 else None


def _day(field: str, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotUnderstood(field, _("Write the day as 2026-12-01.")) from None
