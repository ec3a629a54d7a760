"""Feeds and site maps, read as feed readers and search engines read them."""

from __future__ import annotations

import json
from datetime import datetime
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from harken.community.actions.editing import edit_post, remove_post
from harken.community.actions.writing import write_answer
from harken.community.models import Space
from harken.community.queries import newest
from tests.factories import ask, make_brand, make_member, make_space
from tests.web.cast import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def get(path: str, client: Client | None = None):
    answer = (client or Client()).get(path)
    assert answer.status_code == 200, path
    assert "X-Harken-Keep" in answer.headers
    return answer


def atom(path: str) -> ElementTree.Element:
    """A feed that holds what RFC 4287 asks of one."""
    answer = get(path)
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(answer.content)
    assert feed.tag == f"{ATOM}feed"
    for one in (feed, *feed.findall(f"{ATOM}entry")):
        for needed in ("id", "title", "updated"):
            assert len(one.findall(f"{ATOM}{needed}")) == 1
        assert one.find(f"{ATOM}id").text.startswith("http")
        assert datetime.fromisoformat(one.find(f"{ATOM}updated").text).tzinfo is not None
        links = [link.get("rel", "alternate") for link in one.findall(f"{ATOM}link")]
        assert links.count("alternate") == 1
    for entry in feed.findall(f"{ATOM}entry"):
        assert entry.find(f"{ATOM}author/{ATOM}name").text
    own = [link.get("href") for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own == [settings.PUBLIC_URL + path]
    ids = [entry.find(f"{ATOM}id").text for entry in feed.findall(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids)
    return feed


def titles(feed: ElementTree.Element) -> list[str]:
    return [entry.find(f"{ATOM}title").text for entry in feed.findall(f"{ATOM}entry")]


@pytest.fixture
def spaces():
    brand = make_brand()
    return (
        make_space("Baggage", brand=brand),
        make_space("Musik & Mehr", brand=brand),
        make_space("Lounge", brand=brand, audience=Space.Audience.LOUNGE),
    )


def test_what_is_new_as_atom(spaces):
    noor = make_member("Noor <b>Haddad</b>")
    first = ask(
        "A \x0bcello & a <viola>?", by=noor, space=spaces[0], tags=["strings"], text="In *which* hold?"
    )
    ask("Where to play?", by=noor, space=spaces[1])
    ask("Among us", by=make_member("Ines", is_super_user=True), space=spaces[2])
    gone = ask("Gone", by=noor, space=spaces[0])
    remove_post(gone.said.get(), by=noor)
    feed = atom("/community/feed.atom")
    assert titles(feed) == ["Where to play?", "A cello & a <viola>?"]
    entry = feed.findall(f"{ATOM}entry")[1]
    assert entry.find(f"{ATOM}summary").text == "<p>In <em>which</em> hold?</p>"
    assert entry.find(f"{ATOM}author/{ATOM}name").text == "Noor <b>Haddad</b>"
    assert entry.find(f"{ATOM}category").get("term") == "strings"
    assert (
        entry.find(f"{ATOM}link").get("href") == f"{settings.PUBLIC_URL}/community/t/{first.pk}/{first.slug}/"
    )
    assert titles(atom(f"/community/s/{spaces[0].slug}/feed.atom")) == ["A cello & a <viola>?"]
    assert Client().get(f"/community/s/{spaces[2].slug}/feed.atom").status_code == 404
    assert Client().get(f"/community/s/{spaces[2].slug}/feed.json").status_code == 404


def test_files_are_found_from_a_feed_too(spaces):
    picture, log = (f"/community/files/{letter * 40}" for letter in "ab")
    ask("A cello?", by=make_member("Noor"), space=spaces[0], text=f"![it]({picture}) [a.log]({log})")
    said = atom("/community/feed.atom").find(f"{ATOM}entry/{ATOM}summary").text
    assert f'src="{settings.PUBLIC_URL}{picture}"' in said
    assert f'href="{settings.PUBLIC_URL}{log}"' in said
    assert json.loads(get("/community/feed.json").content)["items"][0]["content_html"] == said


def test_a_feed_of_nothing_is_a_feed():
    make_space()
    assert titles(atom("/community/feed.atom")) == []
    assert json.loads(get("/community/feed.json").content)["items"] == []
    assert ElementTree.fromstring(get("/sitemap.xml").content).tag == f"{MAP}sitemapindex"


def test_an_edit_is_a_change_and_an_answer_is_none(spaces):
    noor, ines = make_member("Noor"), make_member("Ines")
    topic = ask("A cello?", by=noor, space=spaces[0])
    before = atom("/community/feed.atom").find(f"{ATOM}entry/{ATOM}updated").text
    write_answer(topic, by=ines, text="Yes.")
    assert atom("/community/feed.atom").find(f"{ATOM}entry/{ATOM}updated").text == before
    edit_post(topic.said.get(kind="opening"), by=noor, text="A large cello.")
    assert atom("/community/feed.atom").find(f"{ATOM}entry/{ATOM}updated").text >= before
    assert "large" in atom("/community/feed.atom").find(f"{ATOM}entry/{ATOM}summary").text


def test_what_is_new_as_json(spaces):
    noor = make_member("Noor")
    topic = ask("A cello?", by=noor, space=spaces[0], tags=["strings"])
    answer = get(f"/community/s/{spaces[0].slug}/feed.json")
    assert answer["Content-Type"] == "application/feed+json; charset=utf-8"
    feed = json.loads(answer.content)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == f"{settings.PUBLIC_URL}/community/s/{spaces[0].slug}/feed.json"
    (item,) = feed["items"]
    assert item["id"] == f"{settings.PUBLIC_URL}/community/t/{topic.pk}/"
    assert isinstance(item["content_html"], str)
    assert item["authors"] == [{"name": "Noor", "url": f"{settings.PUBLIC_URL}/community/p/{noor.slug}/"}]
    assert datetime.fromisoformat(item["date_published"]).tzinfo is not None
    assert item["tags"] == ["strings"]


def test_who_is_signed_in_gets_the_same(spaces):
    ines = make_member("Ines", is_super_user=True)
    ask("Among us", by=ines, space=spaces[2])
    for path in ("/community/feed.atom", "/sitemap.xml", "/sitemap-places.xml", "/robots.txt"):
        assert get(path, client_of(ines)).content == get(path).content
    assert titles(atom("/community/feed.atom")) == []


def test_a_site_map_in_parts_that_holds_all_that_everybody_may_read(spaces, monkeypatch):
    monkeypatch.setattr(newest, "PART", 5)
    noor, ines = make_member("Noor"), make_member("Ines", is_super_user=True)
    wanted = {}
    for number in range(13):
        topic = ask(f"Frage & Antwort {number}", by=noor, space=spaces[number % 2])
        wanted[f"{settings.PUBLIC_URL}/community/t/{topic.pk}/{topic.slug}/"] = topic.last_at
        ask(f"Among us {number}", by=ines, space=spaces[2])
    index = ElementTree.fromstring(get("/sitemap.xml").content)
    parts = {one.find(f"{MAP}loc").text: one.find(f"{MAP}lastmod") for one in index}
    found = {}
    for address, last in parts.items():
        part = ElementTree.fromstring(get(address.removeprefix(settings.PUBLIC_URL)).content)
        assert part.tag == f"{MAP}urlset"
        assert len(part) <= 5 or "places" in address
        for one in part:
            stamp = one.find(f"{MAP}lastmod")
            if stamp is not None:
                found[one.find(f"{MAP}loc").text] = datetime.fromisoformat(stamp.text)
                assert last is not None
                assert found[one.find(f"{MAP}loc").text] <= datetime.fromisoformat(last.text)
    assert found == {address: at.replace(microsecond=0) for address, at in wanted.items()}
    places = get("/sitemap-places.xml").content.decode()
    assert f"/community/s/{spaces[1].slug}/" in places
    assert spaces[2].slug not in places
    assert Client().get("/sitemap-999.xml").status_code == 404
    assert Client().get("/sitemap-99999999999999999999999.xml").status_code == 404


def test_what_robots_may_ask_for(spaces):
    text = get("/robots.txt").content.decode()
    rules = RobotFileParser()
    rules.parse(text.splitlines())
    assert rules.site_maps() == [f"{settings.PUBLIC_URL}/sitemap.xml"]
    assert not rules.can_fetch("*", "/desk/")
    assert "Allow: /community/" in text
    assert "Disallow: /community/search/" in text
    Space.objects.update(audience=Space.Audience.MEMBERS)
    assert "Allow" not in get("/robots.txt").content.decode()


@pytest.mark.parametrize(
    "path", ["/community/feed.atom", "/community/feed.json", "/community/s/baggage/feed.atom"]
)
def test_a_feed_takes_few_statements_however_long(spaces, path):
    noor = make_member("Noor")

    def count() -> int:
        get(path)
        with CaptureQueriesContext(connection) as queries:
            get(path)
        return len(queries)

    ask("One", by=noor, space=spaces[0])
    one = count()
    for number in range(35):
        ask(f"Question {number}", by=noor, space=spaces[0])
    assert count() == one <= 4
