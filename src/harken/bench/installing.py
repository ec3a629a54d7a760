"""The install that a bench works on: five channels, eight teams, an agent, and a way in for the corpus."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection

from harken.accounts.models import Brand
from harken.channels import doors, hot
from harken.channels.actions import create_channel
from harken.channels.models import Channel
from harken.connectors.echo import signing
from harken.inbox.intake.filing import MOST, file_waiting
from harken.team.actions import create_agent
from harken.team.models import Agent, Team

from .corpus import CHANNELS, Said, messages

SECRET = "whsec_" + "YmVuY2gtc2VjcmV0LW9mLXR3ZW50eS1mb3VyLWJ5dGVz"  # a key of this passing install only
TEAMS = 8
PASSWORD = "bench passphrase"  # noqa: S105 - of this passing install only
EMAIL = "bench@example.org"
BATCH = MOST
SPAN = timedelta(days=30)  # the corpus arrives over so long, ending now


@dataclass(frozen=True, slots=True)
class Signed:
    """One call as a network makes it."""

    token: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Install:
    """Channels in the order of the corpus, and an agent who sees three teams' worth of them."""

    channels: list[Channel]
    agent: Agent
    size: int
    began: datetime

    def moment(self, number: int) -> datetime:
        """When message `number` of the corpus was written."""
        return self.began + SPAN * ((number + 1) / (self.size + 1))

    def signed(self, said: Said) -> Signed:
        """The message as a signed call at its channel's door."""
        event = {
            "type": "post",
            "id": f"m{said.number}",
            "at": self.moment(said.number).isoformat(timespec="milliseconds"),
            "author": {
                "key": f"person-{said.person}",
                "name": f"Person {said.person}",
                "handle": f"@person{said.person}",
            },
            "text": said.text,
            "thread": f"t{said.thread}",
            "public": said.channel != 0,
        }
        return sign(self.channels[said.channel].door_token, f"m{said.number}", json.dumps(event).encode())


def sign(token: str, message_id: str, body: bytes) -> Signed:
    """A body signed as of now."""
    at = int(time.time())
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": signing.sign(SECRET, message_id, at, body),
        "content-type": "application/json",
    }
    return Signed(token, headers, body)


def make_install(size: int) -> Install:
    """A fresh install in this process's home; one that is there already is taken as it is."""
    known = list(Channel.objects.order_by("id"))
    if known:
        return Install(known, Agent.objects.select_related("user").get(), size, datetime.now(UTC) - SPAN)
    brand = Brand.objects.create(name="Bench", slug="bench")
    teams = [Team.objects.create(name=f"Team {number}") for number in range(1, TEAMS + 1)]
    channels = [
        create_channel(
            "echo",
            name=f"Channel {number}",
            brand=brand,
            settings={"is_public": number != 0},
            secrets={"secret": SECRET},
            teams=[teams[number], teams[(number + 3) % TEAMS]] if number % 2 else (),
        )
        for number in range(CHANNELS)
    ]
    agent = create_agent(email=EMAIL, name="Bench", role="agent", password=PASSWORD, teams=teams[:3])
    return Install(channels, agent, size, datetime.now(UTC) - SPAN)


def take_in(calls: Sequence[Signed]) -> int:
    """Prove, keep and file a batch of calls; returns how many deliveries were new."""
    kept: list[hot.NewDelivery] = []
    for call in calls:
        read = doors.read_call(call.token, "POST", call.headers, {}, call.body)
        if isinstance(read, tuple):
            raise AssertionError(f"a door refused a call of the bench: {read[0]} {read[2]!r}")
        kept.extend(read)
    stored = hot.store(kept)
    while file_waiting():
        pass
    return stored.new


def fill(install: Install) -> None:
    """Take in the whole corpus and close four fifths of its conversations; nothing when that was done before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM inbox_message")
        if cursor.fetchone()[0] >= install.size:
            return
    waiting: list[Said] = []
    for said in messages(install.size):
        waiting.append(said)
        if len(waiting) == BATCH:
            take_in([install.signed(one) for one in waiting])
            waiting.clear()
    if waiting:
        take_in([install.signed(one) for one in waiting])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clocks_clock SET state = 'met', stopped_at = started_at WHERE id IN "
            "(SELECT clock_id FROM inbox_conversation WHERE id % 5 != 0 AND thread_key != 't0')"
        )
        cursor.execute(
            "UPDATE inbox_conversation SET state = 'closed', closed_at = last_message_at, needs_answer = FALSE, "
            "answered_at = last_message_at, waiting_since = NULL, version = version + 1, due_at = NULL, "
            "rank = 0, lane = 0, rank_due_at = NULL WHERE id % 5 != 0 AND thread_key != 't0'"
        )
        # teams as routing would have set them: a third of the open ones to each of three teams, the rest to none
        cursor.execute(
            "UPDATE inbox_conversation SET team_id = (SELECT MIN(id) FROM team_team) + (id / 5) % 8 "
            "WHERE (id / 5) % 3 != 0"
        )
