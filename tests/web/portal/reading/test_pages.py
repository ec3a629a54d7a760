"""The reading pages: what each says, to whom, and for what it may be kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from harken.community.actions.choosing import choose_answer
from harken.community.actions.notifying import see_notices
from harken.community.actions.writing import write_answer
from harken.community.models import Member, Space, Topic
from harken.web.knowing import forget_news
from harken.web.portal.around import forget_around
from tests.factories import ask, make_agent, make_brand, make_space
from tests.web.cast import client_of

from .reading import NOW, get, html, topic_address

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]


def test_an_empty_community_says_so_and_offers_one_thing():
    assert "There is no space to ask in yet" in html("/community/")
    make_space(brand=make_brand())
    shown = html("/community/")
    assert "Nothing has been asked yet" in shown
    assert "/community/ask/" in shown
    assert "Nothing has been asked yet" in html("/community/questions/")
    assert "Ask the first question about Baggage" in html("/community/s/baggage/")


def test_the_name_is_the_brands_and_of_several_the_first_spaces():
    assert "<title>Community · Harken</title>" in html("/community/")
    make_brand("Larkspur Air")
    forget_around()
    assert "· Larkspur Air</title>" in html("/community/")
    make_space(brand=make_brand("Kittiwake"))
    assert "· Kittiwake</title>" in html("/community/")


def test_nobody_gets_a_token_a_name_or_a_cookie(told):
    for address in (
        "/community/",
        "/community/questions/",
        topic_address(told["topic"]),
        "/community/s/baggage/",
    ):
        answer = get(address)
        text = answer.content.decode()
        assert "csrfmiddlewaretoken" not in text, address
        assert not answer.cookies, address
        assert "X-Harken-Keep" in answer.headers, address


def test_what_may_be_kept_names_what_it_shows_and_only_for_nobody(told):
    topic, space = told["topic"], told["space"]
    assert f"topic:{topic.pk}" in get(topic_address(topic))["X-Harken-Keep"].split()
    assert "list" in get("/community/")["X-Harken-Keep"].split()
    assert f"space:{space.pk}" in get("/community/s/baggage/")["X-Harken-Keep"].split()
    assert f"member:{told['helper'].pk}" in get("/community/p/ines-rautio/")["X-Harken-Keep"].split()
    for who in (told["asker"], make_agent("Otto Fremd", role="agent")):
        for address in (
            "/community/",
            topic_address(topic),
            "/community/s/baggage/",
            "/community/p/ines-rautio/",
        ):
            assert "X-Harken-Keep" not in get(address, who).headers


@pytest.mark.parametrize("audience", ["members", "lounge"])
def test_what_is_not_for_everyone_is_nowhere_for_nobody(told, audience):
    Space.objects.filter(pk=told["space"].pk).update(audience=audience)
    open_space = make_space("Booking", brand=told["space"].brand)
    ask("A question for all", by=told["asker"], space=open_space, tags=["instruments"])
    forget_around()
    post = told["answer"].pk
    for address in (topic_address(told["topic"]), "/community/s/baggage/", f"/community/history/{post}/"):
        assert get(address).status_code == 404, address
    for address in (
        "/community/",
        "/community/questions/",
        "/community/tags/instruments/",
        "/community/p/ines-rautio/",
    ):
        assert "cello" not in html(address), address
    agent = make_agent("Otto Fremd", role="agent")
    assert "cello" in html("/community/", agent)
    assert get(topic_address(told["topic"]), agent).status_code == 200
    sees = audience == "members"
    assert ("cello" in html("/community/questions/", told["asker"])) is sees
    assert "cello" in html("/community/questions/", told["helper"])  # a super user


def test_lists_page_by_their_last_row_and_show_each_topic_once(told):
    asker, space = told["asker"], told["space"]
    for n in range(70):  # many of the same moment
        ask(f"Question number {n:03d}", by=asker, space=space, at=NOW - timedelta(days=1, minutes=n // 10))
    for start in ("/community/questions/", "/community/s/baggage/", "/community/questions/?show=unanswered"):
        seen: list[str] = []
        address, pages = start, 0
        while address:
            shown = html(address)
            seen += re.findall(r'row-title"><a href="([^"]+)"', shown)
            more = re.search(r'<a class="button" rel="next" href="([^"]+)"', shown)
            address, pages = more[1].replace("&amp;", "&") if more else "", pages + 1
        expected = Topic.objects.filter(answered_at=None) if "unanswered" in start else Topic.objects.all()
        assert len(seen) == len(set(seen)) == expected.count(), start
        assert pages == 3


def test_waiting_ones_stand_by_least_time_left_with_their_clock(told):
    space, asker, at = told["space"], told["asker"], datetime.now(UTC)
    ask("Calm one", by=asker, space=space, at=at - timedelta(minutes=10))
    ask("Late one", by=asker, space=space, at=at - timedelta(minutes=72))
    ask("Soon one", by=asker, space=space, at=at - timedelta(minutes=51))
    for address in ("/community/", "/community/questions/?show=waiting"):
        shown = html(address)
        assert shown.index("Late one") < shown.index("Soon one") < shown.index("Calm one")
        assert "+12" in shown
        assert "min late" in shown
        for level in ("late", "soon", "calm"):
            assert f"state-{level}" in shown


def test_the_figures_open_the_rows_they_count(told):
    space, asker, helper = told["space"], told["asker"], told["helper"]
    for n in range(3):
        quick = ask(f"Quick {n}", by=asker, space=space, at=NOW - timedelta(days=2))
        write_answer(quick, by=helper, text="Yes.", at=NOW - timedelta(days=2) + timedelta(minutes=20))
    ask("Never answered", by=asker, space=space, at=NOW - timedelta(days=3))
    ask("Still within its hour", by=asker, space=space, at=NOW - timedelta(minutes=5))
    ask("Long ago", by=asker, space=space, at=NOW - timedelta(days=9))
    shown = html("/community/")
    figures = dict(re.findall(r'show=(hour|customers|never)">([\d,]+)</a>', shown))
    assert figures == {"hour": "4", "customers": "4", "never": "1"}
    assert "of 5" in shown
    for name, number in figures.items():
        rows = html(f"/community/questions/?show={name}").count('<li class="row">')
        assert rows == int(number), name


def test_no_heading_of_spaces_stands_over_none():
    assert 'class="spaces"' not in html("/community/questions/")
    make_space("Baggage")
    assert 'class="spaces"' in html("/community/questions/")


def test_a_profile_says_what_they_did_and_what_they_are(told):
    choose_answer(told["answer"], by=told["asker"])
    shown = html("/community/p/ines-rautio/")
    assert "1 person helped" in shown
    assert "Super user" in shown
    assert "a customer, not paid by Larkspur Air" in shown
    assert f"{topic_address(told['topic'])}#p{told['answer'].pk}" in shown
    assert "works at Larkspur Air" in html(f"/community/p/{Member.objects.get(name='Delphine Marsh').slug}/")
    assert "has not answered anybody here yet" in html("/community/p/noor-haddad/")
    Member.objects.filter(pk=told["helper"].pk).update(state="gone")
    assert get("/community/p/ines-rautio/").status_code == 404
    assert get("/community/p/nobody-called-so/").status_code == 404


def test_what_is_not_there_is_said_in_the_communitys_frame(told):
    for address in (
        "/community/t/999999/x/",
        "/community/s/nowhere/",
        "/community/tags/nothing/",
        "/community/x/",
    ):
        shown = html(address, status=404)
        assert "Nothing here" in shown
        assert 'class="tabbar"' in shown
    assert get("/community/questions/?after=x").status_code == 404
    assert get("/community/questions/?show=everything").status_code == 404


def test_a_reader_without_an_account_chooses_theme_and_language():
    client = client_of(None)
    answer = client.post("/community/look/", {"theme": "dark", "next": "/community/questions/"})
    assert (answer.status_code, answer["Location"]) == (302, "/community/questions/")
    assert answer.cookies["harken_theme"].value == "dark"
    assert 'data-theme="dark"' in client.get("/community/").content.decode()
    client.post("/community/look/", {"language": "ar"})
    shown = client.get("/community/").content.decode()
    assert 'lang="ar" dir="rtl"' in shown
    answer = client.post(
        "/community/look/", {"theme": "x", "language": "xx", "next": "https://elsewhere.example/"}
    )
    assert answer["Location"] == "/community/"
    assert "harken_language" not in answer.cookies


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
    ],
)
def test_no_other_site_changes_a_readers_look(headers):
    answer = client_of(None).post("/community/look/", {"theme": "dark"}, headers=headers)
    assert answer.status_code == 403
    assert not answer.cookies


def test_the_bell_tells_of_what_is_new(told):
    assert "Notices, some are new" in html("/community/", told["helper"])
    see_notices(told["helper"])
    forget_news()
    assert "Notices, some are new" not in html("/community/", told["helper"])
