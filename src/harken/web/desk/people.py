"""The customer: the panel beside a conversation, the page of a person, and taking a merge back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import get_language_info, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from harken.base.joints import joined
from harken.inbox import queries
from harken.inbox.models import Conversation, Message
from harken.inbox.permissions import conversations_visible_to
from harken.people.actions import CannotMerge, undo_merge
from harken.people.models import Merge, Person
from harken.team.models import Agent
from harken.travel.solved import solved_before
from harken.web.access import for_agents

from .looks import initials_of, look_of, network_of
from .trip_stands import trip_line

SHOWN_HISTORY = 8
MOOD_OVER = 12  # touches drawn at most
MOODS = {
    -2: gettext_lazy("angry"),
    -1: gettext_lazy("upset"),
    0: gettext_lazy("neutral"),
    1: gettext_lazy("glad"),
    2: gettext_lazy("delighted"),
}


@dataclass(frozen=True, slots=True)
class Mood:
    """The mood of a person's messages as a line, the newest last."""

    count: int
    now: str
    path: str
    dots: list[dict[str, Any]]
    first_at: datetime
    last_at: datetime
    words: str


def panel_of(agent: Agent, c: Conversation) -> dict[str, Any]:
    """What the customer panel shows beside a conversation."""
    person = c.person
    history = queries.history_of(agent, person, besides=c.pk, limit=SHOWN_HISTORY + 1)
    return {
        **facts_of(agent, person, here=c.handle_id),
        "promise": c.promised_at,
        "trip": trip_line(c),
        "solved": solved_before(c, limit=2) if c.needs_answer and not c.is_archive else [],
        "history": [history_line(one) for one in history[:SHOWN_HISTORY]],
        "has_more_history": len(history) > SHOWN_HISTORY,
        "others": [
            {"id": one.pk, "name": one.handle.name or one.handle.shown, "words": standing_words(one)}
            for one in queries.others_in_thread(agent, c)[:6]
        ],
    }


def facts_of(agent: Agent, person: Person, *, here: int | None = None) -> dict[str, Any]:
    """Who a person is to us: handles, merges, mood, language, local time."""
    handles = queries.handles_of(person)
    return {
        "id": person.pk,
        "name": person.name or (handles[0].name or str(handles[0]) if handles else _("Unknown")),
        "initials": initials_of(person.name or (str(handles[0]) if handles else "?")),
        "since_words": _("First heard in %(when)s")
        % {"when": date_format(localtime(person.created_at), _("F Y"))},
        "local_time": _local_time(person),
        "handles": [
            {
                "icon": network_of(h.network).icon,
                "shown": h.shown or h.key,
                "url": h.url if h.url.startswith(("https://", "http://")) else "",
                "is_here": h.pk == here,
                "words": _("writes here") if h.pk == here else str(network_of(h.network).label),
            }
            for h in handles
        ],
        "merges": [
            {"id": m.pk, "words": _("Two persons in one: %(evidence)s") % {"evidence": m.evidence}}
            for m in Merge.objects.filter(kept=person, undone_at=None).order_by("-at")[:5]
        ],
        "mood": mood_of(agent, person),
        "facts": _facts(person),
    }


def _facts(person: Person) -> list[tuple[str, str]]:
    found = []
    if person.language:
        try:
            name = get_language_info(person.language)["name_translated"]
        except KeyError:
            name = person.language
        found.append((_("Language"), name))
    if person.note:
        found.append((_("Note"), person.note))
    return found


def _local_time(person: Person) -> str:
    if not person.zone:
        return ""
    try:
        there = localtime(now(), ZoneInfo(person.zone))
    except (ZoneInfoNotFoundError, ValueError):
        return ""
    return _("there it is %(time)s") % {"time": date_format(there, "H:i")}


def history_line(c: Conversation) -> dict[str, Any]:
    """One conversation of a person's history."""
    return {
        "id": c.pk,
        "icon": look_of(c.channel).icon,
        "title": c.subject or c.preview or str(look_of(c.channel).label),
        "at": c.last_message_at,
        "words": standing_words(c),
    }


def standing_words(c: Conversation) -> str:
    """Where a conversation stands, in a few words."""
    if c.state == "closed":
        if c.answered_at and c.asked_at:
            return _("closed, first answer after %(time)s") % {"time": span_words(c.answered_at - c.asked_at)}
        return _("closed without an answer") if c.asked_at else _("closed")
    if c.needs_answer:
        return _("never answered") if c.is_archive else _("waits for an answer")
    if c.answered_at and c.asked_at:
        return _("answered after %(time)s") % {"time": span_words(c.answered_at - c.asked_at)}
    return _("snoozed") if c.state == "snoozed" else _("open")


def span_words(span: Any) -> str:
    """A length of time in its largest unit that says enough."""
    minutes = max(0, round(span.total_seconds() / 60))
    if minutes < 60:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    hours = round(minutes / 60)
    if hours < 48:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    days = round(hours / 24)
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def mood_of(agent: Agent, person: Person) -> Mood | None:
    """The mood of what the person wrote, over all channels that this agent may see; None under two touches."""
    rows = list(
        Message.objects.filter(
            conversation__in=conversations_visible_to(agent).filter(person=person).values("pk"),
            direction="in",
            sentiment__isnull=False,
        )
        .order_by("-happened_at")
        .values_list("sentiment", "happened_at")[:MOOD_OVER]
    )
    if len(rows) < 2:
        return None
    rows.reverse()
    step = 268 / (len(rows) - 1)
    # the drawing is 280 x 56 with the neutral line in its middle; up is glad
    dots = [
        {
            "x": round(6 + step * number),
            "y": 28 - 10 * max(-2, min(2, value)),
            "is_last": number == len(rows) - 1,
        }
        for number, (value, _at) in enumerate(rows)
    ]
    value = max(-2, min(2, rows[-1][0]))
    moods = joined(MOODS[max(-2, min(2, one))] for one, _at in rows)
    return Mood(
        count=len(rows),
        now=_("now: %(mood)s") % {"mood": str(MOODS[value])},
        path="M" + " L".join(f"{dot['x']} {dot['y']}" for dot in dots),
        dots=dots,
        first_at=rows[0][1],
        last_at=rows[-1][1],
        words=_("From the oldest to the newest message: %(moods)s") % {"moods": moods},
    )


def _person_or_404(agent: Agent, person_id: int) -> Person:
    """A person whom this agent may know: one who wrote in a conversation that they may see."""
    if not conversations_visible_to(agent).filter(person_id=person_id).exists():
        raise Http404
    found = Person.objects.filter(pk=person_id).first()
    if found is None:
        raise Http404
    return found


@for_agents
@require_safe
def person_page(request: HttpRequest, person_id: int) -> HttpResponse:
    """All about a person: handles, mood, every conversation on every channel that the agent may see."""
    agent: Agent = request.agent  # type: ignore[attr-defined]  # set by AccessMiddleware
    person = _person_or_404(agent, person_id)
    history = queries.history_of(agent, person, limit=200)
    page = {
        "p": facts_of(agent, person),
        "person": person,
        "history": [history_line(one) for one in history],
        "place": "people",
    }
    return render(request, "desk/person.html", page)


@for_agents
@require_POST
def undo_merge_page(request: HttpRequest, person_id: int, merge_id: int) -> HttpResponse:
    """Take a merge back: the handles and their conversations go to the other person again."""
    agent: Agent = request.agent  # type: ignore[attr-defined]  # as above
    person = _person_or_404(agent, person_id)
    merge = Merge.objects.filter(pk=merge_id, kept=person).select_related("kept", "merged").first()
    if merge is None:
        raise Http404
    try:
        undo_merge(merge, by=agent.user)
        messages.success(request, _("They are two persons again."))
    except CannotMerge as why:
        messages.error(request, _(str(why)))
    return HttpResponseRedirect(f"/people/{person.pk}/")
