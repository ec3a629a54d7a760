"""Putting a conversation aside until a date that the customer agreed to pauses its promise, and the desk says so."""

from datetime import timedelta

import pytest
from django.utils import timezone

from harken.inbox.models import Conversation
from tests.factories import echo_post, receive
from tests.web.cast import client_of

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


@pytest.mark.parametrize(("form", "state"), [({"agreed": "1"}, "paused"), ({}, "running")])
def test_only_an_agreed_date_pauses(cast, form, state):
    receive(cast.channel, echo_post("Where is it now?", id="again", author="pat", thread="fresh"))
    c = Conversation.objects.select_related("clock").latest("pk")
    at = (timezone.localtime() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    answer = client_of(cast.admin).post(
        f"/desk/c/{c.pk}/snooze/", {"until": "at", "at": at, **form}, headers=FRAGMENT
    )
    assert answer.status_code == 200
    c.clock.refresh_from_db()
    assert c.clock.state == state
    page = client_of(cast.admin).get(f"/desk/c/{c.pk}/").content.decode()
    assert ("the promise pauses<" in page) == (state == "paused")
    rows = client_of(cast.admin).get("/desk/?view=snoozed").content.decode()
    assert ('data-paused="paused"' in rows) == (state == "paused")
