"""Recording a place's rules, and saying what was done about a post of it."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.timezone import localdate, now

from harken.base import journal
from harken.channels.events import ChannelChanged
from harken.channels.models import Channel
from harken.team.models import Agent

from .models import GuestPost, Place
from .policy import KEEP_DAYS, LONGEST_NAME, Mark, may_answer, missing


class NotAllowed(Exception):
    """This may not be done; the message says why, in words for the person."""


class NotUnderstood(Exception):
    """What is recorded can't be so; `problems` says why, by field."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = problems


def record_place(
    channel: Channel,
    *,
    by: Agent,
    run_by: str,
    rules_url: str,
    answering: str,
    allowed_by: str = "",
    allowed_on: date | None = None,
    never_market: bool = False,
    keep_days: int | None = KEEP_DAYS,
) -> Place:
    """Record or change the rules of the place that `channel` listens to. Raises NotUnderstood; NotAllowed where the
    channel is not a guest's. `keep_days`: after so many days what was said there is let go of."""
    if channel.purpose != Channel.Purpose.GUEST:
        raise NotAllowed("This channel is ours: its rules are not somebody else’s.")
    problems = missing(
        run_by=run_by,
        rules_url=rules_url.strip(),
        answering=answering,
        allowed_by=allowed_by,
        allowed_on=allowed_on,
        never_market=never_market,
        today=localdate(),
        keep_days=keep_days,
    )
    if problems:
        raise NotUnderstood(problems)
    with transaction.atomic():
        place, is_first = Place.objects.update_or_create(
            channel=channel,
            defaults={
                "run_by": run_by.strip()[:LONGEST_NAME],
                "rules_url": rules_url.strip(),
                "answering": answering,
                "allowed_by": allowed_by.strip()[:LONGEST_NAME],
                "allowed_on": allowed_on,
                "keep_days": keep_days,
                "changed_at": now(),
            },
            create_defaults={
                "run_by": run_by.strip()[:LONGEST_NAME],
                "rules_url": rules_url.strip(),
                "answering": answering,
                "allowed_by": allowed_by.strip()[:LONGEST_NAME],
                "allowed_on": allowed_on,
                "keep_days": keep_days,
                "promised_by": by,
            },
        )
        what = "rules recorded" if is_first else "rules changed"
        journal.record(
            ChannelChanged(subject_id=channel.pk, scope_id=channel.pk, actor_id=by.user_id, what=what)
        )
    return place


def mark_post(post: GuestPost, *, by: Agent, mark: Mark) -> bool:
    """Say what was done about a post: seen, answered there, or (NONE) take that back. Whoever marks last is named.

    Returns whether anything changed. Raises NotAllowed where the place's rules let nobody of ours answer.
    """
    if mark is Mark.ANSWERED:
        answering = (
            Place.objects.filter(channel_id=post.channel_id).values_list("answering", flat=True).first()
        )
        if not may_answer(answering):
            raise NotAllowed(
                "By what is recorded, we only read there. If that changed, have it recorded with who allowed it."
            )
    is_marked = mark is not Mark.NONE
    changed = (
        GuestPost.objects.filter(pk=post.pk)
        .exclude(mark=mark.value)
        .update(mark=mark.value, marked_by=by if is_marked else None, marked_at=now() if is_marked else None)
    )
    return bool(changed)
