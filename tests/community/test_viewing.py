"""Views by day: in the zone of the topic's brand, added up, and let go of after a year."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from harken.community.actions.viewing import KEPT, add_views, forget_old
from harken.community.models import TopicViews
from tests.factories import ask, make_brand, make_member, make_space

pytestmark = pytest.mark.django_db


def test_a_view_belongs_to_the_day_of_its_brand():
    noor = make_member("Noor")
    east = ask(by=noor, space=make_space("East", brand=make_brand("East", zone="Asia/Tokyo")))
    west = ask(by=noor, space=make_space("West", brand=make_brand("West", zone="America/Lima")))
    at = datetime(2026, 3, 16, 20, tzinfo=UTC)
    with CaptureQueriesContext(connection) as seen:
        assert add_views({east.pk: 2, west.pk: 1, west.pk + 1000: 5}, at=at) == 2
    assert sum("community_" in one["sql"] for one in seen) == 2
    add_views({east.pk: 3}, at=at + timedelta(hours=1))
    add_views({east.pk: 1}, at=at + timedelta(days=1))
    assert set(TopicViews.objects.values_list("topic_id", "day", "views")) == {
        (east.pk, date(2026, 3, 17), 5),
        (east.pk, date(2026, 3, 18), 1),
        (west.pk, date(2026, 3, 16), 1),
    }
    assert add_views({}) == 0


def test_days_are_let_go_of_after_a_year():
    topic = ask(by=make_member("Noor"))
    days = [now().date() - KEPT + timedelta(days=ago) for ago in (-300, -1, 0, 1)]
    for day in days:
        TopicViews.objects.create(topic=topic, day=day, views=1)
    assert forget_old() == 2
    assert forget_old() == 0
    assert sorted(TopicViews.objects.values_list("day", flat=True)) == days[2:]
    topic.delete()
    assert not TopicViews.objects.exists(), "with their topic"
