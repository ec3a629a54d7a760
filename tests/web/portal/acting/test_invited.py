"""One who was asked says so, or not; everybody sees where the question stands, and nobody who said no."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from playwright.sync_api import expect

from harken.clocks.models import Clock
from harken.community.actions.inviting import carry_due
from harken.community.actions.joining import change_profile
from harken.community.actions.taking import take_question
from harken.community.models import Asking, Expert, Invitation, Tag, Topic
from harken.web.knowing import forget_news
from harken.web.portal.around import forget_around
from tests.community.experts import make_expert
from tests.factories import ask, make_agent, make_brand, make_member, make_space
from tests.web.browsing import Served
from tests.web.cast import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]


@pytest.fixture(autouse=True)
def _nothing_around():
    forget_around()
    forget_news()


@pytest.fixture
def ines():
    make_space(brand=make_brand())
    return make_expert("Ines Rautio", knows=2)


@pytest.fixture
def viola(ines) -> Topic:
    make_expert("Tomasz Wrona", knows=1)
    topic = ask("Is my viola cabin baggage?", by=make_member("Noor Haddad"), tags=["viola"])
    carry_due()
    make_expert("Yuki Abe", knows=0, wants_all=False, tags=["viola"])
    return topic


def where(topic: Topic) -> str:
    return f"/community/t/{topic.pk}/{topic.slug}/"


def text_of(client, address: str) -> str:
    html = client.get(address).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html[html.index("<main") : html.index("</main>")]).split())


def test_one_who_was_asked_says_not_me_and_may_undo_it(viola, ines):
    client = client_of(ines)
    page = text_of(client, where(viola))
    assert "Ines, you may know this. You solved 2 about “viola”." in page
    assert "1 other was asked." in page
    said = client.post(f"/community/t/{viola.pk}/not-me/", {"do": "no"})
    assert said["Location"] == where(viola) + "#asked"
    page = text_of(client, where(viola))
    assert "Thank you for saying so. Yuki has been asked instead. The question stays here" in page
    client.post(f"/community/t/{viola.pk}/not-me/", {"do": "no_time"})
    assert viola.invitations.get(member=ines).declined_why == "no_time"
    client.post(f"/community/t/{viola.pk}/not-me/", {"do": "back"})
    assert viola.invitations.get(member=ines).state == "asked"
    assert "you may know this" in text_of(client, where(viola))


def test_everybody_sees_where_it_stands_and_nobody_who_said_no(viola, ines):
    noor, nobody = client_of(viola.author), client_of(None)
    for reader in (noor, nobody):
        page = text_of(reader, where(viola))
        assert "2 members were asked. If nobody can, one of our people answers by" in page
        assert "Ines" not in page
    assert "2 members were asked" in text_of(nobody, "/community/")
    client_of(ines).post(f"/community/t/{viola.pk}/not-me/", {"do": "no"})
    assert "2 members were asked." in text_of(nobody, where(viola))
    assert "Ines" not in text_of(noor, where(viola))
    tomasz = viola.invitations.exclude(member=ines).order_by("pk")[0].member
    assert client_of(tomasz).post(f"/community/t/{viola.pk}/help/")["Location"] == where(viola) + "#write"
    assert "Tomasz is writing." in text_of(nobody, where(viola))
    assert "Tomasz is writing" in text_of(nobody, "/community/")
    Asking.objects.filter(pk=viola.pk).update(writing_at=now() - timedelta(minutes=11))
    assert "is writing" not in text_of(nobody, where(viola))
    agent = make_agent("Delphine Marsh")
    take_question(viola, by=agent, agent=agent)
    assert "Delphine from the company has it and answers by" in text_of(nobody, where(viola))
    late = now() - timedelta(minutes=12)
    Topic.objects.filter(pk=viola.pk).update(due_at=late, created_at=late - timedelta(hours=1))
    assert "It is taking longer than we said. Delphine from the company has your question now." in text_of(noor, where(viola))  # fmt: skip
    assert "has the question now." in text_of(nobody, where(viola))


def test_it_costs_no_more_statements(viola, ines):
    for who, most in ((None, 3), (ines, 4)):
        client = client_of(who)
        for address in (where(viola), "/community/"):
            client.get(address)
            forget_news()
            with CaptureQueriesContext(connection) as found:
                client.get(address)
            assert len(found) <= most, address


def test_one_who_was_not_asked_is_told_so_and_a_stranger_signs_in(viola):
    other = client_of(make_member("Bram Kok"))
    assert other.post(f"/community/t/{viola.pk}/not-me/", {"do": "no"}).status_code == 403
    assert "you may know this" not in text_of(other, where(viola))
    assert client_of(None).post(f"/community/t/{viola.pk}/help/").status_code == 302
    assert Invitation.objects.filter(topic=viola, state="declined").count() == 0


def test_when_one_may_be_asked_is_kept_and_what_is_wrong_said():
    space = make_space("Instruments", brand=make_brand())
    Tag.objects.create(name="viola")
    wren = make_member("Wren Adler")
    client = client_of(wren)
    assert "When we may ask you" in text_of(client, "/community/me/")
    form = {
        "do": "reach", "is_on": "1", "wants": "some", "ask_tags": "Viola", "space": [str(space.pk)], "when": "some",
        "from0": "18:00", "to0": "22:00", "from5": "22:00", "to5": "01:00", "ask_zone": "Europe/Dublin", "most": "2",
        "paused": (now() + timedelta(days=3)).date().isoformat(),
    }  # fmt: skip
    assert client.post("/community/me/", form).status_code == 302
    expert = Expert.objects.get(pk=wren.pk)
    assert (expert.is_on, expert.wants_all, expert.most_a_week, expert.zone) == (
        True,
        False,
        2,
        "Europe/Dublin",
    )
    assert expert.hours == {"0": [["18:00", "22:00"]], "5": [["22:00", "01:00"]]}
    assert expert.paused_until is not None
    assert {(wish.tag and wish.tag.name, wish.space) for wish in expert.wishes.all()} == {("viola", None), (None, space)}  # fmt: skip
    page = client.get("/community/me/").content.decode()
    assert 'value="18:00"' in page
    assert 'value="viola"' in page
    for wrong in ({"ask_tags": "harpsichord"}, {"ask_zone": "Nowhere/Else"}, {"to0": ""}, {"from0": "25:99"}, {"paused": "soon"}, {"paused": "9999-12-31"}, {"when": "any", "ask_zone": "Nowhere/Else"}, {"most": "40"}):  # fmt: skip
        answer = client.post("/community/me/", {**form, **wrong})
        assert answer.status_code == 422, wrong
        assert 'id="problem"' in answer.content.decode(), wrong
    assert Expert.objects.get(pk=wren.pk).most_a_week == 2
    assert client.post("/community/me/", {**form, "paused": "0001-01-01"}).status_code == 302
    assert Expert.objects.get(pk=wren.pk).paused_until is None
    tomorrow = (now() + timedelta(days=2)).date().isoformat()
    client.cookies["harken_zone"] = "Etc/GMT+12"  # a zone whose times have no letters for a name
    assert client.post("/community/me/", {**form, "paused": tomorrow}).status_code == 302
    assert f'value="{tomorrow}"' in client.get("/community/me/").content.decode()
    assert "When we may ask you" not in text_of(client_of(make_agent("Otto Berg")), "/community/me/")


@pytest.mark.django_db(transaction=True)
def test_asked_on_a_phone_answered_and_the_clock_stops(desk: Served):
    ines = make_expert("Ines Rautio", knows=3)
    change_profile(ines, name="Ines Rautio", line="flies with a cello")
    topic = ask("Is my viola cabin baggage?", by=make_member("Noor Haddad"), tags=["viola"])
    carry_due()
    phone = desk.page(ines, viewport={"width": 390, "height": 800}, has_touch=True)
    phone.goto("/community/notices/")
    phone.get_by_role("link", name=re.compile("Ines, somebody asks “Is my viola cabin baggage")).click()
    expect(phone).to_have_url(re.compile(r"#asked$"))
    phone.get_by_role("button", name="Not me").click()
    expect(phone.get_by_text("Thank you for saying so.")).to_be_visible()
    phone.get_by_role("button", name="Undo").click()
    phone.get_by_role("button", name="I can help").click()
    expect(phone).to_have_url(re.compile(r"#write$"))
    noor = desk.page(topic.author)
    noor.goto(where(topic))
    expect(noor.get_by_text("Ines is writing.")).to_be_visible()
    phone.get_by_label("Your answer").fill("Up to 90 cm it counts as your cabin bag.")
    phone.get_by_role("button", name="Send answer").click()
    expect(phone.locator("article.post").filter(has_text="Up to 90 cm")).to_be_visible()
    topic.refresh_from_db()
    assert Clock.objects.get(pk=topic.clock_id).state == "met"
    assert topic.invitations.get(member=ines).state == "answered"
    noor.reload()
    expect(noor.get_by_text("Ines is writing.")).to_have_count(0)
