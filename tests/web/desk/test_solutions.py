"""Solutions on the desk: offered beside a conversation, and listed where a person should look at them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from harken.community.actions.choosing import choose_answer, tell_outcome
from harken.community.actions.writing import write_answer
from harken.community.models import Topic
from harken.knowledge.models import Solution
from tests.factories import ask, make_agent, make_member
from tests.web.cast import client_of

pytestmark = pytest.mark.django_db
TITLE = "Where is my suitcase when the belt stands still?"


def solved(number: int, *, doubts: int = 0):
    topic = ask(f"{TITLE} {number}", by=make_member(f"Yuki {number}"), text="My suitcase is gone.")
    answer = write_answer(
        topic, by=make_member(f"Ines {number}"), text="At the desk behind belt 4.", may_travel=True
    )
    choose_answer(answer, by=topic.author)
    for one in range(doubts):
        tell_outcome(
            answer, by=make_member(f"Bo {number}-{one}"), worked=False, words=f"gone since spring {one}"
        )
    return answer


def test_the_customer_panel_offers_what_fits_and_not_what_is_stale(cast):
    panel = f"/desk/c/{cast.conversation.pk}/person/"
    cast.conversation.needs_answer = True
    cast.conversation.save(update_fields=["needs_answer"])
    client = client_of(cast.noor)
    answer = solved(1)
    Solution.objects.update(sent=12, solved=9)
    shown = client.get(panel).content.decode()
    assert "sent 12 times, solved 9" in shown
    assert f'name="topic" value="{answer.topic_id}"' in shown
    for name in ("Bo", "Ada"):
        tell_outcome(answer, by=make_member(name), worked=False)
    assert "Solved before?" not in client.get(panel).content.decode()


def test_the_list_says_why_and_costs_the_same_for_one_and_for_three():
    client = client_of(make_agent())
    assert "no solution is doubted" in client.get("/desk/solutions/").content.decode()
    counts = []
    for number in range(3):
        solved(number, doubts=2)
        client.get("/desk/solutions/")  # what is read once in a while
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = client.get("/desk/solutions/").content.decode()
        counts.append(len(queries))
    assert counts[0] == counts[2]
    assert page.count('class="holds stale"') == 3
    assert "2 people said since" in page
    assert "gone since spring 1" in page


def test_a_person_confirms_replaces_and_withdraws():
    client = client_of(make_agent())
    answer = solved(1, doubts=2)
    where = f"/desk/solutions/{Solution.objects.get().pk}/"
    assert client.post(where, {"do": "confirm"})["Location"] == "/desk/solutions/"
    assert Solution.objects.get().state == "fresh"

    other = write_answer(answer.topic, by=make_member("Cy Roe"), text="Ask in the app.")
    client.post(where, {"do": "replace", "post": str(other.pk)})
    assert Topic.objects.get(pk=answer.topic_id).chosen == other
    topic = client.get(f"/community/t/{answer.topic_id}/{answer.topic.slug}/").content.decode()
    assert "since what was chosen before no longer works" in topic

    client.post(where, {"do": "withdraw"})
    assert Solution.objects.get().state == "withdrawn"
    assert "Offer it again" in client.get("/desk/solutions/").content.decode()
    client.post(where, {"do": "confirm"})
    assert Solution.objects.get().state == "fresh", "a slip is put right"
    assert "Offer it again" not in client.get("/desk/solutions/").content.decode()
    assert client.post(where, {"do": "something"}).status_code == 404
    assert client.post("/desk/solutions/987654/", {"do": "confirm"}).status_code == 404
