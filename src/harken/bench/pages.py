"""`inbox`, `thread`, `search`: what an agent looks at all day, signed in, over the real port; beside a raw page.

The agent is a plain one who belongs to three of eight teams, so that the permissions take part. Measured is the GET
of the fragment that the desk fetches; statements are counted for the same request in this process.
"""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection
from django.middleware.csrf import CSRF_SECRET_LENGTH
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.crypto import get_random_string

from harken.accounts.sessions import SessionStore
from harken.community.models import Member
from harken.inbox.models import Conversation, Message
from harken.inbox.permissions import conversations_visible_to
from harken.team.models import Agent

from .calling import Heard, call_all, written
from .installing import Install, fill, make_install
from .outcome import Outcome
from .serving import Served, bare, harken

CLIENTS = 1
GETS = 60  # a round
WARM = 40  # enough for every thread of the server to have its statements ready
ROW_ID = re.compile(r'<li class="row"[^>]* data-id="(\d+)"')
MESSAGE_ID = re.compile(r' data-message="(\d+)"')
PAGES = ("inbox", "thread", "search")
MOST_FRAGMENT = 20_000  # bytes sent
MOST_PAGE = 40_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One page: the desk's fragment, the whole page around it, the raw page beside it, and what must be in it."""

    fragment: str
    page: str
    raw: str
    headers: dict[str, str]
    check: Callable[[str], str]  # what is wrong in the fragment, "" when nothing is


def sign_in(agent: Agent | Member) -> dict[str, str]:
    """The headers of a browser that is signed in as this agent or member."""
    session = SessionStore()
    session[SESSION_KEY] = str(agent.user_id)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    assert agent.user is not None, "somebody who can sign in"
    session[HASH_SESSION_KEY] = agent.user.get_session_auth_hash()
    session.create()
    cookies = {
        settings.SESSION_COOKIE_NAME: session.session_key,
        settings.CSRF_COOKIE_NAME: get_random_string(CSRF_SECRET_LENGTH),  # from its first page on
    }
    return {
        "cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "accept-encoding": "gzip",
    }


def rows_in(text: str) -> list[int]:
    """The conversations that a list shows, in its order."""
    return [int(found) for found in ROW_ID.findall(text)]


def asked_of(name: str, agent: Agent) -> Asked:
    """What a bench asks for."""
    visible = conversations_visible_to(agent)
    if name == "inbox":
        first = list(
            visible.filter(needs_answer=True, state="open", is_archive=False)
            .order_by("-lane", "-rank", "waiting_since", "id")
            .values_list("pk", flat=True)[:50]
        )
        return Asked(
            "/desk/list/", "/desk/", "/inbox", {"HX-Request": "true"},
            lambda text: "" if rows_in(text) == first and first else f"rows {rows_in(text)[:5]}, not {first[:5]}",
        )  # fmt: skip
    if name == "thread":
        long = Conversation.objects.get(thread_key="t0")
        said = list(
            Message.objects.filter(conversation=long)
            .order_by("happened_at", "id")
            .values_list("pk", flat=True)
        )
        path = f"/desk/c/{long.pk}/"

        def check_thread(text: str) -> str:
            shown = [int(found) for found in MESSAGE_ID.findall(text)]
            return "" if shown == said else f"{len(shown)} messages of {len(said)} are shown in order"

        return Asked(
            path, path, f"/thread?id={long.pk}", {"HX-Request": "true", "HX-Target": "pane"}, check_thread
        )
    word = "refund"
    hits = set(Message.objects.filter(text__icontains=word).values_list("conversation_id", flat=True))
    allowed = set(visible.values_list("pk", flat=True))

    def check(text: str) -> str:
        shown = rows_in(text)
        wrong = [pk for pk in shown if pk not in hits or pk not in allowed]
        return f"{len(shown)} hits, {len(wrong)} of them wrong" if wrong or not shown else ""

    path = f"/desk/search/?q={quote(word)}"
    return Asked(path, path, f"/search?q={quote(word)}", {"HX-Request": "true", "HX-Target": "list"}, check)


def measure(name: str, size: int, rounds: int) -> Outcome:
    """Fetch a page over and over from each server in turns; CPU ms a GET of the server's process tree."""
    found = Outcome(name, size)
    install = make_install(size)
    fill(install)
    identity = sign_in(install.agent)
    asked = asked_of(name, install.agent)
    try:
        with harken("web") as ours, bare() as limit:
            one = written("GET", asked.fragment, {**identity, **asked.headers})
            raw = written("GET", asked.raw, identity)
            for served, request in ((ours, one), (limit, raw)):
                for heard in _fetch(served, request, WARM)[1]:
                    found.check(heard.status == 200, f"{request[:60]!r} answers {heard.status}")
            for _ in range(rounds):
                for served, request, figures in ((ours, one, found.ours), (limit, raw, found.limit)):
                    spent, heard = _fetch(served, request, GETS)
                    figures.append(spent / GETS)
            whole = _fetch(ours, written("GET", asked.page, identity), 3)[1][-1]
            fragment = _fetch(ours, one, 1)[1][-1]
    finally:
        Session.objects.all().delete()
    text = plain(fragment)
    found.check(fragment.status == whole.status == 200, f"the page answers {whole.status}")
    if wrong := asked.check(text):
        found.check(False, wrong)
    found.more |= {
        "statements": count_statements(install, asked),
        "fragment_bytes": len(text.encode()),
        "fragment_bytes_sent": len(fragment.body),
        "page_bytes_sent": len(whole.body),
        "clients": CLIENTS,
    }
    return found


def plain(heard: Heard) -> str:
    """The text of an answer."""
    is_packed = heard.headers.get("content-encoding") == "gzip"
    return (gzip.decompress(heard.body) if is_packed else heard.body).decode()


def _fetch(served: Served, request: bytes, times: int) -> tuple[float, list[Heard]]:
    began = served.cpu_ms()
    heard = asyncio.run(call_all(served.port, [request] * times, clients=CLIENTS))
    return served.cpu_ms() - began, heard


def count_statements(install: Install, asked: Asked) -> int:
    """How many statements the fragment takes in all, session and permissions included, once it is warm."""
    client = Client(HTTP_HOST="127.0.0.1", headers=asked.headers)
    identity = sign_in(install.agent)
    client.cookies.load(identity["cookie"])
    client.get(asked.fragment)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(asked.fragment)
    if answer.status_code != 200:
        raise RuntimeError(f"{asked.fragment} answers {answer.status_code}")
    return len(queries)
