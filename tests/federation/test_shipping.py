"""A server that can't be reached loses nothing for a week; who is gone is told nothing more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import now

from harken.community.models import Member, Space
from harken.federation import shipping
from harken.federation.models import Activity, Follower, Parcel, Server, SpaceActor
from harken.federation.shipping import forget_sent, ship_due
from harken.federation.telling import tell_due
from tests.connectors.activitypub.elsewhere import Server as Elsewhere

from .space_cast import ask, follow, told, work

pytestmark = pytest.mark.django_db(transaction=False)


def test_nothing_is_lost_while_a_server_is_away_and_after_a_week_it_is_given_up(
    actor: SpaceActor, space: Space, server: Elsewhere
) -> None:
    follow(actor, server.person("ines"))
    server.status = 500
    ask(space)
    work()
    away = Server.objects.get(host=server.host)
    assert away.attempts == 1
    assert away.not_before is not None
    assert Parcel.objects.filter(state="queued").count() == 1
    assert ship_due() == 0  # it rests
    server.status = 202
    Server.objects.update(not_before=now() - timedelta(seconds=1))
    Parcel.objects.update(not_before=now() - timedelta(seconds=1))
    assert ship_due() == 1
    away.refresh_from_db()
    assert (away.attempts, away.failing_since) == (0, None)
    assert (
        told(server, "Create")[0]["id"] == told(server, "Create")[1]["id"]
    )  # the same activity, so no second one

    server.status = 503
    ask(space, "Another?", by=Member.objects.get(name="Ines Rautio"))
    tell_due()
    Server.objects.update(failing_since=now() - timedelta(days=8), attempts=20, not_before=None)
    ship_due()
    assert Server.objects.get().given_up_at is not None
    assert Parcel.objects.filter(state="given_up").count() == 1
    ask(space, "A third?", by=Member.objects.get(name="Ines Rautio"))
    tell_due()
    assert not Parcel.objects.filter(state="queued").exists()  # nothing is kept for it
    shipping.try_again(server.host)
    assert Server.objects.get().given_up_at is None


def test_a_worker_that_died_leaves_its_parcel_to_the_next(
    actor: SpaceActor, space: Space, server: Elsewhere
) -> None:
    follow(actor, server.person("ines"))
    ask(space)
    tell_due()
    Parcel.objects.filter(state="queued").update(state="claimed", claimed_until=now() - timedelta(seconds=1))
    assert ship_due() == 1
    assert Parcel.objects.filter(state="sent").count() == 2
    Activity.objects.update(at=now() - timedelta(days=4))
    assert forget_sent() > 0
    assert not Parcel.objects.exists()


def test_who_is_gone_for_good_is_told_nothing_more(
    actor: SpaceActor, space: Space, server: Elsewhere
) -> None:
    follow(actor, server.person("ines"))
    server.status = 410
    ask(space)
    work()
    assert not Follower.objects.exists()
