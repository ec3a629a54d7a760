"""Several machines: one web process and one worker are killed under load, and nothing is lost or done twice;
the same while the broker is away for a minute."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from harken.drills.network import RecordingNetwork
from tests.cli.running import run_python
from tests.peers.places import free_ports
from tests.peers.rabbitmq import RabbitNode

from .fleet import Fleet, Sender, wait_for

AWAY = float(os.environ.get("HARKEN_TEST_BROKER_AWAY", "60"))  # seconds without a broker

ANSWER_ALL = """
from datetime import timedelta
from harken.inbox.actions.replying import send_reply
from harken.inbox.models import Conversation
from harken.team.models import Agent
agent, count = Agent.objects.get(), 0
for conversation in Conversation.objects.order_by("id"):
    send_reply(conversation, by=agent, text=f"Answer to {conversation.pk}, round ROUND", is_public=True,
               request_key=f"round-ROUND-{conversation.pk}", undo=timedelta(0))
    count += 1
print(count)
"""


@pytest.fixture
def network() -> Iterator[RecordingNetwork]:
    found = RecordingNetwork()
    yield found
    found.stop()


@pytest.fixture
def fleet(
    tmp_path: Path, ready_postgres_url: str, rabbitmq_node: RabbitNode, network: RecordingNetwork
) -> Iterator[Fleet]:
    found = Fleet(
        tmp_path,
        database_url=ready_postgres_url,
        broker_url=rabbitmq_node.url,
        allow=f"127.0.0.1:{network.port}",
    )
    yield found
    found.stop()


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchall()  # type: ignore[arg-type]


def answer_all(fleet: Fleet, round_: int) -> int:
    return int(run_python(ANSWER_ALL.replace("ROUND", str(round_)), fleet.env))


@pytest.mark.timeout(420)
@pytest.mark.parametrize("broker", ["runs", "is away"])
def test_a_web_process_and_a_worker_die_under_load(
    fleet: Fleet, rabbitmq_node: RabbitNode, ready_postgres_url: str, network: RecordingNetwork, broker: str
) -> None:
    token = fleet.make_channel(network.url)
    with ExitStack() as stack:
        ports = stack.enter_context(free_ports(2))
        webs = [fleet.start(f"web{n}", "web", port=port) for n, port in enumerate(ports)]
        for n in range(2):
            fleet.start(f"work{n}", "work")
        for web in webs:
            web.wait_until(web.is_healthy, within=90)
        wait_for(
            lambda: (
                rows(ready_postgres_url, "SELECT COUNT(*) FROM base_heartbeat WHERE kind = 'work'")[0][0] == 2
            ),
            60,
            "both workers",
        )
        sender = Sender([web.url for web in webs], token)
        sender.start()
        started = time.monotonic()
        try:
            wait_for(lambda: len(sender.heard_200) > 60, 60, "the first events")
            if broker == "is away":
                rabbitmq_node.kill()
                away_since = time.monotonic()
                time.sleep(3)
            sent = answer_all(fleet, 1)
            fleet.kill("work0")
            time.sleep(2)
            fleet.kill("web0")
            time.sleep(2)
            at_kill = len(sender.heard_200)
            sent += answer_all(fleet, 2)
            wait_for(lambda: len(sender.heard_200) > at_kill + 60, 60, "the other web process to take over")
            if broker == "is away":
                sender.ease(
                    0.3
                )  # how long it lasts matters now, not how much comes in: others need the machine
                time.sleep(max(0.0, AWAY - (time.monotonic() - away_since)))
                # all the while what came in was filed by the sweep: what waits is never older than a few
                # seconds
                oldest = rows(
                    ready_postgres_url,
                    "SELECT COALESCE(EXTRACT(EPOCH FROM now() - MIN(received_at)), 0) "
                    "FROM channels_delivery WHERE state = 'waiting'",
                )[0][0]
                assert oldest < 12, f"a delivery waits for {oldest} s without a broker"
                rabbitmq_node.start()
                time.sleep(2)
        finally:
            sender.stop()
        # a dead machine is replaced
        fleet.start("work2", "work")
        wait_for(lambda: fleet.ledger()["waiting"] == 0, 60, "everything to be filed")
        wait_for(
            lambda: (
                rows(
                    ready_postgres_url,
                    "SELECT COUNT(*) FROM channels_dispatch WHERE state IN ('queued', 'claimed', 'requesting')",
                )
                == [(0,)]
            ),
            120,
            "every reply to be settled",
        )

        events, calls = len(sender.heard_200), sum(sender.heard_200.values())
        print(
            f"{broker}: {events} events, {calls} calls with 200 in {time.monotonic() - started:.0f} s, "
            f"slowest {sender.slowest:.1f} s, instead of 200: {sender.refused}; {sent} replies"
        )
        # in: each event once, whatever was killed
        account = fleet.ledger()
        assert account["balanced"] is True
        assert (account["failed"], account["waiting"], account["ignored"]) == (0, 0, 0)
        assert account["shown"] == events
        assert (
            account["received"] >= calls
        )  # an answer that was cut by the kill was stored as well, and counted
        stored = rows(ready_postgres_url, "SELECT external_id FROM inbox_message WHERE direction = 'in'")
        assert sorted(one for (one,) in stored) == sorted(sender.heard_200)
        # out: each reply at most once; what may have left is shown as unknown or proven by asking
        keys = [body["key"] for body in network.received]
        assert len(keys) == len(set(keys)), "a reply left twice"
        states = dict(
            rows(ready_postgres_url, "SELECT state, COUNT(*) FROM channels_dispatch GROUP BY state")
        )
        assert sum(states.values()) == sent
        assert set(states) <= {"sent", "unknown"}
        assert states.get("unknown", 0) <= 1  # only what the killed worker had on the line
        assert states["sent"] <= len(keys) <= sent
        # and the fleet says what happened to it
        health = httpx_get(webs[1].url + "/healthz")
        assert health["status"] == "ok"
        assert health["workers"]["alive"] >= 2


def httpx_get(url: str) -> dict[str, Any]:
    import httpx

    found: dict[str, Any] = httpx.get(url, timeout=10).json()
    return found
