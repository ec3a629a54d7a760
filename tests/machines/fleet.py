"""Several machines in small: web and work processes on one PostgreSQL and one broker, and a network that
never gives up. The processes share nothing but the database, the broker and the secrets, as on machines of
their own."""

from __future__ import annotations

import json
import random
import secrets
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from harken.connectors.echo.signing import sign
from tests.cli.running import Running, environment, run_harken, run_python

SECRET = "whsec_" + b64encode(b"m" * 32).decode()


class Fleet:
    """An install on several machines, over a database that is ready."""

    def __init__(self, folder: Path, *, database_url: str, broker_url: str, allow: str = "") -> None:
        self.folder = folder
        self.env = environment(
            folder / "home",
            HARKEN_DATABASE_URL=database_url,
            HARKEN_BROKER_URL=broker_url,
            HARKEN_ALLOW_PRIVATE_HOSTS=allow,
        )
        self.processes: dict[str, Running] = {}

    def start(self, name: str, *words: str, port: int = 0) -> Running:
        """Start a process under a name."""
        env = {**self.env, "HARKEN_PORT": str(port)} if port else self.env
        self.processes[name] = Running(*words, env=env, log=self.folder / f"{name}.log")
        return self.processes[name]

    def kill(self, name: str) -> None:
        """-9, as a power cut would."""
        self.processes[name].kill()

    def stop(self) -> None:
        """End all that still runs."""
        for process in self.processes.values():
            process.kill()

    def make_channel(self, send_url: str) -> str:
        """An echo channel and an agent; returns the door's token."""
        return run_python(
            "from harken.accounts.models import Brand\n"
            "from harken.channels.actions import create_channel\n"
            "from harken.team.actions import create_agent\n"
            "brand = Brand.objects.create(name='Fleet', slug='fleet')\n"
            f"settings = {{'send_url': {send_url!r}, 'is_public': True}}\n"
            f"channel = create_channel('echo', name='fleet', brand=brand, settings=settings,\n"
            f"    secrets={{'secret': {SECRET!r}}})\n"
            "create_agent(email='fleet@example.org', name='Fleet', role='admin', password=None)\n"
            "print(channel.door_token)",
            self.env,
        )

    def ledger(self) -> dict[str, Any]:
        """The channel's account."""
        done = run_harken("ledger", "--json", env=self.env)
        assert done.stdout, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)["channels"][0]
        return found


class Sender:
    """The network's side: each event is sent, to any door that answers, until it hears 200; some are sent
    again."""

    def __init__(self, urls: list[str], token: str, *, threads: int = 6, pause: float = 0.02) -> None:
        self._urls, self._token, self._pause = urls, token, pause
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._number = 0
        self.heard_200: dict[str, int] = {}  # event → how often
        self.refused: dict[str, int] = {}  # what was heard instead, and how often
        self.slowest = 0.0
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(threads)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def ease(self, pause: float) -> None:
        """From now on, each thread rests this long, in seconds, between two events."""
        self._pause = pause

    def stop(self) -> None:
        """Stop making new events; what was begun is sent to its end."""
        self._stop.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive()

    def _run(self, number: int) -> None:
        chance = random.Random(number)
        with httpx.Client(timeout=10) as client:
            while not self._stop.is_set():
                with self._lock:
                    self._number += 1
                    event_id = f"e{self._number}"
                    author = f"person-{self._number % 40}"
                body = json.dumps(
                    {
                        "type": "post",
                        "id": event_id,
                        "at": datetime.now(UTC).isoformat(),
                        "author": {"key": author, "name": author.title()},
                        "text": f"Where is my order {event_id}?",
                    }
                ).encode()
                for _ in range(2 if chance.random() < 0.1 else 1):
                    self._send(client, chance, event_id, body)
                self._stop.wait(self._pause)

    def _send(self, client: httpx.Client, chance: random.Random, event_id: str, body: bytes) -> None:
        start = time.monotonic()
        while True:
            at = int(time.time())
            message_id = "msg_" + secrets.token_hex(8)
            headers = {
                "webhook-id": message_id,
                "webhook-timestamp": str(at),
                "webhook-signature": sign(SECRET, message_id, at, body),
            }
            try:
                answer = client.post(
                    f"{chance.choice(self._urls)}/doors/{self._token}", content=body, headers=headers
                )
                heard = str(answer.status_code)
            except httpx.HTTPError as problem:
                heard = type(problem).__name__
            with self._lock:
                if heard == "200":
                    self.heard_200[event_id] = self.heard_200.get(event_id, 0) + 1
                    self.slowest = max(self.slowest, time.monotonic() - start)
                    return
                self.refused[heard] = self.refused.get(heard, 0) + 1
            time.sleep(0.1)


def wait_for(what: Callable[[], object], within: float, reason: str) -> float:
    """Wait until it is so; returns the seconds it took."""
    start = time.monotonic()
    while not what():
        assert time.monotonic() - start < within, f"waited in vain for {reason}"
        time.sleep(0.25)
    return time.monotonic() - start
