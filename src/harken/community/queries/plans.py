"""How a space asks its members, and when: its own circles, else those of all, by the question's own clock."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from harken.clocks import policy as clocks
from harken.clocks.actions import state_of
from harken.clocks.promises import current_promises
from harken.community import circles
from harken.community.circles import Plan
from harken.community.models import Circles, Topic


def circles_of(space_id: int) -> Circles | None:
    """How this space asks: its own, else what holds for all; None where nothing was ever set."""
    rows = list(
        Circles.objects.filter(Q(space_id=space_id) | Q(space=None))
        .select_related("takes__user")
        .order_by("pk")
    )
    return next((row for row in rows if row.space_id == space_id), rows[0] if rows else None)


def plan_of(row: Circles | None) -> Plan:
    """The same as policy needs it; what holds where nothing was set: three, three more at half, staff at three quarters."""
    if row is None:
        return Plan()
    hours = current_promises().calendars.get(row.calendar_id) if row.calendar_id else None
    return Plan(row.is_on, row.first, row.more, row.widen_percent / 100, row.staff_percent / 100, hours)


def moments(topic: Topic, plan: Plan, *, at: datetime) -> tuple[datetime, datetime]:
    """When the circle widens and when the company's people take over: shares of the question's own clock. While the
    clock stands still (a conversation that waits for its customer) both are as far off as its end."""
    far = topic.due_at or at
    if topic.clock is None:
        whole = far - topic.created_at
        return topic.created_at + whole * plan.widen_at, circles.staff_moment(
            plan, topic.created_at + whole * plan.staff_at, at
        )
    state = state_of(topic.clock)
    widen = clocks.moment_of_share(state, plan.widen_at) or far
    staff = clocks.moment_of_share(state, plan.staff_at) or far
    return widen, circles.staff_moment(plan, staff, at)
