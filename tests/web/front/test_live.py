"""Live updates through a real server: who hears of what, when a stream ends, and that nobody holds up the
others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import httpx
import pytest
from django.db import transaction
from django.test import Client

from harken.accounts.models import User
from harken.base import journal, live, presence
from harken.channels.models import Channel
from harken.inbox.events import ConversationClosed, ConversationReopened
from harken.team.models import Agent, Team
from harken.web.front.app import build
from harken.web.front.signing_out import tell_streams

from .listening import Ear, cookie, make_agent, make_channel, sign_in
from .places import Place, serving

pytestmark = pytest.mark.django_db(transaction=True)


def close_conversation(conversation_id: int, channel: Channel | None, version: int = 1) -> None:
    with transaction.atomic():
        journal.record(
            ConversationClosed(
                subject_id=conversation_id,
                version=version,
                scope_id=channel.pk if channel else None,
                was_answered=True,
            )
        )


def wait_for(what: Callable[[], object], within: float = 5) -> None:
    end = time.monotonic() + within
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_a_change_is_heard_at_once_as_kind_id_version(place: Place) -> None:
    ear = Ear(place.port, sign_in(make_agent("ana", "admin")))
    assert ear.status == 200
    assert ear.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert ear.headers["x-accel-buffering"] == "no"
    assert ear.headers["cache-control"] == "no-store, no-transform"
    name, data = ear.event()
    assert name == "hello"
    assert data["since"] == live.position()
    start = time.monotonic()
    close_conversation(7, make_channel("Form"), version=3)
    assert ear.event() == ("change", [["conversation", 7, 3]])
    assert time.monotonic() - start < 0.5
    ear.close()


def test_a_burst_is_told_together_and_only_the_last_version(place: Place) -> None:
    channel = make_channel("Form")
    ear = Ear(place.port, sign_in(make_agent("ana", "admin")))
    ear.event()
    with transaction.atomic():
        for version in range(1, 6):
            journal.record(
                ConversationClosed(subject_id=7, version=version, scope_id=channel.pk, was_answered=True)
            )
        journal.record(ConversationReopened(subject_id=8, version=2, scope_id=channel.pk, why="x"))
    assert ear.event() == ("change", [["conversation", 7, 5], ["conversation", 8, 2]])
    ear.close()


def test_nobody_hears_of_channels_they_may_not_see(place: Place) -> None:
    team = Team.objects.create(name="Parcels")
    open_channel, theirs, hidden = make_channel("Open"), make_channel("Theirs"), make_channel("Hidden")
    theirs.teams.add(team)
    hidden.teams.add(Team.objects.create(name="Board"))
    agent = make_agent("ben")
    agent.teams.add(team)
    ear, all_ears = Ear(place.port, sign_in(agent)), Ear(place.port, sign_in(make_agent("ana", "admin")))
    ear.event()
    all_ears.event()
    for number, channel in enumerate((hidden, open_channel, hidden, theirs, None)):
        close_conversation(number, channel)
    tell_streams(agent.user.pk)
    assert all_ears.changes(5) == [["conversation", number, 1] for number in range(5)]
    assert ear.changes(2) == [["conversation", 1, 1], ["conversation", 3, 1]]
    assert ear.is_silent()
    ear.close()
    all_ears.close()


def test_what_one_may_see_is_looked_up_again_when_it_changed(place: Place) -> None:
    team, channel = Team.objects.create(name="Parcels"), make_channel("Theirs")
    channel.teams.add(team)
    agent = make_agent("ben")
    ear = Ear(place.port, sign_in(agent))
    ear.event()
    close_conversation(1, channel)
    assert ear.is_silent()
    agent.teams.add(team)
    tell_streams(agent.user.pk)
    stream = next(iter(place.front.live.hub.streams))
    wait_for(lambda: channel.pk in (stream.viewer.channels or ()))
    close_conversation(2, channel)
    assert ear.changes(1) == [["conversation", 2, 1]]
    ear.close()


def test_without_a_session_there_is_no_stream_and_the_browser_is_told_not_to_try_again(place: Place) -> None:
    assert Ear(place.port, "nothing").status == 204
    assert Ear(place.port, "").status == 204
    gone = make_agent("cleo")
    key = sign_in(gone)
    Agent.objects.update(is_active=False)
    assert Ear(place.port, key).status == 204
    assert httpx.get(place.url + "/live/poll", headers={"cookie": cookie(key)}).status_code == 401
    assert httpx.post(place.url + "/live").status_code == 405


def test_other_sites_get_no_stream(place: Place) -> None:
    key = sign_in(make_agent("ana"))
    assert Ear(place.port, key, headers="Sec-Fetch-Site: cross-site\r\n").status == 403
    assert Ear(place.port, key, headers="Sec-Fetch-Site: same-origin\r\n").status == 200


def test_a_sign_out_ends_the_streams_of_that_session_and_no_other(place: Place) -> None:
    agent = make_agent("ana")
    client = Client()
    client.force_login(agent.user, backend="harken.accounts.backends.EmailBackend")
    mine = Ear(place.port, client.session.session_key or "")
    other = Ear(place.port, sign_in(agent))
    mine.event()
    other.event()
    client.logout()
    assert mine.event() == ("ended", {})
    assert mine.event() == ("closed", None)
    assert other.is_silent()
    other.close()


def test_when_the_streams_hear_of_a_sign_out_the_session_is_over_already(place: Place) -> None:
    from django.contrib.sessions.models import Session

    client = Client()
    client.force_login(make_agent("ana").user, backend="harken.accounts.backends.EmailBackend")
    key = client.session.session_key
    seen: list[bool] = []
    look = lambda: seen.append(Session.objects.filter(pk=key).exists())  # noqa: E731 - taken off again below
    journal.on_recorded(look)
    try:
        client.logout()
    finally:
        journal._after_commit.remove(look)
    assert seen == [False]


@pytest.mark.parametrize("how", ["password", "deactivated", "session"])
def test_a_revoked_session_ends_its_stream(place: Place, how: str) -> None:
    agent = make_agent("ana")
    key = sign_in(agent)
    ear = Ear(place.port, key)
    ear.event()
    if how == "password":
        agent.user.set_password("another long password")
        agent.user.save()
    elif how == "deactivated":
        User.objects.update(is_active=False)
    else:
        from django.contrib.sessions.models import Session

        Session.objects.all().delete()
    tell_streams(agent.user.pk)
    assert ear.event() == ("ended", {})
    ear.close()


def test_a_session_is_looked_up_again_without_being_told(place: Place, monkeypatch) -> None:
    monkeypatch.setattr("harken.web.front.hub.CHECK_EVERY", 0.5)
    agent = make_agent("ana")
    ear = Ear(place.port, sign_in(agent))
    ear.event()
    Agent.objects.update(is_active=False)
    assert ear.event() == ("ended", {})
    ear.close()


def test_a_silent_stream_shows_that_it_lives(place: Place, monkeypatch) -> None:
    monkeypatch.setattr("harken.web.front.hub.HEARTBEAT", 0.5)
    ear = Ear(place.port, sign_in(make_agent("ana")))
    ear.event()
    assert ear.event() == ("beat", {})
    ear.close()


def test_a_client_that_leaves_is_forgotten_and_the_last_one_ends_the_reading(place: Place) -> None:
    key = sign_in(make_agent("ana"))
    ears = [Ear(place.port, key) for _ in range(3)]
    wait_for(lambda: len(place.front.live.hub.streams) == 3)
    assert live.position() is not None
    for ear in ears:
        ear.close()
    wait_for(lambda: not place.front.live.hub.streams)
    wait_for(lambda: live.position() is None)
    again = Ear(place.port, key)
    assert again.event()[0] == "hello"
    close_conversation(1, None)
    again.close()


def test_a_page_that_is_loaded_again_and_again_hears_each_time(place: Place) -> None:
    key, channel = sign_in(make_agent("ana", "admin")), make_channel("Form")
    for number in range(25):
        ear = Ear(place.port, key)
        assert ear.event(3)[0] == "hello"
        close_conversation(number, channel)
        heard = ear.event(3)
        # a page that joined while the reading stopped is told to fetch instead
        assert heard in (("change", [["conversation", number, 1]]), ("stale", {}))
        ear.close()
        time.sleep(number % 5 * 0.02)


def test_after_a_break_of_the_database_pages_fetch_their_view(place: Place) -> None:
    from django.db import connection

    ear = Ear(place.port, sign_in(make_agent("ana", "admin")))
    ear.event()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE base_event RENAME TO base_event_away")
    time.sleep(1.5)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE base_event_away RENAME TO base_event")
    assert not ear.is_closed
    with transaction.atomic():
        journal.record(ConversationClosed(subject_id=1, version=1, scope_id=None, was_answered=True))
    name, _ = ear.event(8)
    assert name in ("stale", "change")
    close_conversation(2, make_channel("Form"))
    assert ["conversation", 2, 1] in ear.changes(1)
    ear.close()


def test_a_stop_ends_every_stream_at_once() -> None:
    with serving(build()) as place:
        key = sign_in(make_agent("ana"))
        ears = [Ear(place.port, key) for _ in range(3)]
        for ear in ears:
            ear.event()
        start = time.monotonic()
        place.server.should_exit = True
        assert [ear.event()[0] for ear in ears] == ["bye"] * 3
    assert time.monotonic() - start < 3


def test_a_client_that_does_not_read_is_cut_and_holds_up_nobody(place: Place) -> None:
    slow = Ear(place.port, sign_in(make_agent("sloe", "admin")), receive_buffer=2048)
    quick = Ear(place.port, sign_in(make_agent("ana", "admin")))
    quick.event()
    hub, rounds, big = place.front.live.hub, 200, 10**15
    last: list[int] = []

    def listen() -> None:
        while last[-1:] != [rounds - 1]:
            name, data = quick.event(20)
            assert name == "change"
            last.append(data[0][2])

    thread = threading.Thread(target=listen)
    thread.start()
    for number in range(rounds):  # about 75 kB each: far more than the line between us can hold
        news = live.News([live.Change("conversation", big + n, number) for n in range(2000)])
        assert hub._loop is not None
        hub._loop.call_soon_threadsafe(hub.deliver, number, news)
        wait_for(lambda n=number: last[-1:] == [n])
    thread.join(20)
    assert last == list(range(rounds))
    assert len(hub.streams) == 1
    quick.close()
    slow.close()


def test_too_many_at_once_is_told_as_fetch_all(place: Place) -> None:
    channel = make_channel("Form")
    ear = Ear(place.port, sign_in(make_agent("ana", "admin")))
    ear.event()
    with transaction.atomic():
        journal.record(
            *[
                ConversationClosed(subject_id=number, version=1, scope_id=channel.pk, was_answered=True)
                for number in range(live.STORM + 1)
            ]
        )
    assert ear.event() == ("stale", {})
    close_conversation(5, channel, version=2)
    assert ear.changes(1) == [["conversation", 5, 2]]
    ear.close()


def test_only_so_many_streams(place: Place) -> None:
    place.front.live._most_streams = 2
    ears = [Ear(place.port, sign_in(make_agent(name))) for name in ("ana", "ben")]
    assert [ear.status for ear in ears] == [200, 200]
    third = Ear(place.port, sign_in(make_agent("cleo")))
    assert (third.status, third.headers["retry-after"]) == (503, "30")
    for ear in ears:
        ear.close()


def test_one_browser_has_only_so_many_and_its_oldest_goes(place: Place, monkeypatch) -> None:
    monkeypatch.setattr("harken.web.front.live.MOST_OF_A_SESSION", 2)
    key = sign_in(make_agent("ana"))
    ears = [Ear(place.port, key) for _ in range(3)]
    for ear in ears:
        assert ear.event()[0] == "hello"
    assert ears[0].event() == ("closed", None)
    assert len(place.front.live.hub.streams) == 2
    for ear in ears:
        ear.close()


# ---- by asking ----


def test_polling_tells_the_same(place: Place) -> None:
    hidden, channel = make_channel("Hidden"), make_channel("Form")
    hidden.teams.add(Team.objects.create(name="Board"))
    headers = {"cookie": cookie(sign_in(make_agent("ben")))}
    first = httpx.get(place.url + "/live/poll", headers=headers).json()
    assert first["is_stale"] is True
    close_conversation(1, hidden)
    close_conversation(2, channel, version=9)
    second = httpx.get(f"{place.url}/live/poll?since={first['since']}", headers=headers).json()
    assert second["changes"] == [["conversation", 2, 9]]
    assert second["is_stale"] is False
    # young ones are told again, since an older id may still become visible
    third = httpx.get(f"{place.url}/live/poll?since={second['since']}", headers=headers).json()
    assert third["changes"] == [["conversation", 2, 9]]
    wrong = httpx.get(f"{place.url}/live/poll?since=x' OR 1", headers=headers).json()
    assert wrong["is_stale"] is True


# ---- presence ----


def test_who_comes_writes_and_leaves_is_told_by_the_conversation_s_id(place: Place) -> None:
    channel, agent = make_channel("Form"), make_agent("ana", "admin")
    ear = Ear(place.port, sign_in(agent))
    ear.event()
    assert presence.be_present("conversation", 7, user_id=agent.user.pk, doing="reading", scope_id=channel.pk)
    assert ear.changes(1) == [["presence", 7, 0]]
    assert [(p.user_id, p.doing) for p in presence.presence_of(7)] == [(agent.user.pk, "reading")]
    assert presence.presence_of(7, besides=agent.user.pk) == []
    time.sleep(2.2)
    assert not presence.be_present(
        "conversation", 7, user_id=agent.user.pk, doing="reading", scope_id=channel.pk
    )
    assert presence.be_present("conversation", 7, user_id=agent.user.pk, doing="writing", scope_id=channel.pk)
    assert ["presence", 7, 0] in ear.changes(1)
    assert presence.leave("conversation", 7, user_id=agent.user.pk)
    assert not presence.leave("conversation", 7, user_id=agent.user.pk)
    assert presence.presence_of(7) == []
    ear.close()


def test_a_presence_lapses_by_itself(place: Place, monkeypatch) -> None:
    from datetime import timedelta

    monkeypatch.setattr(presence, "TERM", timedelta(seconds=2.5))
    channel, agent = make_channel("Form"), make_agent("ana", "admin")
    presence.be_present("conversation", 7, user_id=agent.user.pk, doing="writing", scope_id=channel.pk)
    time.sleep(2.2)
    ear = Ear(place.port, sign_in(agent))
    ear.event()
    assert ear.changes(1) == [["presence", 7, 0]]
    assert presence.presence_of(7) == []
    ear.close()


def test_one_can_only_read_or_write() -> None:
    with pytest.raises(ValueError, match="reading, writing"):
        presence.be_present("conversation", 7, user_id=1, doing="sleeping")
