"""Lets something happen on the demo's desk while one looks on: slowly, bounded, through the same doors as real calls.

What comes by the echo door is signed and proven like any call; the rest is kept as a network's reader keeps it.
One process at a time does it; none with HARKEN_DEMO=0 or after `harken demo pause`.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache

from django.db import DatabaseError, close_old_connections, connection

from harken.base.heartbeats import process_name
from harken.base.leases import RETRY, Keeper
from harken.base.models import Switch
from harken.channels import doors, hot
from harken.channels.models import Channel
from harken.connectors.echo import signing
from harken.demo.border.bluesky import BlueskyPlayer
from harken.demo.border.echo import EchoPlayer
from harken.demo.border.mail import MailPlayer
from harken.demo.border.mastodon import MastodonPlayer
from harken.demo.border.playing import Player, Said, Stage
from harken.demo.company import company
from harken.demo.live import Answered, LiveAct, live_acts
from harken.demo.slots import pattern_of
from harken.demo.storylines import stories
from harken.inbox.models import Conversation, Message

log = logging.getLogger(__name__)

LEASE = "demo-trickle"
STOPPED = "demo_trickle_stopped"  # the switch
LOOK_AGAIN = 30.0  # seconds between two looks whether there is a demo (again)
# With so many waiting, nobody new writes until some have been answered.
MOST_WAITING = 60
_PLAYED: dict[str, type[Player]] = {
    "echo": EchoPlayer,
    "email": MailPlayer,
    "mastodon": MastodonPlayer,
    "bluesky": BlueskyPlayer,
}


class Trickle:
    """The demo's live part, in a thread of its own. `hurry` makes all waits so many times shorter."""

    def __init__(self, *, seed: int | None = None, hurry: float = 1.0) -> None:
        self._seed, self._hurry = seed, hurry
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, in a thread; does nothing as long as there is no demo company."""
        self._thread = threading.Thread(target=self._run, name="demo-trickle", daemon=True)
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Let nothing more happen; returns at once."""
        self._stop.set()

    def stop(self, within: float = 1.0) -> None:
        """Stop and wait for the thread that long."""
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join(within)

    def _run(self) -> None:
        keeper = Keeper(process_name("demo"))
        try:
            while not self._stop.wait(RETRY / self._hurry):
                close_old_connections()
                try:
                    self._live(keeper)
                except DatabaseError as problem:
                    log.warning("The demo's trickle waits for the database: %s", problem)
                self._stop.wait(LOOK_AGAIN / self._hurry)
        finally:
            keeper.close()
            connection.close()

    def _live(self, keeper: Keeper) -> None:
        """Let things happen as long as the demo is there and nobody else does it."""
        if not Channel.objects.filter(is_demo=True, is_archive=False).exists():
            return
        held = keeper.take(LEASE)
        if held is None:
            return
        try:
            scene = Scene()
            seed = int(time.time()) if self._seed is None else self._seed
            for act in live_acts(seed, just_answered=scene.just_answered, channels=scene.slugs):
                if self._stop.wait(act.wait.total_seconds() / self._hurry) or held.lost.is_set():
                    return
                close_old_connections()
                if not scene.let(act):
                    return
        finally:
            keeper.give_back(held)


class Scene:
    """The demo's channels as they are now: who has been answered, and how something said gets in."""

    def __init__(self) -> None:
        known = company()
        by_name = {channel.name: channel for channel in known.channels.values() if channel.kind in _PLAYED}
        rows = Channel.objects.filter(is_demo=True, connector__in=_PLAYED, name__in=by_name)
        self._ids = {by_name[row.name].slug: row.pk for row in rows}
        self._slugs = {pk: slug for slug, pk in self._ids.items()}
        stage = Stage(known, {})
        self._players = {
            slug: _PLAYED[known.channels[slug].kind](known.channels[slug], stage) for slug in self._ids
        }
        self._customers = {
            (slug, player.author_key(person)): person.slug
            for slug, player in self._players.items()
            for person in known.customers.values()
            if known.channels[slug].network in person.handles
        }
        self._told_until = datetime.now(UTC)

    @property
    def slugs(self) -> frozenset[str]:
        """The channels on which something new may begin: all but mail, where only answers are answered."""
        return frozenset(slug for slug, player in self._players.items() if not isinstance(player, MailPlayer))

    def just_answered(self) -> Sequence[Answered]:
        """The answers by people that have left since the last call."""
        since, self._told_until = self._told_until, datetime.now(UTC)
        rows = (
            Message.objects.filter(
                channel__in=self._ids.values(), direction="out", author__isnull=False, dispatch__state="sent"
            )
            .filter(dispatch__settled_at__gt=since, dispatch__settled_at__lte=self._told_until)
            .select_related("conversation__handle")
            .order_by("dispatch__settled_at")
        )
        found = []
        for message in rows:
            slug = self._slugs[message.channel_id]
            customer = self._customers.get((slug, message.conversation.handle.key))
            if customer is not None:
                found.append(
                    Answered(
                        channel=slug,
                        conversation=str(message.conversation_id),
                        customer=customer,
                        language=message.conversation.language,
                        private=not message.is_public,
                        follow=self._follow(message),
                    )
                )
        return found

    def _follow(self, message: Message) -> str:
        """What the stories let this customer say to being answered for the first time; "" where they don't."""
        told = message.conversation.messages.exclude(direction="note").exclude(pk=message.pk)
        told = told.exclude(dispatch__state="held")
        last = told.order_by("-happened_at").first()
        if last is None or last.direction != "in":
            return ""
        for pattern, follow in _follows():
            if pattern.search(last.text.strip()):
                name = message.author.name.split()[0] if message.author else ""
                return follow.replace("{me}", name)
        return ""

    def let(self, act: LiveAct) -> bool:
        """Let it happen; False when there is no demo any more, or its trickle was stopped by the switch."""
        if not Channel.objects.filter(pk=self._ids[act.channel], is_demo=True).exists():
            return False
        if Switch.objects.filter(name=STOPPED, is_on=True).exists():
            return True
        if not act.conversation and self._waiting() >= MOST_WAITING:
            return True
        said = self._said(act)
        if said is not None:
            self._hand_in(act.channel, said)
        return True

    def _waiting(self) -> int:
        rows = Conversation.objects.filter(channel__in=self._ids.values(), needs_answer=True, state="open")
        return rows[: MOST_WAITING + 1].count()

    def _said(self, act: LiveAct) -> Said | None:
        """The act with the network's own names of what it goes on with; None when that is gone."""
        thread = answers = ""
        if act.conversation:
            conversation = Conversation.objects.filter(pk=int(act.conversation)).first()
            if conversation is None or conversation.state == Conversation.State.CLOSED:
                return None
            thread = conversation.thread_key
            last = (
                conversation.messages.filter(direction="in", deleted_at=None).order_by("-happened_at").first()
            )
            answers = str(last.external_id) if last and last.external_id else ""
        return Said(
            key=act.key,
            at=datetime.now(UTC),
            customer=company().customers[act.customer],
            text=act.text,
            language=act.language,
            private=act.private,
            thread=thread,
            answers=answers,
            stars=act.stars,
        )

    def _hand_in(self, slug: str, said: Said) -> None:
        player = self._players[slug]
        if isinstance(player, EchoPlayer):
            self._knock(slug, player, said)
            return
        item = player.said(said)
        if item is not None:
            hot.store([hot.NewDelivery(self._ids[slug], item)])

    def _knock(self, slug: str, player: EchoPlayer, said: Said) -> None:
        """Call the channel's door as the app's shop or the web site would: signed."""
        channel = Channel.objects.get(pk=self._ids[slug])
        body = json.dumps(player.said_event(said), ensure_ascii=False).encode()
        headers = _signed(channel.secrets().get("secret", ""), said.key, body)
        status, _, answer = doors.accept(channel.door_token, "POST", headers, {}, body)
        if status != 200:
            log.warning("The demo's own call was answered %s: %s", status, answer.decode().strip())


@cache
def _follows() -> tuple[tuple[re.Pattern[str], str], ...]:
    """For each story that knows how it goes on: its customer's last words, and what they say next."""
    found = []
    for story in stories():
        if story.follow:
            last = [turn for turn in story.turns if turn.word in {"customer", "edit"}][-1]
            found.append((pattern_of(last.text.strip().removeprefix("{@} ")), story.follow))
    return tuple(found)


def _signed(secret: str, key: str, body: bytes) -> Mapping[str, str]:
    stamp = int(time.time())
    return {
        "webhook-id": key,
        "webhook-timestamp": str(stamp),
        "webhook-signature": signing.sign(secret.split()[0], key, stamp, body),
    }


def set_trickle(*, is_on: bool) -> None:
    """Stop the trickle everywhere at once, or let it go on."""
    Switch.objects.update_or_create(
        name=STOPPED, defaults={"is_on": not is_on, "changed_at": datetime.now(UTC)}
    )
