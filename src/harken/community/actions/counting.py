"""What the nightly round finds of the whole community: its size, how often answers solve it, where one in a hundred is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils.timezone import now

from harken.brain import standing as rules
from harken.community.models import HelpItem, Member, Round
from harken.community.queries.earned import LATELY, NIGHTLY, judged_answers, ranked_standings


def count_community(*, at: datetime | None = None) -> dict[str, Any]:
    """The figures by which steps and super users are measured, kept until the next round. Four statements."""
    at = at or now()
    customers = Member.objects.filter(state=Member.State.ACTIVE, user__agent__isnull=True)
    members = customers.count()
    helpers = HelpItem.objects.filter(at__gt=at - LATELY).values("helper_id").distinct().count()
    told = judged_answers(at=at).aggregate(all=Count("id"), good=Count("help_item"))
    seats = rules.seats(members)
    ranked = ranked_standings().values_list("credit", flat=True)
    last = ranked[seats - 1 : seats]
    figures = {
        "members": members,
        "helpers": helpers,
        "judged": told["all"],
        "good": told["good"],
        "mean": told["good"] / told["all"] if told["all"] else 0.0,
        "seats": seats,
        "least_credit": next(iter(last), 0.0) or min(ranked, default=0.0),
    }
    before = Round.objects.filter(name=NIGHTLY).values_list("figures", flat=True).first() or {}
    Round.objects.update_or_create(name=NIGHTLY, defaults={"figures": {**before, **figures}})
    return figures
