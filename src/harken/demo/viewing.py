"""How often the demo's topics were opened: much while they are new, seldom later, less at weekends."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from random import Random

from harken.community.actions.viewing import KEPT, add_views
from harken.community.models import Topic

FADES = 0.72  # a day's views of those of the day before
WEEKEND = 0.55
FOUND = 0.12  # the chance that somebody finds an old topic on a day


def open_topics(*, now: datetime, seed: int = 1) -> None:
    """Count views of every topic of the demo since it was opened, for as long as they are kept (caller's transaction)."""
    chance = Random(seed)  # noqa: S311 - made-up figures
    days = defaultdict[int, dict[int, int]](dict)
    for pk, opened, answers in (
        Topic.objects.filter(is_demo=True, is_shown=True)
        .order_by("pk")
        .values_list("pk", "created_at", "answers")
    ):
        fresh = 6 + 5 * min(answers, 5) + chance.random() * 8
        for age in range(max(0, (now - opened).days) + 1):
            ago = (now - opened).days - age
            if ago >= KEPT.days:
                continue
            rhythm = WEEKEND if (now - timedelta(days=ago)).weekday() >= 5 else 1.0
            views = round(fresh * FADES**age * rhythm) or int(chance.random() < FOUND)
            if views:
                days[ago][pk] = views
    for ago, counted in sorted(days.items()):
        add_views(counted, at=now - timedelta(days=ago))
