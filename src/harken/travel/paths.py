"""The path of a question that came from elsewhere, for whoever may read its topic: public facts only, one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.timezone import now

from harken.community.models import Member, Post, Space

from .models import Trip

NEWS_FOR = timedelta(days=7)  # a question that travelled is shown on the first page so long


@dataclass(frozen=True, slots=True)
class Path:
    """How far a question and its answer have come. Of a private thread nothing but that there is one."""

    topic_id: int
    state: str  # of Trip
    network: str
    is_private: bool
    asked_at: datetime
    opened_at: datetime
    asker: str
    asker_state: str
    opened_by: str
    sent_at: datetime | None
    back_at: datetime | None
    answerer: str  # "" before an answer was sent
    answerer_state: str
    answerer_voice: str
    answered_at: datetime | None
    title: str
    slug: str
    is_super_user: bool


_FIELDS = (
    "topic_id", "state", "network", "is_private", "asked__happened_at", "opened_at", "topic__author__name",
    "topic__author__state", "topic__summarised_by__name", "sent_at", "back_at", "answer__author__name",
    "answer__author__state", "answer__voice", "answer__created_at", "topic__title", "topic__slug",
    "answer__author__is_super_user",
)  # fmt: skip


def read_path(topic_id: int) -> Path | None:
    """The path of this topic's question; None for one that was asked here. The caller has shown that the topic may be
    read."""
    return _first(Trip.objects.filter(topic_id=topic_id))


def newest_path(*, at: datetime | None = None) -> Path | None:
    """The public question that travelled last, thanked or sent, in a place that everybody reads."""
    since = (at or now()) - NEWS_FOR
    found = Trip.objects.filter(
        state__in=[Trip.State.SENT, Trip.State.THANKED], is_private=False, sent_at__gte=since,
        topic__is_shown=True, topic__space__audience=Space.Audience.EVERYONE, answer__state=Post.State.SHOWN,
        answer__author__state=Member.State.ACTIVE,
    )  # fmt: skip
    return _first(found.order_by("-sent_at"))


def _first(trips: QuerySet[Trip]) -> Path | None:
    row = trips.values_list(*_FIELDS).first()
    if row is None:
        return None
    topic_id, state, network, is_private, asked_at, opened_at = row[:6]
    if is_private or asked_at is None:
        asked_at = opened_at
    return Path(
        topic_id, state, network, is_private, asked_at, opened_at, row[6], row[7], row[8] or "", row[9],
        None if is_private else row[10], row[11] or "", row[12] or "", row[13] or "", row[14], row[15], row[16],
        bool(row[17]),
    )  # fmt: skip
