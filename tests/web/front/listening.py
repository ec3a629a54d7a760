"""A browser's side of the live stream, and people to listen, for the tests."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from harken.accounts.models import Brand, User
from harken.channels.models import Channel
from harken.team.models import Agent


def make_agent(name: str, role: str = "agent") -> Agent:
    """A person who can sign in."""
    user = User.objects.create_user(f"{name}@larkspur.example", "a long password", name=name.title())
    return Agent.objects.create(user=user, role=role)


def make_channel(name: str) -> Channel:
    """A channel that every team sees."""
    brand, _ = Brand.objects.get_or_create(name="Larkspur", slug="larkspur")
    return Channel.objects.create(connector="echo", name=name, brand=brand)


def sign_in(agent: Agent) -> str:
    """The session key of a fresh session of this agent."""
    session = SessionStore()
    session[SESSION_KEY] = str(agent.user.pk)
    session[BACKEND_SESSION_KEY] = "harken.accounts.backends.EmailBackend"
    session[HASH_SESSION_KEY] = agent.user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def cookie(session_key: str) -> str:
    """The Cookie header's value for a session."""
    return f"{settings.SESSION_COOKIE_NAME}={session_key}"


class Ear:
    """One open stream, read event by event."""

    def __init__(self, port: int, session_key: str, *, receive_buffer: int = 0, headers: str = "") -> None:
        self.line = socket.socket()
        if receive_buffer:
            self.line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.line.settimeout(10)
        self.line.connect(("127.0.0.1", port))
        self.line.sendall(
            f"GET /live HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n{headers}"
            f"Cookie: {cookie(session_key)}\r\n\r\n".encode()
        )
        self.file = self.line.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers: dict[str, str] = {}
        while line := self.file.readline().strip():
            name, _, value = line.decode().partition(": ")
            self.headers[name] = value
        self._text = b""
        self.is_closed = False

    def event(self, timeout: float = 5) -> tuple[str, Any]:
        """The next event as (name, data); ("closed", None) when the server ended the stream."""
        self.line.settimeout(timeout)
        while b"\n\n" not in self._text:
            try:
                size = int(self.file.readline() or b"0", 16)
            except (ConnectionResetError, ValueError):
                size = 0
            if not size:
                self.is_closed = True
                return "closed", None
            self._text += self.file.read(size + 2)[:-2]
        one, _, self._text = self._text.partition(b"\n\n")
        fields = dict(line.split(": ", 1) for line in one.decode().split("\n"))
        return fields.get("event", ""), json.loads(fields.get("data", "null"))

    def changes(self, count: int, timeout: float = 5) -> list[list[Any]]:
        """The next `count` changes, over however many events they come in."""
        found: list[list[Any]] = []
        end = time.monotonic() + timeout
        while len(found) < count:
            name, data = self.event(max(0.01, end - time.monotonic()))
            assert name in ("change", "beat"), f"{name} while waiting for changes"
            found += data if name == "change" else []
        return found

    def is_silent(self, for_: float = 0.5) -> bool:
        """Whether nothing comes for a while."""
        try:
            name, data = self.event(for_)
        except TimeoutError:
            # a timed out makefile cannot be read again
            self.file = self.line.makefile("rb")
            return True
        raise AssertionError(f"heard {name} {data}")

    def close(self) -> None:
        self.file.close()
        self.line.close()
