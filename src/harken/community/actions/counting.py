"""What the nightly round finds of the whole community: its size, how often answers solve it, where one in a hundred is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils.timezone import now

from harken.brain import standing as rules
from harken.community.models import HelpItem, Member, Round, Standing

from .earning import LATELY, judged_answers

NIGHTLY = "nightly"


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


def ranked_standings() -> Any:
    """Customers by credit, most first; who left or works for the company is not ranked."""
    return Standing.objects.filter(
        credit__gt=0, member__state=Member.State.ACTIVE, member__user__agent__isnull=True
    ).order_by("-credit", "member_id")
