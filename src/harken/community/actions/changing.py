"""What every write to a topic shares: it is locked, its figures are derived, its version rises, the fact is recorded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.base import journal
from harken.clocks.actions import follow_wait
from harken.clocks.promises import Promise, current_promises
from harken.community import policy
from harken.community.events import TopicEvent
from harken.community.models import Member, Post, Space, Topic
from harken.community.permissions import may_write

from .carrying import follow_asking
from .taking_turns import take_turn


class NotAllowed(Exception):
    """The member may not do this; the message says why, in words for them."""


class Overtaken(NotAllowed):
    """What it was about has changed meanwhile: closed, taken away, edited by somebody else."""


class TooMuch(NotAllowed):
    """More than their standing allows for now; the message says until when or how much."""


class NotUnderstood(ValueError):
    """What was typed can't be kept; `field` names where, the message says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def lock(topic_id: int) -> Topic:
    """The topic, locked against other writers until the transaction ends (SQLite: the one writer)."""
    return Topic.objects.select_for_update(of=("self",)).select_related("space", "clock").get(pk=topic_id)


def check_writer(member: Member) -> None:
    """Raises NotAllowed for one who may say nothing at all."""
    if not may_write(member):
        raise NotAllowed(_("This account may not write here at the moment."))


def derive(topic: Topic, *, at: datetime) -> None:
    """Bring the topic's figures, its clock, its due time and its circles in line with what was said; saves the topic."""
    said = [
        policy.Said(
            id=row["id"],
            author_id=row["author_id"],
            kind=row["kind"],
            voice=policy.Voice(row["voice"]),
            at=row["created_at"],
            is_shown=row["state"] == Post.State.SHOWN,
            thanks=row["thanks"],
        )
        for row in topic.said.values("id", "author_id", "kind", "voice", "created_at", "state", "thanks")
    ]
    found = policy.standing(said, asker_id=topic.author_id)
    topic.answers, topic.posts, topic.thanks = found.answers, found.posts, found.thanks
    topic.last_at, topic.last_author_id = found.last_at or topic.created_at, found.last_author_id
    is_gone = topic.answered_at is not None and found.answered_at is None
    topic.answered_at, topic.answered_voice = found.answered_at, found.answered_voice
    follow_clock(topic, at=at, answer_gone_at=at if is_gone else None)
    topic.save(
        update_fields=[
            "answers", "posts", "thanks", "last_at", "last_author", "answered_at", "answered_voice", "clock", "due_at",
        ]
    )  # fmt: skip
    follow_asking(topic, at=at)


def promise_of(topic: Topic) -> Promise:
    """How soon a question of this space is promised its first answer: the brand's own target, one hour without."""
    return current_promises().promise(
        kind="first", brand_id=topic.space.brand_id, channel_id=0, urgency="normal"
    )


def follow_clock(topic: Topic, *, at: datetime, answer_gone_at: datetime | None = None) -> None:
    """Run, stop or go on with the topic's clock: a shown question waits from when it was asked to its first answer; when
    its only one was taken away, at `answer_gone_at`, it waits again with what was left."""
    waits = (
        topic.kind == Topic.Kind.QUESTION
        and topic.is_shown
        and topic.answered_at is None
        and topic.chosen_id is None
        and topic.state == Topic.State.OPEN
        and topic.space.is_open  # else nobody may answer
        and topic.origin is None  # imported history has no promise
    )
    # an answer comes after its question also where the machine's clock was set back in between
    answered_at = max(topic.answered_at, topic.created_at) if topic.answered_at else None
    if topic.leads_clock:
        topic.clock = follow_wait(
            topic.clock,
            waiting_since=topic.created_at if waits else None,
            promise=promise_of(topic),
            at=at,
            answered_at=answered_at,
            answer_gone_at=answer_gone_at,
        )
    topic.due_at = topic.clock.due_at if waits and topic.clock else None


def touch(
    topic: Topic, event: type[TopicEvent], *, by: Member | None, at: datetime | None = None, **details: Any
) -> int:
    """Raise the version and record the fact, in the caller's transaction; returns the version."""
    Topic.objects.filter(pk=topic.pk).update(version=F("version") + 1)
    topic.version = Topic.objects.values_list("version", flat=True).get(pk=topic.pk)
    journal.record(
        event(
            subject_id=topic.pk,
            version=topic.version,
            actor_id=by.user_id if by else None,
            at=at or now(),
            scope_id=topic.space_id,
            space_id=topic.space_id,
            **details,
        )
    )
    return topic.version


def count_space(space_id: int) -> None:
    """Bring the number of shown topics of a space in line, and raise its version."""
    take_turn(Space.objects.filter(pk=space_id))
    shown = Topic.objects.filter(space_id=space_id, is_shown=True).count()
    Space.objects.filter(pk=space_id).update(topic_count=shown, version=F("version") + 1)


def title_of(title: str) -> str:
    """A title as it is kept; raises NotUnderstood."""
    found = " ".join(title.split())
    if not found:
        raise NotUnderstood("title", _("Say in one line what you want to know."))
    if len(found) > policy.LONGEST_TITLE:
        raise NotUnderstood(
            "title", _("Keep the title under %(most)s characters.") % {"most": policy.LONGEST_TITLE}
        )
    return found


def text_of(text: str, *, longest: int = policy.LONGEST_TEXT) -> str:
    """A post's text as it is kept; raises NotUnderstood."""
    found = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()
    if not found:
        raise NotUnderstood("text", _("Write something first."))
    if len(found) > longest:
        raise NotUnderstood(
            "text",
            _("This is %(count)s characters; %(most)s is the most.") % {"count": len(found), "most": longest},
        )
    return found
