"""Every vector, in every place where what customers write is shown: in Chromium, with the policy off and on, nothing runs,
nothing is fetched from outside, and nothing in the page could run later."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from django.db import transaction

from harken.community import policy
from harken.community.actions.changing import NotUnderstood, derive, lock, text_of
from harken.community.actions.choosing import tell_outcome
from harken.community.actions.editing import edit_post
from harken.community.actions.flagging import flag_post
from harken.community.actions.keeping_rules import first_rules
from harken.community.actions.writing import keep_post
from harken.community.models import Draft, Member, Notice, Outcome, Post, Topic
from harken.community.queries.house import waiting_for
from harken.inbox.models import Conversation, Message
from harken.people.models import Person
from tests.factories import ask, echo_post, make_channel, make_member, make_space, receive
from tests.guests.places import make_place, say
from tests.web.browsing import Served, served
from tests.web.cast import make_cast
from tests.web.hostile.vectors import OUTSIDE, VECTORS

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from harken.team.models import Agent

pytestmark = pytest.mark.timeout(420)  # some hundred pages

A_TOPIC = 40  # answers; one page of it
A_CONVERSATION = 200  # messages; one page of it
SOME = 12  # of each kind of page that shows only one customer's words

LISTEN = "window.pwn = n => { (top.pwnedBy = top.pwnedBy || []).push(n); return true }"
TOUCH = """() => { for (const frame of document.querySelectorAll('iframe')) try {
  for (const one of frame.contentDocument.querySelectorAll('*')) {
    for (const {name} of one.attributes) if (/^on/i.test(name)) one.dispatchEvent(new Event(name.slice(2).toLowerCase()))
    if (/^javascript:/i.test(one.href || '')) one.click()
  } } catch {} }"""
# what could run later, were somebody to touch it; each complaint as a line
COULD_RUN = r"""() => {
  const found = [], own = location.origin
  const runs = /^(javascript|vbscript|data|blob|filesystem|view-source|feed|jar):/i
  for (const one of document.querySelectorAll('*')) {
    const name = one.localName, say = what => found.push(what + ' in ' + one.outerHTML.slice(0, 120))
    for (const {name: key, value} of one.attributes) {
      if (/^on/i.test(key)) say('a handler')
      if (/^(data-)?hx-/i.test(key) && /pwn|OUTSIDE/.test(value)) say('an order to htmx')
      if (/^(srcdoc|ping|manifest|background)$/i.test(key)) say(key)
      if (key === 'style' && /url|fixed|animation/i.test(value)) say('a style')
    }
    for (const key of ['href', 'src', 'action', 'formAction', 'data', 'poster']) {
      const value = one[key] && one[key].baseVal !== undefined ? one[key].baseVal : one[key]
      if (typeof value === 'string' && runs.test(value.trim())) say(key + ' that runs')
      const host = typeof value === 'string' && value && URL.canParse(value, own) ? new URL(value, own).hostname : ''
      if (key !== 'href' && host.endsWith('OUTSIDE')) say(key + ' outside')
    }
    if (name === 'script' && !(one.src || '').startsWith(own + '/static/') && !/json$/.test(one.type)) say('a script')
    if (name === 'style' || name === 'base' || name === 'object' || name === 'embed' || name === 'math') say('an element')
    if (name === 'meta' && /refresh/i.test(one.httpEquiv)) say('a refresh')
    if (name === 'iframe' && !one.src.startsWith(own)) say('a frame')
  }
  if (!(document.forms instanceof HTMLCollection) || document.body.localName !== 'body' || document.title.length === undefined)
    found.push('something of the document was named away')
  return found
}""".replace("OUTSIDE", OUTSIDE)


def test_the_corpus_is_large_and_bites(chromium):
    """Shown as they are, hundreds run by themselves or at a touch: a page that lets it through would be noticed."""
    assert len(set(VECTORS)) >= 1000
    context = chromium.new_context()
    page, outside, hits, half = context.new_page(), set(), set(), VECTORS[::2]
    page.add_init_script(LISTEN)

    def answer(route: Any) -> None:
        if OUTSIDE in route.request.url:
            outside.add(route.request.url)
            route.abort()
        else:
            number = route.request.url.rpartition("/")[2]
            start = int(number) if number.isdecimal() else len(half)
            frames = "".join(f'<iframe srcdoc="{escape(v)}"></iframe>' for v in half[start : start + 250])
            route.fulfill(content_type="text/html", body=frames)

    page.route(re.compile("^https?://"), answer)
    for start in range(0, len(half), 250):
        page.goto(f"http://raw.example/{start}")
        page.wait_for_timeout(300)
        page.evaluate(TOUCH)
        page.wait_for_timeout(300)
        hits |= set(page.evaluate("() => top.pwnedBy || []"))
    context.close()
    assert len(hits) > 250
    assert len(outside) > 8


def test_nothing_of_it_runs_in_the_community(transactional_db, quick_passwords, chromium):
    cast = make_cast()
    with transaction.atomic():
        places = _fill_community(cast)
    with served(chromium, cast) as desk:
        seen = _walk(desk, None, places.public, policy_is_off=True)
        assert seen > len(VECTORS), "as text, where what is no markup of ours stays text"
        assert _walk(desk, None, places.public[::4], policy_is_off=False) > len(VECTORS) / 8
        for policy_is_off in (True, False):
            _walk(desk, cast.admin, places.private, policy_is_off=policy_is_off)
        assert desk.complaints == []


def test_nothing_of_it_runs_on_the_desk(transactional_db, quick_passwords, chromium):
    cast = make_cast()
    addresses = _fill_inbox(cast)
    with served(chromium, cast) as desk:
        assert _walk(desk, cast.admin, addresses, policy_is_off=True) > len(VECTORS)
        assert _walk(desk, cast.admin, addresses[::4], policy_is_off=False) > len(VECTORS) / 8
        assert desk.complaints == []


def _walk(desk: Served, agent: Agent | None, addresses: list[str], *, policy_is_off: bool) -> int:
    """Open each page and look for what ran, what could, and what was asked of others; returns how often the vectors'
    call was there to be read."""
    page, seen = desk.page(agent, bypass_csp=policy_is_off), 0
    outside = _watch(page, desk)
    page.add_init_script(LISTEN)
    for address in addresses:
        answer = page.goto(address, wait_until="load")
        assert answer is not None
        assert answer.status == 200, address
        assert page.evaluate(COULD_RUN) == [], address
        assert page.evaluate("() => top.pwnedBy || []") == [], address
        seen += page.evaluate("() => document.body.innerText.split('pwn(').length - 1")
    assert outside == []
    page.context.close()
    return int(seen)


def test_feeds_hold_it_as_text(client, cast):
    _fill_community(cast)
    atom = client.get("/community/feed.atom")
    root = ElementTree.fromstring(atom.content)
    assert atom["Content-Type"].startswith("application/atom+xml")
    names = {one.tag.rpartition("}")[2] for one in root.iter()}
    assert names <= {"feed", "title", "subtitle", "id", "updated", "link", "entry", "author", "name", "uri", "published", "content", "category",
                     "summary", "generator", "icon", "logo", "rights"}  # fmt: skip
    told = client.get("/community/feed.json")
    assert told["Content-Type"].startswith("application/feed+json")
    items = json.loads(told.content)["items"]
    assert items
    for given in [
        *(one.get("content_html", "") for one in items),
        *(one.text or "" for one in root.iter() if one.tag.endswith("content")),
    ]:
        assert not re.search(
            r"<(?!/?(p|a|em|strong|code|pre|blockquote|ul|ol|li|br|h[1-6]|hr|img|table|thead|tbody|tr|t[hd]|del|s|span)\b)\w+",
            given,
        ), given
        assert not re.search(r"""<[^>]*\s(on\w+|style|srcdoc)\s*=""", given), given


class _Places:
    def __init__(self) -> None:
        self.public: list[str] = []
        self.private: list[str] = []


def _fill_community(cast: Any) -> _Places:
    """Titles, questions, answers, comments, names, lines, words about oneself, reasons, outcomes, drafts, searches."""
    places = _Places()
    space = make_space(
        "Hostile <b>space</b>", intro="'\"><script>pwn(-1)</script>", kinds=["question", "discussion", "idea"]
    )
    at = datetime.now(UTC) - timedelta(days=1)
    people = Member.objects.bulk_create(
        Member(
            name=one[:80].strip() or "x", slug=f"hostile-{n}", line=one[:80], about=one, travels_as=one[:60]
        )
        for n, one in enumerate(VECTORS)
    )
    writer = make_member("Noor Haddad")
    for start in range(0, len(VECTORS), A_TOPIC):
        mine = VECTORS[start : start + A_TOPIC]
        topic = ask(mine[0][:200], by=writer, space=space, text=mine[-1], tags=[mine[1]], at=at)
        for n, vector in enumerate(mine, start):
            answer = _say(topic, vector, by=people[n], kind=Post.Kind.ANSWER, at=at)
            _say(topic, VECTORS[-1 - n], by=people[-1 - n], kind=Post.Kind.COMMENT, at=at, parent=answer)
        Outcome.objects.create(
            post=answer, member=writer, worked=False, version=mine[2][:60], words=mine[3][:300]
        )
        derive(lock(topic.pk), at=at)
        places.public.append(f"/community/t/{topic.pk}/{Topic.objects.get(pk=topic.pk).slug}/")
        if start < SOME * A_TOPIC:
            opening = topic.said.get(kind="opening")
            edit_post(opening, by=writer, text=mine[4], reason=mine[5][:200])
            places.public.append(f"/community/history/{opening.pk}/")
            tell_outcome(answer, by=make_member(mine[6]), worked=True, words=mine[7])
    for n in range(0, len(VECTORS), len(VECTORS) // SOME):
        places.public.append(f"/community/p/hostile-{n}/")
        places.public.append(f"/community/search/?q={quote(VECTORS[n].replace(chr(0), ''))}")
        places.public.append(f"/community/join/?next={quote(VECTORS[n].replace(chr(0), ''))}")
    places.public += [
        "/community/",
        "/community/questions/",
        "/community/questions/?show=waiting",
        f"/community/s/{space.slug}/",
    ]
    for n, vector in enumerate(VECTORS[::60]):
        idea = ask(vector[:200], by=writer, space=space, kind="idea", text=text_of(vector), at=at)
        places.private.append(f"/community/t/{idea.pk}/turn/")
        if n < 3:
            places.public.append(f"/community/t/{idea.pk}/{Topic.objects.get(pk=idea.pk).slug}/")
    places.public.append("/community/ideas/")
    staff = make_member(agent=cast.admin)
    first_rules(by=None)
    reporter = make_member(agent=cast.lead)  # nobody decides on what they reported themselves
    for n, post in enumerate(Post.objects.filter(kind=Post.Kind.ANSWER).order_by("id")[:SOME]):
        flag_post(post, by=reporter, rule=1, words=VECTORS[n][:300])
    places.private += [
        "/community/house/",
        *(f"/community/house/{one.key}/" for one in waiting_for(staff)[:SOME]),
    ]
    Draft.objects.create(member=staff, title=VECTORS[0], text=VECTORS[1], tag_names=[VECTORS[2][:40]])
    for n, post in enumerate(Post.objects.order_by("id")[:20]):
        Notice.objects.create(member=staff, kind="thanked", topic=post.topic, post=post, actor=people[n])
        Notice.objects.create(member=staff, kind="standing", words=VECTORS[n][:300], key=f"hostile:{n}")
    places.private += ["/community/notices/", "/community/ask/", "/setup/spaces/"]
    return places


def _say(topic: Topic, vector: str, **given: Any) -> Post:
    """Kept as the product keeps what is written; markup of which nothing can be shown is said beside a word."""
    text = text_of(vector)
    try:
        return keep_post(topic, text=text, voice=policy.Voice.CUSTOMER, **given)
    except NotUnderstood:
        return keep_post(topic, text=f"Look: {text}", voice=policy.Voice.CUSTOMER, **given)


def _fill_inbox(cast: Any) -> list[str]:
    """Messages, mails with HTML, subjects, names, handles, addresses, file names, and what the ledger keeps of them."""
    channel = make_channel("echo", name="'\"><script>pwn(-2)</script>")
    at = datetime.now(UTC) - timedelta(hours=20)
    events = []
    for n, vector in enumerate(VECTORS):
        event = echo_post(vector, id=f"hostile-{n}", author=f"hostile-{n // A_CONVERSATION}", thread=f"t{n // A_CONVERSATION}",
                          at=at + timedelta(seconds=n), public=n % 2 == 0, subject=vector[:300], url=f"https://safe.example/{vector}"[:1000])  # fmt: skip
        event["author"] |= {"name": vector[:200], "handle": vector[:300], "url": vector[:500]}
        if n % 15 == 0:
            event["html"] = "<div>" + "</div><div>".join(VECTORS[n : n + 15]) + "</div>"
            event["attachments"] = [
                {"name": vector[:300], "content_type": "image/svg+xml", "content": "PHN2Zy8+"}
            ]
        events.append(event)
    receive(channel, *events)
    messages = Message.objects.filter(external_id__startswith="hostile-").order_by("id")
    assert messages.count() == len(VECTORS)
    conversations = Conversation.objects.filter(channel=channel).order_by("id")
    addresses = [f"/desk/c/{one.pk}/" for one in conversations]
    addresses += [f"/desk/c/{conversations[0].pk}/community/", f"/desk/c/{conversations[1].pk}/community/"]
    addresses += [f"/desk/m/{one.pk}/html/" for one in messages.exclude(html="")[:100]]
    addresses += [
        f"/people/{one.pk}/" for one in Person.objects.filter(conversations__in=conversations).distinct()
    ]
    addresses += [f"/ledger/delivery/{one.delivery_id}/" for one in messages[:: len(VECTORS) // SOME]]
    addresses += [
        f"/desk/search/?q={quote(one.replace(chr(0), ''))}" for one in VECTORS[:: len(VECTORS) // SOME]
    ]
    place = make_place("'\"><script>pwn(-3)</script>", by=cast.admin)
    for n, vector in enumerate(VECTORS[:: len(VECTORS) // 100]):
        say(
            place, id=f"p{n}", title=vector, html=vector, author=vector[:120], url=f"https://safe.example/{n}"
        )
    addresses += ["/desk/guests/", "/desk/solutions/"]
    return ["/desk/", *addresses, "/ledger/", "/setup/channels/", "/reports/"]


def _watch(page: Page, desk: Served) -> list[str]:
    """Whatever the page asks of anybody but us; nothing of it leaves."""
    outside: list[str] = []

    def refuse(route: Any) -> None:
        outside.append(route.request.url)
        route.abort()

    page.route(re.compile(rf"^(?!{re.escape(desk.url)})[a-z]+://"), refuse)
    return outside
