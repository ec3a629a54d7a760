"""Questions of the community on the desk: by the same clock, taken like conversations, answered where they stand."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from playwright.sync_api import expect

from harken.community.actions.inviting import carry
from harken.community.actions.taking import take_question
from harken.community.actions.writing import write_answer
from harken.community.models import Asking, Topic
from harken.web.desk.surroundings import forget_surroundings
from tests.factories import ask, make_agent, make_brand, make_member, make_space
from tests.web.browsing import Served, until
from tests.web.cast import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

HERE = "/desk/?view=community"


@pytest.fixture
def delphine():
    make_space(brand=make_brand())
    return make_agent("Delphine Marsh", role="agent")


def titles_in(html: str) -> list[str]:
    return re.findall(r'<span class="text cut" dir="auto">([^<]*)</span>', html)


def count_of(client) -> str:
    forget_surroundings()
    found = re.search(r'data-count="community">([^<]*)<', client.get("/desk/").content.decode())
    return found[1] if found else ""


def asked(title: str, minutes_ago: float) -> Topic:
    topic = ask(title, by=make_member("Noor Haddad"), at=now() - timedelta(minutes=minutes_ago))
    carry(topic.pk)
    return topic


def test_what_waits_stands_by_its_clock_and_is_counted_when_it_is_ours(delphine):
    client = client_of(delphine)
    page = client.get(HERE).content.decode()
    assert "No question waits in the community." in page
    asked("Fresh", 1)
    late, soon = asked("Late", 80), asked("Soon", 50)
    page = client.get(HERE).content.decode()
    assert titles_in(page) == ["Late", "Soon", "Fresh"]
    assert page.count("ours to answer") == 2
    assert count_of(client) == "2"
    colleague = make_agent("Tomas Reyes", role="agent")
    take_question(late, by=colleague, agent=colleague)
    assert count_of(client) == "1", "a colleague has it"
    assert count_of(client_of(colleague)) == "2"
    write_answer(soon, by=make_member(agent=delphine), text="It may.")
    assert titles_in(client.get(HERE).content.decode()) == ["Late", "Fresh"]
    fragment = client.get("/desk/list/?view=community")
    assert (
        client.get("/desk/list/?view=community", headers={"If-None-Match": fragment["ETag"]}).status_code
        == 304
    )


def test_taking_giving_and_putting_back(delphine):
    topic, client = asked("Late", 80), client_of(delphine)
    address = f"/desk/t/{topic.pk}/take/"
    assert client.post(address, {"agent": "me"})["Location"] == HERE
    assert Asking.objects.get(pk=topic.pk).agent == delphine
    other = make_agent("Tomas Reyes", role="agent")
    forget_surroundings()
    back = f"/community/t/{topic.pk}/{topic.slug}/"
    assert client.post(address, {"agent": "to", "to": str(other.pk), "next": back})["Location"] == back
    assert Asking.objects.get(pk=topic.pk).agent == other
    client.post(address, {"agent": "to", "to": "", "next": "https://elsewhere.example/"})
    assert Asking.objects.get(pk=topic.pk).agent is None
    write_answer(topic, by=make_member("Ines"), text="Yes.")
    assert client.post(address, {"agent": "me"}, headers={"HX-Request": "true"}).status_code == 409
    assert client_of(make_member("Bram")).post(address, {"agent": "me"}).status_code == 302
    assert client_of(delphine).post("/desk/t/98765/take/", {"agent": "me"}).status_code == 404


def test_who_gives_a_question_from_its_page_is_told_and_can_undo_it_while_nobody_else_took_it(delphine):
    topic, client = asked("Late", 80), client_of(delphine)
    other, third = (make_agent(name, role="agent") for name in ("Tomas Reyes", "Ada Kofoed"))
    forget_surroundings()
    address, page = f"/desk/t/{topic.pk}/take/", f"/community/t/{topic.pk}/{topic.slug}/"

    def shown() -> str:
        return client.get(page).content.decode()

    client.post(address, {"agent": "me", "next": page})
    assert "This question is yours now." in shown()
    assert "This question is yours now." not in shown(), "it is said once"
    client.post(address, {"agent": "to", "to": str(other.pk), "next": page})
    told = shown()
    assert "Tomas Reyes has this question now." in told
    back = {"agent": "to", "from": str(other.pk), "to": str(delphine.pk), "next": page}
    for name in ("from", "to"):
        assert f'name="{name}" value="{back[name]}"' in told
    client.post(address, back)
    assert Asking.objects.get(pk=topic.pk).agent == delphine
    assert "This question is yours now." in shown()
    take_question(topic, by=third, agent=third)
    client.post(address, back)
    assert Asking.objects.get(pk=topic.pk).agent == third
    assert "Somebody else took this question meanwhile." in shown()


def test_the_list_takes_as_many_statements_with_more_rows(delphine):
    client = client_of(delphine)

    def statements() -> int:
        client.get(HERE)
        with CaptureQueriesContext(connection) as found:
            assert client.get(HERE).status_code == 200
        return len(found)

    asked("One", 80)
    one = statements()
    for number in range(3):
        asked(f"More {number}", 70 + number)
    assert statements() == one <= 4


@pytest.mark.django_db(transaction=True)
def test_by_keyboard(desk: Served):
    topics = [asked("Seat for a cello", 80), asked("Narrow viola case", 50)]
    page = desk.page(desk.cast.noor)
    page.goto("/desk/?view=community")
    page.keyboard.press("j")
    until(page, "document.activeElement.closest('li.row')?.dataset.id?.startsWith('t')")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator(f"#ct{topics[1].pk} .face")).to_have_attribute("title", desk.cast.noor.name)
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/community/t/{topics[0].pk}/.*#write$"))
    expect(page.get_by_role("button", name="I take it")).to_be_visible()
    page.get_by_label("Your answer").fill("Buy it a seat.")
    page.get_by_role("button", name="Send answer").click()
    expect(page.locator("article.post").filter(has_text="Buy it a seat.")).to_be_visible()
    page.goto("/desk/?view=community")
    expect(page.locator("li.row")).to_have_count(1)
