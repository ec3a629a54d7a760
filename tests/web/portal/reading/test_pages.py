"""The reading pages: what each says, to whom, and for what it may be kept."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from harken.community.actions.choosing import choose_answer, tell_outcome, thank_post
from harken.community.actions.editing import edit_post
from harken.community.actions.elsewhere import open_topic_for, withdraw_opening
from harken.community.actions.joining import meet
from harken.community.actions.notifying import see_notices
from harken.community.actions.writing import write_answer, write_comment
from harken.community.models import Member, Post, Space, Topic
from harken.web.knowing import forget_news
from harken.web.portal.around import forget_around
from tests.factories import ask, make_agent, make_brand, make_member, make_space
from tests.web.cast import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

NOW = datetime.now(UTC)


def get(address: str, who=None, **headers: str):
    return client_of(who, **headers).get(address)


def html(address: str, who=None, status: int = 200) -> str:
    answer = get(address, who)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.content.decode()


def body(address: str, who=None) -> str:
    """What stands in the page itself."""
    return html(address, who).split("<main", 1)[1]


def topic_address(topic: Topic) -> str:
    return f"/community/t/{topic.pk}/{topic.slug}/"


@pytest.fixture
def told():
    """A question with an answer by a customer, one by an employee, and a comment."""
    brand = make_brand()
    space = make_space(brand=brand)
    asker, helper = make_member("Noor Haddad"), make_member("Ines Rautio", is_super_user=True)
    topic = ask(by=asker, space=space, tags=["instruments"], at=NOW - timedelta(hours=3))
    answer = write_answer(topic, by=helper, text="Yes. Take a **window** seat.", at=NOW - timedelta(hours=2))
    staff = make_member(agent=make_agent("Delphine Marsh", role="agent"))
    by_staff = write_answer(topic, by=staff, text="I can put it on by hand.", at=NOW - timedelta(hours=1))
    write_comment(answer, by=asker, text="Thank you, it fits.")
    topic.refresh_from_db()
    return {
        "topic": topic,
        "answer": answer,
        "staff": by_staff,
        "asker": asker,
        "helper": helper,
        "space": space,
    }


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


def test_a_topic_shows_what_solved_it_first_and_always_who_speaks(told):
    choose_answer(told["answer"], by=told["asker"])
    shown = body(topic_address(told["topic"]))
    assert (
        shown.index("This solved it")
        < shown.index("Take a <strong>window</strong> seat")
        < shown.index("by hand")
    )
    assert "chosen by Noor Haddad, who asked" in shown
    for label in ("Customer", "Super user", "Employee"):
        assert f"{label}</span>" in shown
    assert "post-company post-staff" in shown
    assert "Thank you, it fits." in shown


def test_answers_stand_by_thanks_then_by_time_and_updates_of_the_company_last(told):
    staff = Member.objects.get(name="Delphine Marsh")
    write_answer(told["topic"], by=staff, text="The form was mended.", as_update=True)
    late = write_answer(told["topic"], by=make_member("Mateus"), text="Same with my bass.")
    thank_post(late, by=told["asker"])
    shown = body(topic_address(told["topic"]))
    order = [
        shown.index(words) for words in ("Same with my bass", "window", "by hand", "The form was mended")
    ]
    assert order == sorted(order)
    assert "an update, not an answer" in shown
    assert "Larkspur Air, the company" in shown
    assert "written by <bdi>Delphine Marsh</bdi>" in shown


def test_worked_for_is_a_share_from_five_on_and_words_before(told):
    members = [make_member(f"Traveller {n}") for n in range(5)]
    for n, member in enumerate(members[:4]):
        tell_outcome(
            told["answer"], by=member, worked=n != 0, words="No window wide enough." if n == 0 else ""
        )
    shown = html(topic_address(told["topic"]))
    assert "Worked for" not in shown
    assert "No window wide enough." in shown
    tell_outcome(told["answer"], by=members[4], worked=True)
    assert "Worked for 4 of 5" in html(topic_address(told["topic"]))


def test_a_wrong_slug_leads_to_the_right_one(told):
    answer = get(f"/community/t/{told['topic'].pk}/anything/")
    assert (answer.status_code, answer["Location"]) == (301, topic_address(told["topic"]))


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


def test_related_ones_are_named_too_so_that_a_new_title_reaches_them(told):
    other = ask("Where does a violin count?", by=told["asker"], space=told["space"], tags=["instruments"])
    choose_answer(write_answer(other, by=told["helper"], text="As a cabin bag."), by=told["asker"])
    answer = get(topic_address(told["topic"]))
    assert "Where does a violin count?" in answer.content.decode()
    assert f"topic:{other.pk}" in answer["X-Harken-Keep"].split()


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


def test_removed_and_held_ones_are_shown_to_nobody_else(told):
    Post.objects.filter(pk=told["answer"].pk).update(state="held")
    Topic.objects.filter(pk=told["topic"].pk).update(version=99)
    assert "window" not in html(topic_address(told["topic"]))
    assert "waits for a look" in html(topic_address(told["topic"]), told["helper"])
    Topic.objects.filter(pk=told["topic"].pk).update(state="removed", is_shown=False)
    assert get(topic_address(told["topic"])).status_code == 404
    assert get(topic_address(told["topic"]), told["asker"]).status_code == 404


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


def test_a_structured_question_is_valid_and_no_text_breaks_out_of_it(told):
    evil = 'Cello </script><script>alert(1)</script> & <!-- "quoted" \u2028'
    topic = ask(evil, by=told["asker"], space=told["space"], text=f"Really? `{evil}`")
    choose_answer(write_answer(topic, by=told["helper"], text=f"No: `{evil}`"), by=told["asker"])
    write_answer(topic, by=make_member("Mateus"), text="Perhaps.")
    shown = html(topic_address(topic))
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', shown, re.DOTALL)
    assert len(found) == 1
    assert "<" not in found[0]
    data = json.loads(found[0])
    assert data["@type"] == "QAPage"
    question = data["mainEntity"]
    assert question["name"] == topic.title
    assert question["answerCount"] == 2
    assert "</script>" in question["acceptedAnswer"]["text"]
    assert [one["text"] for one in question["suggestedAnswer"]] == ["Perhaps."]
    assert question["author"]["name"] == "Noor Haddad"
    assert "<script>alert" not in shown
    for said in (question, question["acceptedAnswer"], question["suggestedAnswer"][0]):
        assert said["datePublished"].startswith("20")
        assert said["author"]["url"].startswith("http")


def test_what_nobody_has_answered_is_no_structured_question(told):
    topic = ask("Does a harp fly?", by=told["asker"], space=told["space"])
    assert "application/ld+json" not in html(topic_address(topic))
    employee = make_member(agent=make_agent("Rania Seffen"))
    write_answer(topic, by=employee, text="It does.")
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html(topic_address(topic)))
    author = json.loads(found[1])["mainEntity"]["suggestedAnswer"][0]["author"]
    assert author["worksFor"]["@type"] == "Organization"
    assert "jobTitle" not in author


def test_no_heading_of_spaces_stands_over_none():
    assert 'class="spaces"' not in html("/community/questions/")
    make_space("Baggage")
    assert 'class="spaces"' in html("/community/questions/")


def test_head_says_where_it_is_and_what_it_is_about(told):
    shown = html(topic_address(told["topic"]))
    assert re.search(
        r'<link rel="canonical" href="https?://[^"]+' + re.escape(topic_address(told["topic"])), shown
    )
    assert '<meta name="description" content="Bergen to Porto' in shown
    assert 'property="og:title" content="Can a cello fly in the cabin?"' in shown


def test_many_answers_come_in_pages(told):
    for n in range(45):
        write_answer(told["topic"], by=told["helper"], text=f"Further word {n:02d}.")
    address = topic_address(told["topic"])
    first, second = html(address), html(f"{address}?page=2")
    assert 'rel="next"' in first
    assert 'rel="prev"' in second
    assert "Further word 44." in second
    assert 'id="answers"' in second
    assert get(f"{address}?page=3").status_code == 404
    assert get(f"{address}?page=x").status_code == 404


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


def test_the_posts_of_who_left_stay_without_their_name(told):
    Member.objects.filter(pk=told["helper"].pk).update(state="gone")
    shown = html(topic_address(told["topic"]))
    assert "Ines" not in shown
    assert "Somebody who left" in shown
    assert "/community/p/ines-rautio/" not in shown


def test_the_history_shows_what_changed_and_escapes_it(told):
    edit_post(told["answer"], by=told["helper"], text="Yes. Take an <i>aisle</i> seat.", reason="new rule")
    shown = html(f"/community/history/{told['answer'].pk}/")
    assert "new rule" in shown
    assert re.search(r"<del>[^<]*window", shown)
    assert "&lt;" in shown
    assert "<i>aisle" not in shown
    assert "edited once" in html(topic_address(told["topic"]))
    assert "Never edited" in html(f"/community/history/{told['staff'].pk}/")


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


def test_a_question_taken_back_elsewhere_leaves_its_answers_readable(told):
    staff = Member.objects.get(name="Delphine Marsh")
    asker = meet("Yuki Abe")
    topic = open_topic_for(
        asker,
        by=staff,
        space=told["space"],
        title="Rebooked to Tuesday",
        text="Do I pay?",
        asked_on="bluesky",
    )
    shown = body(topic_address(topic))
    assert "summed up by <bdi>Delphine Marsh</bdi>" in shown
    assert "Bluesky" in shown
    write_answer(topic, by=told["helper"], text="No, it is free.")
    withdraw_opening(topic)
    topic.refresh_from_db()
    shown = body(topic_address(topic))
    assert "No, it is free." in shown
    assert "Do I pay?" not in shown
    assert "Yuki" not in shown
