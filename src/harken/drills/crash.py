"""The crash drill: a child process takes in and sends, is killed with -9, and an oracle counts what is left.

Run in a home of its own (see running.py). The parent plays the network (it sends again until it hears 200, as
networks do), the browser (it submits the same request key again) and the restarted worker.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, connections

from harken.accounts.models import Brand
from harken.base.net import guard
from harken.channels import crash, dispatching, doors, polling
from harken.channels.actions import create_channel
from harken.channels.contract import Page, RawItem
from harken.channels.ledger import ledger
from harken.channels.models import Channel, Delivery, Dispatch
from harken.connectors.echo import payloads, signing
from harken.inbox.actions.replying import send_reply
from harken.inbox.intake.filing import file_waiting
from harken.inbox.models import Conversation, Message
from harken.team.actions import create_agent
from harken.team.models import Agent

from .network import Mode, RecordingNetwork

SECRET = "whsec_" + "ZHJpbGwtc2VjcmV0LW9mLXR3ZW50eS1mb3VyLWJ5dGVz"
EVENTS_A_KILL = 3


@dataclass(slots=True)
class Outcome:
    """What a drill came to."""

    kills: int = 0
    lost: int = 0
    stored_twice: int = 0
    sent_twice: int = 0
    unknown: int = 0
    stuck: int = 0
    unbalanced: int = 0
    corrupt: int = 0
    unknown_hidden: int = 0  # ambiguous sends that are not shown as unknown: must be none
    points: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        bad = (self.lost, self.stored_twice, self.sent_twice, self.stuck, self.unbalanced, self.corrupt)
        return not any(bad) and not self.unknown_hidden

    def as_json(self) -> dict[str, Any]:
        return {
            "kills": self.kills, "lost": self.lost, "stored_twice": self.stored_twice, "sent_twice": self.sent_twice,
            "unknown": self.unknown, "stuck": self.stuck, "unbalanced": self.unbalanced, "corrupt": self.corrupt,
            "unknown_hidden": self.unknown_hidden, "points": len(self.points), "problems": self.problems[:20],
            "clean": self.is_clean,
        }  # fmt: skip


class CrashDrill:
    """One install under attack; `kill_at` and `kill_while` each kill one child and check everything."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)  # noqa: S311 - choosing kills, not secrets
        self.network = RecordingNetwork()
        guard.configure(allow_private_hosts=f"127.0.0.1:{self.network.port}")
        brand = Brand.objects.create(name="Drill", slug="drill")
        self.channel: Channel = create_channel(
            "echo",
            name="drill",
            brand=brand,
            settings={"send_url": self.network.url, "is_public": True},
            secrets={"secret": SECRET},
        )
        self.agent: Agent = create_agent(email="drill@example.org", name="Drill", role="admin", password=None)
        self.acked: set[str] = set()  # events that heard 200
        self.feed: list[RawItem] = []  # what the polled network holds
        self.numbers = iter(range(1, 10_000_000))
        self.outcome = Outcome()

    # ---- what a child does -------------------------------------------------------------------------------

    def events(self) -> list[dict[str, Any]]:
        """Some new posts of a few people."""
        found = []
        for _ in range(EVENTS_A_KILL):
            number = next(self.numbers)
            author = f"person-{self.random.randrange(50)}"
            found.append(
                {
                    "type": "post", "id": f"e{number}", "at": datetime.now(UTC).isoformat(), "thread": f"t{number // 2}",
                    "author": {"key": author, "name": author}, "text": f"Where is my order {number}?",
                }
            )  # fmt: skip
        return found

    def knock(self, event: dict[str, Any]) -> int:
        """One signed call at the door; returns the status."""
        body = json.dumps(event).encode()
        stamp = int(time.time())
        headers = {
            "webhook-id": event["id"], "webhook-timestamp": str(stamp),
            "webhook-signature": signing.sign(SECRET, event["id"], stamp, body),
        }  # fmt: skip
        return doors.accept(self.channel.door_token, "POST", headers, {}, body)[0]

    def take_in(self, events: list[dict[str, Any]], tell: Callable[[str], None]) -> None:
        for event in events:
            if self.knock(event) == 200:
                tell(event["id"])
        while file_waiting():
            pass

    def poll(self, tell: Callable[[str], None]) -> None:
        """Read the network's feed from the saved cursor on, a page of two at a time."""
        while True:
            self.channel.refresh_from_db(fields=["cursor"])
            start = int(self.channel.cursor.get("read", 0))
            items = self.feed[start : start + 2]
            if not items:
                break
            polling.take_page(self.channel.pk, Page(items=items, cursor={"read": start + len(items)}))
            for item in items:
                tell(json.loads(item.body)["id"])
        while file_waiting():
            pass

    def answer(self, conversation_id: int, key: str, tell: Callable[[str], None]) -> None:
        """A person's reply, sent at once."""
        conversation = Conversation.objects.get(pk=conversation_id)
        send_reply(
            conversation,
            by=self.agent,
            text=f"Answer {key}",
            is_public=True,
            request_key=key,
            undo=timedelta(0),
        )
        tell(key)
        while dispatching.send_due():
            pass

    # ---- killing -----------------------------------------------------------------------------------------

    def in_child(
        self, work: Callable[[Callable[[str], None]], None], *, point: str = "", after: float | None = None
    ) -> tuple[bool, list[str]]:
        """Fork, run `work`, kill at a point or after seconds; returns (was killed, what it had told)."""
        connections.close_all()
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                os.close(reading)
                doors.forget_doors()
                crash.arm(point)

                def tell(word: str) -> None:
                    os.write(writing, (word + "\n").encode())

                with counted_statements():
                    work(tell)
                status = 0
            finally:
                os._exit(status)
        os.close(writing)
        if after is not None:
            time.sleep(after)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with os.fdopen(reading) as told:
            words = told.read().split()
        _, status = os.waitpid(pid, 0)
        was_killed = os.WIFSIGNALED(status)
        if not was_killed and os.WEXITSTATUS(status) != 0:
            self.outcome.problems.append(f"the child failed by itself at {point or after}")
        return was_killed, words

    def kill_intake(self, *, point: str = "", after: float | None = None) -> bool:
        """Kill while webhook calls are taken in and filed."""
        events = self.events()
        killed, told = self.in_child(lambda tell: self.take_in(events, tell), point=point, after=after)
        self.acked.update(told)
        for (
            event
        ) in events:  # the network sends what it heard no 200 for again, and, as they do, one more besides
            if event["id"] not in told or self.random.random() < 0.3:
                assert self.knock(event) == 200
                self.acked.add(event["id"])
        return self._finish(killed, point or f"intake after {after:.4f} s")

    def kill_poll(self, *, point: str = "", after: float | None = None) -> bool:
        """Kill while a page and its cursor are stored."""
        for event in self.events():
            self.feed.append(payloads.item_of(event, json.dumps(event).encode()))
        killed, told = self.in_child(self.poll, point=point, after=after)
        self.acked.update(told)
        self.poll(self.acked.add)
        return self._finish(killed, point or f"poll after {after:.4f} s")

    def kill_send(self, *, point: str = "", after: float | None = None, mode: Mode = "fine") -> bool:
        """Kill while a reply is written and sent; then the browser submits it again and the worker starts anew."""
        event = self.events()[0]
        assert self.knock(event) == 200
        self.acked.add(event["id"])
        while file_waiting():
            pass
        conversation_id = Message.objects.get(external_id=event["id"]).conversation_id
        key = f"reply-{next(self.numbers)}"
        self.network.mode = mode
        killed, _ = self.in_child(
            lambda tell: self.answer(conversation_id, key, tell), point=point, after=after
        )
        self.network.mode = "fine"
        self.network.is_silent = True  # look-ups fail, so that each ambiguous send must be seen as unknown
        dispatching.settle_after_restart()
        was_unknown = Dispatch.objects.filter(key=key, state="unknown").exists()
        taken = self.network.times_sent(key)
        self.outcome.unknown += was_unknown
        self.answer(conversation_id, key, lambda word: None)
        dispatching.resolve_unknown()
        row = Dispatch.objects.get(key=key)
        if taken and row.state not in ("sent", "unknown"):
            self.outcome.unknown_hidden += 1
            self.outcome.problems.append(f"{point}: taken by the network but {row.state}")
        self.network.is_silent = False
        Dispatch.objects.filter(state="unknown").update(not_before=datetime.now(UTC), attempts=0)
        dispatching.resolve_unknown()
        twice = self.network.times_sent(key)
        if twice > 1:
            self.outcome.sent_twice += 1
            self.outcome.problems.append(f"{point or after}: sent {twice} times")
        state = Dispatch.objects.get(key=key).state
        if state not in ("sent", "unknown") or (state == "sent") != (twice == 1):
            self.outcome.stuck += 1
            self.outcome.problems.append(f"{point or after}: {state}, taken {twice} times")
        return self._finish(killed, f"{mode} {point or f'send after {after:.4f} s'}")

    # ---- the oracle --------------------------------------------------------------------------------------

    def _finish(self, killed: bool, point: str) -> bool:
        while file_waiting():
            pass
        if killed:
            self.outcome.kills += 1
            self.outcome.points.append(point)
        stored = list(
            Message.objects.filter(direction="in", channel=self.channel).values_list("external_id", flat=True)
        )
        lost = self.acked - set(stored)
        if lost:
            self.outcome.lost += len(lost)
            self.outcome.problems.append(f"{point}: lost {sorted(lost)[:3]}")
            self.acked -= lost
        if len(stored) != len(set(stored)):
            self.outcome.stored_twice += 1
        same = Conversation.objects.values_list("channel_id", "handle_id", "thread_key").order_by()
        if len(same) != len(set(same)):
            self.outcome.stored_twice += 1
            self.outcome.problems.append(f"{point}: two conversations where one belongs")
        if Delivery.objects.filter(state__in=["waiting", "failed"]).exists():
            self.outcome.stuck += 1
            self.outcome.problems.append(
                f"{point}: {Delivery.objects.filter(state__in=['waiting', 'failed'])[0].reason}"
            )
        if not ledger([self.channel])[0].is_balanced:
            self.outcome.unbalanced += 1
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA integrity_check")
                if cursor.fetchone() != ("ok",):
                    self.outcome.corrupt += 1
        return killed


@contextlib.contextmanager
def counted_statements() -> Iterator[None]:
    """Make every database statement a crash point named "statement"."""

    def passing(execute: Any, statement: Any, params: Any, many: Any, context: Any) -> Any:
        crash.crash_point("statement")
        return execute(statement, params, many, context)

    with connection.execute_wrapper(passing):
        yield
