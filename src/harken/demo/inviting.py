"""Members of the demo who may be asked, and the questions that were put before them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from harken.community.actions.inviting import carry
from harken.community.actions.learning import learn_experts
from harken.community.actions.reaching import change_reach
from harken.community.actions.responding import decline, offer_help, say_why
from harken.community.models import Asking, Invitation, Member, Space, Tag, Topic
from harken.travel.queue import ask_for_another

# Whom we may ask: about everything they may know, or about these spaces; how often a week; a pause in days.
EVERYTHING = {
    "ines": 3,
    "tomasz": 3,
    "mateus": 2,
    "joana": 3,
    "callum": 2,
    "maeve": 1,
    "priyanka": 2,
    "teo": 2,
}
SPACES = {"hedda": ["At the airport", "On board"], "gwen": ["Health and assistance"], "sofia": ["On board", "Booking"]}  # fmt: skip
PAUSED = {"runa": 20}
# When the lane of the circles looks at a question: when it is shown, and at the shares of its hour.
LOOKED_AT = [timedelta(minutes=minutes) for minutes in (0, 30, 45, 60)]


def may_be_asked(members: Mapping[str, Member], spaces: Mapping[str, Space], *, now: datetime) -> None:
    """What some members said about being asked (caller's transaction)."""
    for slug, most in EVERYTHING.items():
        change_reach(members[slug], is_on=True, most_a_week=most)
    for slug, names in SPACES.items():
        wanted = [spaces[name].pk for name in names]
        change_reach(members[slug], is_on=True, wants_all=False, spaces=wanted)
    for slug, days in PAUSED.items():
        change_reach(members[slug], is_on=True, paused_until=now + timedelta(days=days))
    while learn_experts():
        pass


def ask_members(topic: Topic, *, now: datetime, until: datetime | None = None) -> None:
    """Put a question before members as the lane would have, step by step, up to `until` (caller's transaction)."""
    if not Asking.objects.filter(topic=topic, is_waiting=True).exists():
        return
    Asking.objects.filter(topic=topic).update(due_at=topic.created_at, began_at=topic.created_at)
    for after in LOOKED_AT:
        at = topic.created_at + after
        if at <= (until or now):
            carry(topic.pk, at=at)


def put_before_members(shown: Member, *, now: datetime) -> None:
    """What came from the networks and waits is put before members too, `shown` asks for one of them; of those who are
    asked right now one says that they can help, and one that they can't (caller's transaction)."""
    while learn_experts():
        pass
    for topic in Topic.objects.filter(trip__conversation__channel__is_demo=True, answered_at=None):
        ask_members(topic, now=now)
    ask_for_another(
        Member.objects.select_related("user__agent").get(pk=shown.pk), at=now - timedelta(minutes=4)
    )
    Tag.objects.filter(taggings__topic__is_demo=True).update(is_demo=True)
    asked = list(
        Invitation.objects.filter(topic__is_demo=True, state=Invitation.State.ASKED, topic__trip=None)
        .select_related("topic", "member__user")
        .order_by("topic__due_at", "pk")
    )
    if len(asked) > 1:
        helper, other = asked[0], asked[-1]
        offer_help(helper.topic, by=helper.member, at=now - timedelta(minutes=2))
        decline(other.topic, by=other.member, at=now - timedelta(minutes=3))
        say_why(other.topic, "no_time", by=other.member)
