"""`community`, `topic`: what everybody reads, from the keep over the real port; and signed in; and the search.

Beside the kept page stands the least there is: the same server that answers with as many bytes from memory.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from urllib.parse import quote

from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext

from harken.community.actions.writing import open_topic
from harken.community.models import Member, Post, Space, Topic

from .calling import Heard, call_all, written
from .forum import COMMON, RARE, make_forum
from .outcome import Outcome
from .pages import plain, sign_in
from .serving import Served, bare, harken

CLIENTS = 8
KEPT_GETS = 4000  # a round
GETS = 200  # of what is made each time
WARM = 120  # enough for every thread of the server to have its statements ready
TOPIC_ID = re.compile(r'href="/community/t/(\d+)/')
POST_ID = re.compile(r' id="p(\d+)"')
VISIBLE_WITHIN = 1.0  # seconds
ANYBODY = {  # a browser, so that a topic's views are counted
    "accept-encoding": "gzip",
    "accept-language": "en",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
}


def rows_in(text: str) -> list[int]:
    """The topics that a page leads to, each once, in its order."""
    return list(dict.fromkeys(int(found) for found in TOPIC_ID.findall(text)))


def measure(name: str, size: int, rounds: int) -> Outcome:
    """Fetch a page of the community over and over; CPU ms a GET of the server's process tree."""
    found = Outcome(name, size)
    member = make_forum(size)
    path, check = _asked(name)
    identity = sign_in(member)
    try:
        with harken("web") as ours, bare() as limit:
            request, raw = written("GET", path, ANYBODY), written("GET", "/kept", ANYBODY)
            page = _until_kept(ours, request)
            text = plain(page)
            if wrong := check(text):
                found.check(False, wrong)
            _get(limit, written("GET", f"/keep?bytes={len(page.body)}", ANYBODY), 1)
            for _ in range(rounds):
                for served, asked, figures in ((ours, request, found.ours), (limit, raw, found.limit)):
                    spent, heard = _get(served, asked, KEPT_GETS)
                    figures.append(spent / KEPT_GETS)
                    found.check(
                        all(len(one.body) == len(page.body) for one in heard), "other bytes than the page's"
                    )
            found.more["kept_a_cpu_second"] = round(1000 / sorted(found.ours)[len(found.ours) // 2])
            found.more["bytes_sent"] = len(page.body)
            signed_in = _signed_in(ours, path, identity, check, found)
            found.more["signed_in_cpu_ms"] = signed_in
            found.more["statements"] = _statements(path, identity)
            if name == "community":
                found.more["search_cpu_ms"] = _searches(ours, identity, found)
                found.more["visible_in_ms"] = _visible(ours, request, member, found)
    finally:
        Session.objects.all().delete()
    return found


def _asked(name: str) -> tuple[str, Callable[[str], str]]:
    """The address, and what is wrong in a page of it ("" when nothing is)."""
    if name == "community":
        newest = list(
            Topic.objects.filter(is_shown=True).order_by("-last_at", "-id").values_list("pk", flat=True)[:20]
        )

        def check_list(text: str) -> str:
            rows = [pk for pk in rows_in(text) if pk in newest]
            return "" if rows == newest else f"rows {rows_in(text)[:5]}, not {newest[:5]}"

        return "/community/questions/", check_list
    topic = Topic.objects.order_by("-posts", "pk")[0]
    said = set(Post.objects.filter(topic=topic).values_list("pk", flat=True))

    def check_topic(text: str) -> str:
        shown = {int(found) for found in POST_ID.findall(text)}
        return "" if shown and shown <= said else f"{len(shown & said)} posts of {len(said)} are shown"

    return f"/community/t/{topic.pk}/{quote(topic.slug)}/", check_topic


def _get(served: Served, request: bytes, times: int, *, clients: int = CLIENTS) -> tuple[float, list[Heard]]:
    began = served.cpu_ms()
    heard = asyncio.run(call_all(served.port, [request] * times, clients=min(clients, times)))
    return served.cpu_ms() - began, heard


def _until_kept(served: Served, request: bytes) -> Heard:
    """The page, once it is answered from the keep: the same bytes again and again."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        first, second = _get(served, request, 2, clients=1)[1]
        if (
            first.status == 200
            and "etag" in first.headers
            and first.headers["etag"] == second.headers["etag"]
        ):
            time.sleep(1.2)  # a page that is made each time has another moment in it by then
            third = _get(served, request, 1)[1][0]
            if third.headers.get("etag") == first.headers["etag"]:
                return third
    raise RuntimeError("The page is never kept.")


def _signed_in(
    served: Served, path: str, identity: dict[str, str], check: Callable[[str], str], found: Outcome
) -> float:
    request = written("GET", path, identity)
    for heard in _get(served, request, WARM, clients=1)[1]:
        found.check(heard.status == 200, f"signed in, {path} answers {heard.status}")
    spent, heard = _get(served, request, GETS, clients=1)
    if wrong := check(plain(heard[-1])):
        found.check(False, f"signed in: {wrong}")
    return round(spent / GETS, 2)


def _searches(served: Served, identity: dict[str, str], found: Outcome) -> dict[str, float]:
    """CPU ms of the page of hits, signed in, for a common, a rare, two and no words."""
    figures = {}
    for kind, words in {"common": COMMON, "rare": RARE, "two": f"{COMMON} {RARE}", "none": ""}.items():
        request = written("GET", f"/community/search/?q={quote(words)}", identity)
        _get(served, request, WARM, clients=1)
        spent, heard = _get(served, request, GETS, clients=1)
        figures[kind] = round(spent / GETS, 2)
        rows = rows_in(plain(heard[-1]))
        found.check(heard[-1].status == 200, f"a search for {words!r} answers {heard[-1].status}")
        if words:
            wrong = [pk for pk in rows[:20] if not _is_said(words.split()[-1], pk)]
            found.check(
                bool(rows) and not wrong, f"{len(rows)} hits for {words!r}, {len(wrong)} of them wrong"
            )
    return figures


def _is_said(word: str, topic_id: int) -> bool:
    said = Q(text__icontains=word) | Q(topic__title__icontains=word)
    return Post.objects.filter(said, topic=topic_id).exists()


def _visible(served: Served, request: bytes, member: Member, found: Outcome) -> float:
    """Milliseconds from the commit of a topic, in another process, until everybody is shown it."""
    space = Space.objects.order_by("pk")[0]
    topic = open_topic(space, by=member, title="Posted just now", text="By another process.")
    began = time.monotonic()
    while topic.pk not in rows_in(plain(_get(served, request, 1)[1][0])):
        if time.monotonic() - began > 20:
            break
        time.sleep(0.005)
    took = time.monotonic() - began
    found.check(took < VISIBLE_WITHIN, f"a topic was shown after {took:.1f} s")
    return round(1000 * took)


def _statements(path: str, identity: dict[str, str]) -> int:
    """How many statements the page takes signed in, once it is warm."""
    client = Client(HTTP_HOST="127.0.0.1")
    client.cookies.load(identity["cookie"])
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    if answer.status_code != 200 or answer.wsgi_request.member is None:
        raise RuntimeError(f"{path} answers {answer.status_code}")
    return len(queries)
