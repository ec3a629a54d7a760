"""What a moment means on the desk: hours are of time, days are of the reader's wall, and no date breaks a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from harken.inbox.models import Conversation
from harken.inbox.queries import end_of_today, view_query
from harken.web.desk.reading import snooze_moment
from tests.factories import echo_post, receive
from tests.web.cast import client_of

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("at", "wall"),
    [
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "05:30"),  # an hour is skipped
        (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), "03:30"),  # and one comes twice
        (datetime(2026, 6, 1, 10, 0, tzinfo=UTC), "15:00"),
    ],
)
def test_in_three_hours_is_three_hours_also_when_the_clocks_change(at, wall):
    found = snooze_moment("3h", at.astimezone(BERLIN))
    assert found is not None
    assert found.astimezone(UTC) - at == timedelta(hours=3)
    assert f"{found:%H:%M}" == wall


def test_tomorrow_morning_is_nine_on_the_wall_whatever_the_night_was_like():
    saturday = datetime(2026, 3, 28, 22, 0, tzinfo=UTC).astimezone(BERLIN)
    for choice, day in (("tomorrow", 29), ("monday", 30)):
        found = snooze_moment(choice, saturday)
        assert found is not None
        assert (found.day, found.hour, found.utcoffset()) == (day, 9, timedelta(hours=2))


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "Europe/Berlin"])
def test_promised_today_is_today_on_the_readers_wall(cast, zone):
    receive(cast.channel, echo_post("Where is it now?", id="again", author="pat", thread="fresh"))
    c = Conversation.objects.latest("pk")
    with timezone.override(zone):
        end = end_of_today()
        assert timezone.localtime(end).time().hour == 0
        assert timezone.localtime(end - timedelta(seconds=1)).date() == timezone.localdate()
        for promised, is_listed in ((end - timedelta(seconds=1), True), (end, False)):
            Conversation.objects.filter(pk=c.pk).update(promised_at=promised)
            assert view_query(cast.admin, "promised")[0].filter(pk=c.pk).exists() is is_listed


@pytest.mark.django_db
@pytest.mark.parametrize("at", ["9999-12-31T23:59", "0001-01-01T00:00", "9999-12-31T23:59+00:00", "1e9"])
def test_a_date_that_no_calendar_shows_everywhere_is_none(cast, at):
    c = Conversation.objects.latest("pk")
    answer = client_of(cast.admin).post(
        f"/desk/c/{c.pk}/snooze/", {"until": "at", "at": at}, headers={"HX-Request": "true"}
    )
    assert answer.status_code < 500
    c.refresh_from_db()
    assert c.snoozed_until is None
