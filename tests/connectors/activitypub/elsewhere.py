"""A server of the Fediverse as a test writes it: somebody with a key, their document over HTTP, and calls they sign."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from harken.base.net import guard
from harken.channels.contract import Account, DoorRequest
from harken.connectors.activitypub import signature
from harken.connectors.activitypub.connector import ActivityPubConnector, forget_calls

AS = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{AS}#Public"
US, DOOR = "http://care.larkspur.example/ap/spaces/7", "/doors/a-token"


@cache
def keys(number: int = 0) -> tuple[str, str]:
    """Pairs of keys, made once a run: making one takes a moment."""
    return signature.new_key()


def connector(**settings: Any) -> ActivityPubConnector:
    return ActivityPubConnector(
        Account(
            7,
            "Baggage",
            {"actor": US, **settings},
            {"key": keys()[0]},
            public_url="http://care.larkspur.example",
        )
    )


@dataclass
class Person:
    """Somebody elsewhere. `uri` is their address."""

    uri: str = "http://fjord.example/users/ines"
    name: str = "Ines"
    number: int = 1  # of their key
    more: dict[str, Any] = field(default_factory=dict)
    said: int = 0

    @property
    def key_id(self) -> str:
        return f"{self.uri}#main-key"

    @property
    def host(self) -> str:
        return urlsplit(self.uri).netloc

    def document(self) -> dict[str, Any]:
        return {
            "@context": AS,
            "id": self.uri,
            "type": "Person",
            "preferredUsername": self.uri.rpartition("/")[2],
            "name": self.name,
            "inbox": f"{self.uri}/inbox",
            "publicKey": {"id": self.key_id, "owner": self.uri, "publicKeyPem": keys(self.number)[1]},
            **self.more,
        }

    def does(self, kind: str, thing: Any, **others: Any) -> dict[str, Any]:
        """An activity of theirs with an id of its own."""
        self.said += 1
        return {
            "@context": AS, "id": f"{self.uri}/acts/{self.said}", "type": kind, "actor": self.uri, "object": thing,
            **others,
        }  # fmt: skip

    def note(self, text: str, answers: str | None = None, number: int = 1, **others: Any) -> dict[str, Any]:
        """A public post of theirs."""
        return {
            "id": f"{self.uri}/notes/{number}",
            "type": "Note",
            "attributedTo": self.uri,
            "to": [PUBLIC],
            "content": text,
            "inReplyTo": answers,
            "published": "2026-03-03T10:00:00Z",
            "url": f"{self.uri}/notes/{number}.html",
            **others,
        }

    def signs(
        self, activity: Any, *, path: str = DOOR, host: str = "care.larkspur.example", at: datetime | None = None,
        key_id: str = "", number: int | None = None, **headers: str,
    ) -> DoorRequest:  # fmt: skip
        """The call by which they send it; `headers` replaces what was sent after it was signed."""
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        signed = signature.sign(
            keys(self.number if number is None else number)[0], key_id or self.key_id, method="post", path=path,
            host=host, body=body, now=at or datetime.now(UTC),
        )  # fmt: skip
        sent = {"host": host, "content-type": "application/activity+json", **signed}
        return DoorRequest(
            "POST", {**sent, **{k.replace("_", "-"): v for k, v in headers.items()}}, {}, body, DOOR
        )


class Server:
    """Documents over HTTP on this machine. `answers` maps a path to (status, content type, body) or a document."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 202
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                return

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.asked.append((self.path, headers))
                found = outer.answers.get(self.path, (404, "text/plain", b""))
                status, kind, body = (
                    (200, "application/activity+json", json.dumps(found).encode())
                    if isinstance(found, dict)
                    else found
                )
                self._say(status, kind, body)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.received.append((self.path, headers, body))
                self._say(outer.status, "text/plain", b"")

            def _say(self, status: int, kind: str, body: bytes) -> None:
                self.send_response(status)
                if status in (301, 302):
                    self.send_header("location", body.decode())
                    body = b""
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.http.server_address[1]}"
        self.url = f"http://{self.host}"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def person(self, name: str = "ines", number: int = 1, **more: Any) -> Person:
        """Somebody who lives here, and is told of to whoever asks."""
        made = Person(f"{self.url}/users/{name}", name.title(), number, more)
        self.answers[f"/users/{name}"] = made.document()
        return made


@contextmanager
def running() -> Iterator[Server]:
    server = Server()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()


# ---- what both the connector's tests and those of spaces stand on; their conftest takes them in -------------


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """No call of an earlier test, and no host that one allowed."""
    before = guard.current()
    forget_calls()
    yield
    guard._guard = before


@pytest.fixture
def server() -> Iterator[Server]:
    """Another server of the Fediverse, which strangers' words may lead to."""
    with running() as found:
        guard.configure(allow_private_hosts=f"media={found.host}")
        yield found
