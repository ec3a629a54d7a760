"""The rules by which answers go by themselves: a person writes them, and they say what they do in words."""

from __future__ import annotations

from django.db import transaction
from django.utils.timezone import now

from harken.base import journal
from harken.inbox.actions.changing import NotAllowed
from harken.team.models import Agent
from harken.travel.events import TravelRuleChanged
from harken.travel.models import TravelRule
from harken.travel.policy import Trust

from .planning import plan_departure, waiting_trips


def keep_rule(rule: TravelRule, *, by: Agent) -> TravelRule:
    """Write a rule, or change it: from then on it is of who changed it. Answers that it lets go are planned."""
    if rule.channel is not None and rule.channel.brand_id != rule.brand_id:
        raise NotAllowed("This channel belongs to another brand.")
    if not (rule.when_accepted or rule.when_checked or rule.when_earned):
        raise NotAllowed("Choose what lets an answer go; with nothing chosen a person sends each.")
    what = "changed" if rule.pk else "written"
    with transaction.atomic():
        rule.written_by, rule.written_at = by, now()
        rule.save()
        journal.record(TravelRuleChanged(subject_id=rule.pk, actor_id=by.user_id, what=what, says=says(rule)))
        for trip in waiting_trips().filter(conversation__brand_id=rule.brand_id, topic__answers__gt=0):
            plan_departure(trip)
    return rule


def remove_rule(rule: TravelRule, *, by: Agent) -> None:
    """Take a rule away: a person sends each again; what was planned by it is held when its time comes."""
    with transaction.atomic():
        journal.record(
            TravelRuleChanged(subject_id=rule.pk, actor_id=by.user_id, what="removed", says=says(rule))
        )
        rule.delete()


_OF = {
    Trust.SUPER_USER: "a super user",
    Trust.TRUSTED: "a trusted member",
    Trust.ANYBODY: "anybody",
}


def says(rule: TravelRule) -> str:
    """The rule in one line, for the record."""
    parts = [
        words
        for holds, words in (
            (rule.when_accepted, f"accepted by who asked, of {_OF[Trust(rule.accepted_from)]}"),
            (rule.when_checked, "checked by us"),
            (rule.when_earned, f"worked for {rule.min_worked}, by a trusted member"),
        )
        if holds
    ]
    where = rule.channel.name if rule.channel else rule.brand.name
    return f"{where}: {' or '.join(parts)}; after {rule.wait_minutes} minutes"
