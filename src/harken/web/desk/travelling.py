"""A conversation and the community: consent, the question in our words, answers on their way back into the thread."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from harken.base.joints import parted
from harken.brain.personal import find_personal, take_out
from harken.channels.account import connector_of
from harken.community.actions.changing import NotAllowed as CommunityNotAllowed
from harken.community.actions.changing import NotUnderstood
from harken.community.models import Post, Space
from harken.community.policy import Voice, voice_to_show
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.actions.replying import Changed, save_draft
from harken.inbox.models import Conversation, Draft, Message
from harken.inbox.permissions import conversations_visible_to
from harken.team.models import Agent
from harken.travel import policy
from harken.travel.actions.asking import (
    Stopped,
    ask_consent,
    barriers_to,
    begin_trip,
    names_of,
    settle_consent,
)
from harken.travel.actions.planning import goings_of, rule_for
from harken.travel.actions.sending import MAY_LEAVE, send_answer, text_to_send
from harken.travel.models import Consent, Departure, Trip
from harken.travel.solved import solved_before
from harken.web.access import for_agents

from .carrying import carry_part
from .looks import look_of, place_of, place_words
from .trip_stands import stands_of
from .wanting import idea_part

MOST_ANSWERS = 20
REFUSALS = (NotAllowed, CommunityNotAllowed, NotUnderstood)


def conversation_here(request: HttpRequest, conversation_id: int) -> Conversation:
    agent: Agent = request.agent  # type: ignore[attr-defined]  # set by AccessMiddleware
    found = (
        conversations_visible_to(agent)
        .filter(pk=conversation_id)
        .select_related("channel", "brand", "person", "handle", "clock")
        .first()
    )
    if found is None:
        raise Http404
    return found


@for_agents
@require_http_methods(["GET", "POST"])
def community(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """What the community has to do with this conversation. A POST asks it. "do" = look only shows what
    would be; clean does so with everything taken out that could tell who they are."""
    c = conversation_here(request, conversation_id)
    if request.method == "GET":
        return _page(request, c)
    agent: Agent = request.agent  # type: ignore[attr-defined]  # as above
    typed = {name: request.POST.get(name, "") for name in ("space", "title", "text", "tags", "tell", "key")}
    is_confirmed = request.POST.get("confirmed") == "1"
    if request.POST.get("do") == "clean" and (cleaned := _cleaned(c, typed["title"], typed["text"])):
        typed |= {"title": cleaned["title"], "text": cleaned["text"]}
    if request.POST.get("do") in ("look", "clean"):
        return _page(request, c, typed=typed, is_looked=True, is_confirmed=is_confirmed)
    space = open_spaces().filter(pk=typed["space"] if typed["space"].isdigit() else 0).first()
    if space is None:
        return _page(request, c, typed=typed, problem=_("Choose a space."), status=422)
    try:
        begin_trip(
            c,
            by=agent,
            space=space,
            title=typed["title"],
            text=typed["text"],
            tags=parted(typed["tags"]),
            request_key=typed["key"],
            is_confirmed=is_confirmed,
            tell=typed["tell"] if request.POST.get("tells") == "1" else "",
        )
    except Stopped as why:
        stops = [_(str(barrier)) for barrier in why.barriers]
        return _page(request, c, typed=typed, stops=stops, is_confirmed=is_confirmed, status=409)
    except REFUSALS as why:
        return _page(request, c, typed=typed, problem=_(str(why)), is_confirmed=is_confirmed, status=422)
    messages.info(request, _("The community is asked. You see its answers here."))
    return back_to(c)


@for_agents
@require_POST
def consent(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Ask the customer for their yes, or keep what a person read in the customer's own message."""
    c = conversation_here(request, conversation_id)
    agent: Agent = request.agent  # type: ignore[attr-defined]  # as above
    try:
        if request.POST.get("do") == "ask":
            ask_consent(
                c, by=agent, text=request.POST.get("text", ""), request_key=request.POST.get("key", "")
            )
            messages.info(request, _("The customer is asked. Their answer shows here."))
        else:
            found = Consent.objects.filter(conversation=c).select_related("conversation").first()
            if found is None:
                raise NotAllowed("The customer was not asked yet.")
            words = request.POST.get("message", "")
            message = Message.objects.filter(conversation=c, pk=words).first() if words.isdigit() else None
            state = "given" if request.POST.get("do") == "given" else "refused"
            settle_consent(found, state, words=message, by=agent)
    except (NotAllowed, ValueError) as why:
        messages.error(request, _(str(why)))
    return back_to(c)


@for_agents
@require_POST
def send(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Post an answer in the customer's thread, as it was previewed."""
    c = conversation_here(request, conversation_id)
    agent: Agent = request.agent  # type: ignore[attr-defined]  # as above
    trip = trip_of(c)
    number = request.POST.get("post", "")
    post = (
        Post.objects.filter(pk=number, topic_id=trip.topic_id).first() if trip and number.isdigit() else None
    )
    if trip is None or post is None:
        raise Http404
    text, version = request.POST.get("text", "").replace("\r\n", "\n"), request.POST.get("version", "")
    try:
        send_answer(
            trip,
            post=post,
            by=agent,
            text=text,
            request_key=request.POST.get("key", ""),
            seen_version=int(version) if version.isdigit() else None,
        )
    except Changed:
        said = _("Somebody spoke in the thread meanwhile. Read it, then send.")
        return _page(request, c, problem=said, texts={post.pk: text}, status=409)
    except (NotAllowed, ValueError) as why:
        return _page(request, c, problem=_(str(why)), texts={post.pk: text}, status=422)
    messages.info(request, _("On its way. It can be taken back in the thread until it leaves."))
    return HttpResponseRedirect(f"/desk/c/{c.pk}/")


@for_agents
@require_POST
def use(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Put a solution into the reply that is being written, below what stands there; nothing is sent."""
    c = conversation_here(request, conversation_id)
    agent: Agent = request.agent  # type: ignore[attr-defined]  # as above
    number = request.POST.get("topic", "")
    chosen = next((one for one in solved_before(c) if str(one.topic.pk) == number), None)
    if chosen is None:
        messages.error(request, _("This topic does not fit any more. Look again."))
        return back_to(c)
    mode = "public" if c.is_public else "private"
    draft = (
        Draft.objects.filter(conversation=c, agent=agent, mode=mode).values_list("text", flat=True).first()
    )
    save_draft(c, by=agent, mode=mode, text=f"{draft}\n\n{chosen.text}" if draft else chosen.text)
    return HttpResponseRedirect(f"/desk/c/{c.pk}/")


def _page(
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
            page["cleaned"] = _cleaned(c, typed["title"], typed["text"])
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


def _cleaned(c: Conversation, title: str, text: str) -> dict[str, Any] | None:
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


def back_to(c: Conversation) -> HttpResponse:
    return HttpResponseRedirect(f"/desk/c/{c.pk}/community/")
