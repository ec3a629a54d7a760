"""The year before: short questions that members asked and others answered, so that there is a history to count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from harken.accounts.models import User
from harken.community.actions.choosing import choose_answer, tell_outcome, thank_post
from harken.community.actions.joining import join
from harken.community.actions.writing import open_topic, write_answer
from harken.community.models import Member, Post, Space, Topic
from harken.demo.company import read_toml
from harken.demo.founding import MAIL_HOST
from harken.demo.spans import span

CHOSEN_AFTER = timedelta(hours=1)  # of the answer, by who asked


def join_early(*, now: datetime) -> dict[str, Member]:
    """The members who asked in that year, by their names in the file (caller's transaction)."""
    found = {}
    for slug, name, days in read_toml("past.toml")["members"]:
        member = join(User.objects.create_user(f"{slug}@members.{MAIL_HOST}", name=name), name=name)
        member.is_demo, member.joined_at = True, now - timedelta(days=days)
        member.save(update_fields=["is_demo", "joined_at"])
        found[slug] = member
    return found


def remember(members: Mapping[str, Member], spaces: Mapping[str, Space], *, now: datetime) -> None:
    """Have it said, oldest first (caller's transaction)."""
    rows: list[list[Any]] = sorted(read_toml("past.toml")["past"], key=lambda row: -span(row[0]))
    for number, (ago, asker, space, title, text, tags, answers) in enumerate(rows):
        at = now - span(ago) - timedelta(minutes=37 * number % 600)
        topic = open_topic(spaces[space], by=members[asker], title=title, text=text, tags=tags, at=at)
        _answer(topic, members[asker], answers, members, at=at, number=number)
        Topic.objects.filter(pk=topic.pk).update(is_demo=True)
        Post.objects.filter(topic=topic).update(is_demo=True)


def _answer(
    topic: Topic,
    asker: Member,
    answers: Sequence[Sequence[str]],
    members: Mapping[str, Member],
    *,
    at: datetime,
    number: int,
) -> None:
    """The first one solved it. Half of those who asked say thanks, one in three that it worked: people do as they do."""
    said = [
        write_answer(topic, by=members[by], text=text, at=at + span(after)) for by, after, text in answers
    ]
    chosen_at = at + span(answers[0][1]) + CHOSEN_AFTER
    if number % 3 == 0:
        tell_outcome(said[0], by=asker, worked=True, at=chosen_at)
    if number % 2:
        thank_post(said[0], by=asker, at=chosen_at)
    choose_answer(said[0], by=asker, at=chosen_at)
