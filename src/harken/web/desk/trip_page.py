"""The page of a conversation and the community: consent, the question in our words, answers and their way back."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from harken.brain.personal import find_personal, take_out
from harken.channels.account import connector_of
from harken.community.models import Post, Space
from harken.community.policy import Voice, voice_to_show
from harken.inbox.models import Conversation
from harken.travel import policy
from harken.travel.actions.asking import barriers_to, names_of
from harken.travel.actions.planning import goings_of, rule_for
from harken.travel.actions.sending import MAY_LEAVE, text_to_send
from harken.travel.models import Consent, Departure, Trip
from harken.travel.solved import solved_before

from .carrying import carry_part
from .looks import look_of, place_of, place_words
from .trip_stands import stands_of
from .wanting import idea_part

MOST_ANSWERS = 20


def community_page(
    request: HttpRequest,
    c: Conversation,
    *,
    typed: dict[str, str] | None = None,
    stops: list[str] | None = None,
    problem: str = "",
    is_looked: bool = False,
    is_confirmed: bool = False,
    texts: dict[int, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    trip = trip_of(c)
    page: dict[str, Any] = {
        "c": c,
        "trip": trip,
        "network": look_of(c.channel).label,
        "place": "desk",
        "where": place_of(c.is_public),
        "where_words": place_words(c.is_public, c.channel),
        "problem": problem,
        "stops": stops or [],
        "ideas": idea_part(c),
        "key": (typed or {}).get("key") or secrets.token_hex(12),
        "asked": list(c.messages.filter(direction="in", deleted_at=None).order_by("-happened_at", "-id")[:5])[
            ::-1
        ],
    }
    page["solved"] = solved_before(c) if trip is None or trip.state in MAY_LEAVE else []
    if trip is not None:
        page |= {"answers": _answers(trip, texts or {}), "steps": steps_of(trip), "carry": carry_part(trip)}
        page["is_unclaimed"] = trip.topic.author.user_id is None
        page["stands"] = stands_of(trip)
    else:
        found = Consent.objects.filter(conversation=c).select_related("words").first()
        page |= {
            "consent": found,
            "since_asked": [m for m in reversed(page["asked"]) if found and m.happened_at >= found.asked_at],
            "needs_consent": not c.is_public and (found is None or found.state != Consent.State.GIVEN),
            "consent_text": policy.in_language(policy.ASK_CONSENT, c.language),
            "spaces": list(open_spaces()),
            "form": typed or _first_form(c),
            "tell": _first_telling(c),
            "is_confirmed": is_confirmed,
            "is_looked": is_looked,
        }
        if typed is not None:
            page["tell"] = typed["tell"] or page["tell"]
            page["cleaned"] = cleaned_words(c, typed["title"], typed["text"])
        if is_looked and typed is not None:
            found_stops = barriers_to(c, title=typed["title"], text=typed["text"], is_confirmed=is_confirmed)
            page["stops"] = [_(str(barrier)) for barrier in found_stops]
    return render(request, "desk/community.html", page, status=status)


def _first_form(c: Conversation) -> dict[str, str]:
    """An empty form; the customer's words stand beside it, not in it: they are to be put into ours."""
    return {"space": "", "title": "", "text": "", "tags": "", "tell": "", "key": ""}


def _first_telling(c: Conversation) -> str:
    """What the asker is told unless the agent words it otherwise: the link, and how the topic becomes theirs."""
    texts = (policy.TELL_ASKED, policy.TELL_CLAIM)
    return "\n".join(policy.in_language(text, c.language) for text in texts)


def cleaned_words(c: Conversation, title: str, text: str) -> dict[str, Any] | None:
    """The text as it would be with everything taken out that could tell who this is; None if nothing could."""
    names = names_of(c)
    in_title, in_text = find_personal(title, names=names), find_personal(text, names=names)
    if not in_title and not in_text:
        return None
    return {
        "title": take_out(title, in_title),
        "text": take_out(text, in_text),
        "found": sorted(
            {title[f.start : f.end] for f in in_title} | {text[f.start : f.end] for f in in_text}
        ),
    }


def _answers(trip: Trip, texts: dict[int, str]) -> list[dict[str, Any]]:
    """The topic's answers, each with the very text that would be posted."""
    rows = (
        Post.objects.filter(topic_id=trip.topic_id, kind=Post.Kind.ANSWER, state=Post.State.SHOWN)
        .select_related("author__user__agent", "checked_by")
        .order_by("-thanks", "created_at")[:MOST_ANSWERS]
    )
    rows = list(rows)
    rule = rule_for(trip.conversation)
    goings = goings_of(trip, rows, rule)
    departures = {one.post_id: one for one in trip.departures.select_related("stopped_by__user")}
    connector = connector_of(trip.conversation.channel)
    limit = connector.limits().text
    found = []
    for post in rows:
        voice = voice_to_show(post.voice, is_super_user=post.author.is_super_user)
        may_travel = post.may_travel or Voice(post.voice).is_company
        text = texts.get(post.pk) or text_to_send(trip, post)
        departure = departures.get(post.pk)
        is_planned = departure is not None and departure.state == Departure.State.PLANNED
        found.append(
            {
                "post": post,
                "voice": voice.value,
                "may_travel": may_travel and trip.state in MAY_LEAVE,
                "is_held_back": not may_travel,
                "text": text,
                "length": connector.measure_text(text),
                "limit": limit,
                "key": secrets.token_hex(12),
                "may_check": not Voice(post.voice).is_company,
                "departure": departure if is_planned and trip.state in UNSENT else None,
                "goes_because": because_words(departure.because, trip, post) if departure else "",
                "why_not": _why_a_person(goings[post.pk], departure) if rule and trip.state in UNSENT else "",
                "is_chosen": trip.topic.chosen_id == post.pk,
                "is_travelled": trip.answer_id == post.pk and trip.state not in MAY_LEAVE,
            }
        )
    return found


UNSENT = (Trip.State.ASKED, Trip.State.ANSWERED)


def because_words(because: str, trip: Trip, post: Post) -> str:
    """What in the rule an answer fulfilled, in words."""
    if because == policy.Because.ACCEPTED:
        return _("%(name)s says that it solved it") % {"name": trip.topic.author.name}
    if because == policy.Because.CHECKED:
        name = post.checked_by.name if post.checked_by else _("one of us")
        return _("%(name)s checked it") % {"name": name}
    return _("it worked for %(n)s who tried it, and %(name)s is trusted with it") % {
        "n": post.worked,
        "name": post.author.name,
    }


def _why_a_person(going: policy.Going, departure: Departure | None) -> str:
    """The first reason why a person sends it; "" where it goes by itself."""
    if going.is_going:
        return ""
    stop = going.stops[0]
    if stop is policy.Stop.STOPPED and departure is not None and departure.stopped_by is not None:
        return _("%(name)s stopped it: a person sends it.") % {"name": departure.stopped_by.name}
    return _(str(stop))


def steps_of(trip: Trip) -> list[dict[str, Any]]:
    """The way of the question and its answer, step by step, with what is still to come."""
    topic, network = trip.topic, str(look_of(trip.conversation.channel).label)
    is_out = trip.state in (Trip.State.SENT, Trip.State.THANKED, Trip.State.FAILED)
    last = {
        Trip.State.THANKED: _("Thanked"),
        Trip.State.FAILED: _("It didn’t work"),
        Trip.State.STUCK: _("Did not leave"),
    }.get(Trip.State(trip.state), _("What the customer says"))
    if trip.withdrawal:
        last = _("Taken away again")
    begun = _("Asked in private") if trip.is_private else _("Asked on %(network)s") % {"network": network}
    return [
        {"words": begun, "at": trip.asked and trip.asked.happened_at, "is_done": True},
        {"words": _("In the community"), "at": trip.opened_at, "is_done": True},
        {"words": _("Answered"), "at": topic.answered_at, "is_done": topic.answered_at is not None},
        {"words": _("Back in the thread"), "at": trip.sent_at, "is_done": is_out},
        {"words": last, "at": trip.back_at, "is_done": trip.state in (Trip.State.THANKED, Trip.State.FAILED), "is_bad": bool(trip.withdrawal) or trip.state in (Trip.State.FAILED, Trip.State.STUCK)},
    ]  # fmt: skip


def trip_of(c: Conversation) -> Trip | None:
    return (
        Trip.objects.filter(conversation=c)
        .exclude(state=Trip.State.ENDED)
        .select_related(
            "topic__space",
            "topic__author",
            "conversation__channel",
            "conversation__brand",
            "conversation__clock",
            "asked",
            "answer",
        )
        .order_by("-opened_at")
        .first()
    )


def open_spaces() -> Any:
    return Space.objects.filter(audience=Space.Audience.EVERYONE, is_open=True).order_by("position", "id")
