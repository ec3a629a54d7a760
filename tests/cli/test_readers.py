"""Which channels a process reads: each by one process, given up when paused, given back at the stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from harken.base.leases import Keeper, lease_holder
from harken.channels.actions import pause_channel, resume_channel
from harken.channels.models import Channel
from harken.cli.readers import Readers
from tests.factories import make_channel

pytestmark = pytest.mark.django_db(transaction=True)

Make = Callable[[str], Readers]


@pytest.fixture
def process() -> Iterator[Make]:
    """Makes what one `harken connect` has; at the end all of them stop, and no thread may be left."""
    made: list[Readers] = []

    def make(name: str) -> Readers:
        one = Readers()
        one.keeper = Keeper(name)  # as on a machine of that name
        made.append(one)
        return one

    yield make
    for one in made:
        one.stop(within=5)
    assert not [one for one in made for reader, _ in one._reading.values() if reader.thread.is_alive()]


def mailbox(name: str, **fields: object) -> Channel:
    """A channel that is read, of a server that nobody is allowed to reach: its reader waits and tries again."""
    settings = {"address": f"{name}@peer.test", "imap_host": "127.0.0.1", "imap_port": "9", "user": name}
    return make_channel("email", name=name, settings=settings, secrets={"password": "x"}, **fields)


def reads(one: Readers) -> list[int]:
    found: list[int] = one.details()["reads"]
    return found


def until(what: Callable[[], object], reason: str) -> None:
    end = time.monotonic() + 15
    while not what():
        assert time.monotonic() < end, f"waited in vain for {reason}"
        time.sleep(0.05)


def let_go(one: Readers, channel: Channel) -> None:
    """Its reader ends by itself once it was told; the next look then forgets it."""

    def gone() -> bool:
        one.look()
        return channel.pk not in reads(one)

    until(gone, "the reader to let go")


def test_only_what_must_be_read_is_read(process: Make) -> None:
    box = mailbox("care")
    make_channel("echo")  # calls us
    mailbox("resting", state=Channel.State.PAUSED)
    mailbox("played", is_demo=True)
    mailbox("old", is_archive=True)
    here = process("here")
    here.look()
    assert reads(here) == [box.pk]
    # and it is really asked: what came of it stands with the channel
    until(lambda: Channel.objects.get(pk=box.pk).failing_since, "the first look at the mailbox")


def test_a_channel_has_one_reader_however_many_processes_look(process: Make) -> None:
    boxes = [mailbox(f"box{n}").pk for n in range(5)]
    here, there = process("here"), process("there")
    here.look()
    there.look()
    assert reads(here) == boxes
    assert reads(there) == []
    late = mailbox("late").pk
    there.look()
    here.look()
    assert (reads(here), reads(there)) == (boxes, [late])
    assert {lease_holder(f"channel:{pk}") for pk in boxes} == {"here"}
    assert lease_holder(f"channel:{late}") == "there"


def test_a_paused_channel_is_given_up_and_a_resumed_one_taken_by_whoever_looks_first(process: Make) -> None:
    box = mailbox("care")
    here, there = process("here"), process("there")
    here.look()
    pause_channel(box, actor_id=None)
    let_go(here, box)
    assert lease_holder(f"channel:{box.pk}") is None
    resume_channel(box, actor_id=None)
    there.look()
    here.look()
    assert (reads(here), reads(there)) == ([], [box.pk])


def test_a_process_that_stops_gives_its_channels_back_at_once(process: Make) -> None:
    box = mailbox("care")
    here, there = process("here"), process("there")
    here.look()
    there.look()
    here.stop(within=5)
    there.look()
    assert reads(there) == [box.pk]
    assert lease_holder(f"channel:{box.pk}") == "there"


def test_who_lost_the_lease_stops_reading_and_does_not_take_it_from_the_new_holder(process: Make) -> None:
    box = mailbox("care")
    here, there = process("here"), process("there")
    here.look()
    reader = here._reading[box.pk][0]
    with connection.cursor() as cursor:  # as after a pause of the whole process, longer than a lease
        cursor.execute(
            "UPDATE base_lease SET expires_at = '2000-01-01 00:00:00' WHERE name LIKE 'channel:%%'"
        )
    there.look()
    assert reads(there) == [box.pk]
    here.keeper.renew()
    let_go(here, box)
    assert not reader.thread.is_alive()
    assert lease_holder(f"channel:{box.pk}") == "there"


def test_a_started_process_looks_by_itself_and_takes_nothing_once_it_is_asked_to_stop(process: Make) -> None:
    box = mailbox("care")
    here = process("here")
    here.start()
    until(lambda: reads(here) == [box.pk], "the first look")
    here.ask_to_stop()
    late = mailbox("late")
    here.look()
    assert late.pk not in reads(here)
    here.stop(within=5)
    assert lease_holder(f"channel:{box.pk}") is None
