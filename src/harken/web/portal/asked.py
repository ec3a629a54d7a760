"""What a member sees who was asked whether they know, and what one of the company's people may do with a question."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.community.invitation_words import (
    first_name,
    freedom_words,
    handed_words,
    left_words,
    reason_words,
)
from harken.community.models import Invitation, Member, Topic
from harken.community.queries.topic_page import Asked
from harken.team.models import Agent
from harken.web.desk.surroundings import Colleague, surroundings_of


@dataclass(frozen=True, slots=True)
class AskedShown:
    """The panel above a question for one who was asked."""

    state: str
    title: str
    reason: str
    freedom: str
    instead: str


def asked_shown(topic: Topic, asked: Asked, member: Member | None) -> AskedShown | None:
    """The panel, while the question waits and the one who was asked has not answered."""
    if (
        member is None
        or topic.due_at is None
        or asked.state not in ("asked", "accepted", "declined", "expired")
    ):
        return None
    invitation = Invitation(why=asked.why, like=asked.like, about=asked.about)
    left = left_words(topic.due_at, now())
    return AskedShown(
        state=asked.state,
        title=_("%(name)s, you may know this.") % {"name": first_name(member.name)},
        reason=reason_words(invitation),
        freedom=freedom_words(left, asked.others),
        instead=(
            _("%(name)s has been asked instead.") % {"name": first_name(asked.instead)}
            if asked.instead
            else _("Others know of it too, and our people answer in time.")
        ),
    )


@dataclass(frozen=True, slots=True)
class Takers:
    """Who of the company may have a question, and who has it."""

    has: int
    is_mine: bool
    colleagues: list[Colleague]
    handed: str = ""  # what a member who handed it to us says


def takers(topic: Topic, agent: Agent) -> Takers:
    """The choice that an agent has; no statement of its own."""
    has: int = topic.carried.agent_id or 0  # type: ignore[attr-defined]  # set by read_topic
    carried = topic.carried  # type: ignore[attr-defined]  # as above
    handed = handed_words(carried.handed_by, carried.handed_why) if carried.handed_at else ""
    return Takers(has, has == agent.pk, surroundings_of(agent).colleagues, handed)
