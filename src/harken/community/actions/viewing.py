"""Views that the web processes counted are added to their topics' days; days are let go of after a year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import now

from harken.base import sql
from harken.base.time.days import local_day
from harken.community.models import TopicViews

KEPT = timedelta(days=371)  # 53 whole weeks: the longest that the figures look back, and a year
AT_ONCE = 5_000  # rows let go of in one batch


def add_views(counted: Mapping[int, int], *, at: datetime | None = None) -> int:
    """Add {topic id: views} to the day that it is at each topic's brand; those of topics that are gone are dropped.
    Returns how many rows were added to. Two statements, however many; safe to run in several processes at once."""
    if not counted:
        return 0
    at = at or now()
    with transaction.atomic():
        found = sql.select_in(
            "SELECT t.id, b.zone FROM community_topic t JOIN community_space s ON s.id = t.space_id "
            "JOIN accounts_brand b ON b.id = s.brand_id WHERE t.id IN ({in}) ORDER BY t.id",
            sorted(counted),
        )
        days = {zone: local_day(at, zone) for zone in {zone for _id, zone in found}}
        # in one order everywhere: two processes that add to the same rows never wait for each other in a ring
        rows = sorted((days[zone].isoformat(), topic, counted[topic]) for topic, zone in found)
        sql.insert_rows(
            TopicViews._meta.db_table,
            ("day", "topic_id", "views"),
            rows,
            tail="ON CONFLICT (day, topic_id) DO UPDATE SET views = community_topicviews.views + excluded.views",
        )
    return len(rows)


def forget_old() -> int:
    """Let go of one batch of days that are over for longer than is kept; returns how many."""
    before = (now() - KEPT).date()
    old = TopicViews.objects.filter(day__lt=before).order_by("day").values_list("pk", flat=True)[:AT_ONCE]
    return int(TopicViews.objects.filter(pk__in=list(old)).delete()[0])
