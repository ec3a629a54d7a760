"""The demo's ideas: proposed, wanted here and on the networks, owned by a department, and answered one way or the other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from harken.community.actions.weighing import merge_idea, own_idea, turn_idea, want_idea
from harken.community.actions.writing import open_topic
from harken.community.models import Idea, Member, Post, Topic, Want
from harken.demo.company import read_toml
from harken.demo.founding import Founded
from harken.demo.gathering import Gathered
from harken.demo.spans import span
from harken.inbox.models import Conversation, Message
from harken.travel.actions.answering_ideas import count_customer, write_telling

WANTED_EVERY = timedelta(hours=7)  # how far apart those stand who say that they want it too


def propose_ideas(gathered: Gathered, founded: Founded, *, now: datetime) -> None:
    """Every idea with all that was said of it up to now (caller's transaction). The conversations are there already."""
    known: dict[str, Idea] = {}
    for one in read_toml("ideas.toml")["idea"]:
        at = now - span(one["ago"])
        topic = open_topic(
            gathered.spaces[one["space"]],
            by=gathered.members[one["by"]],
            title=one["title"],
            text=one["text"],
            kind=Topic.Kind.IDEA,
            tags=one.get("tags", ()),
            at=at,
        )
        Topic.objects.filter(pk=topic.pk).update(is_demo=True)
        Post.objects.filter(topic=topic).update(is_demo=True)
        idea = Idea.objects.get(topic=topic)
        Idea.objects.filter(pk=idea.pk).update(is_demo=True)
        known[one["id"]] = idea
        _want(idea, one, gathered.members, founded, at=at, now=now)
        _turn(idea, one, gathered.members, founded, now=now)
        if "into" in one:
            by = gathered.members["delphine"]
            merge_idea(idea, into=known[one["into"]], by=by, at=now - span(one["ago_into"]))


def _want(
    idea: Idea,
    one: Mapping[str, Any],
    members: Mapping[str, Member],
    founded: Founded,
    *,
    at: datetime,
    now: datetime,
) -> None:
    for number, slug in enumerate(one["wanted"], 1):
        want_idea(idea, by=members[slug], at=min(at + number * WANTED_EVERY, now))
    if "heard" in one:
        for conversation in _who_said(one["heard"])[: one["most"]]:
            said_at = max(conversation.first_message_at, at) + timedelta(hours=1)
            count_customer(conversation, idea=idea, by=founded.agents["aoife"], at=min(said_at, now))
    Want.objects.filter(idea=idea, at__gt=now).update(at=now)


def _who_said(words: list[str]) -> list[Conversation]:
    """Conversations in which a customer used one of these words, one a person, those of the networks first."""
    said = Q()
    for word in words:
        said |= Q(text__contains=word)
    messages = Message.objects.filter(said, direction="in", channel__is_demo=True, deleted_at=None)
    rows = Conversation.objects.filter(
        pk__in=messages.values("conversation_id"), is_archive=False
    ).select_related("channel")
    found: dict[int, Conversation] = {}
    for row in rows.order_by("-is_public", "pk"):
        found.setdefault(row.person_id, row)
    return list(found.values())


def _turn(
    idea: Idea, one: Mapping[str, Any], members: Mapping[str, Member], founded: Founded, *, now: datetime
) -> None:
    if "team" not in one:
        return
    days, about = one.get("next", [7, ""])
    next_word_at = (now + timedelta(days=days)).date()
    owner = founded.agents[one["owner"]] if "owner" in one else None
    first = now - span(one["turns"][0][0])
    own_idea(
        idea, by=members["delphine"], team=founded.teams[one["team"]], owner=owner, at=first - timedelta(hours=2)
    )  # fmt: skip
    for ago, status, by, word, *ends in one["turns"]:
        said, did = ends or ("", "")
        turn_idea(
            idea, by=members[by], status=status, word=word, said=said, did=did, at=now - span(ago),
            next_word_at=None if ends else next_word_at, next_word="" if ends else about,
        )  # fmt: skip
    if "telling" in one:
        telling = one["telling"]
        write_telling(
            idea, by=founded.agents[telling["by"]], texts={"": telling["text"], "de": telling["de"]},
            at=now - span(one["turns"][-1][0]) + timedelta(hours=5),
        )  # fmt: skip
