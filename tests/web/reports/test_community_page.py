"""The community's figures over HTTP: every count equals the rows it opens, sheets are safe, who may see what."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from harken.channels.models import Dispatch
from harken.community.actions.choosing import choose_answer, thank_post
from harken.community.actions.writing import write_answer
from harken.community.models import Space, Topic, TopicViews
from harken.inbox.models import Conversation
from harken.insight.models import ChangedDay, ClosedDay
from harken.travel.models import Trip
from harken.web.reports.community.asking import asked_from
from tests.factories import ask, make_agent, make_brand, make_channel, make_member, make_space, make_team
from tests.travel.trip_cast import asked as asked_there
from tests.travel.trip_cast import begin
from tests.web.browsing import Served
from tests.web.cast import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
PAGE = "/reports/community/"
COUNTED = re.compile(
    r'<a class="open" href="(/reports/community/rows/[^"]+)"[^>]*>(?:<b>)?([\d,]+)(?:</b>)?</a>'
)


@pytest.fixture
def agent():
    return make_agent("Delphine Marsh", role="agent")


def talk(count: int, *, title: str = "Can a cello fly in the cabin?") -> None:
    """Questions of some days ago: every second answered by Ines at once, every fourth chosen, one thanked."""
    ines, noor = make_member("Ines"), make_member("Noor")
    space = make_space(f"Baggage {ines.pk}")
    for number in range(count):
        topic = ask(title, by=noor, space=space, at=now() - timedelta(days=2 + number % 20))
        if number % 2:
            post = write_answer(topic, by=ines, text="Yes.", at=topic.created_at + timedelta(minutes=20))
            if number % 4 == 1:
                choose_answer(post, by=noor)
            if number == 3:
                thank_post(post, by=noor)


def travel(agent) -> Trip:
    conversation = asked_there(make_channel("echo", name="Larkspur"))
    trip = begin(conversation, agent)
    post = write_answer(trip.topic, by=make_member("Bo"), text="Yes.", may_travel=True)
    said = trip.asked
    said.dispatch = Dispatch.objects.create(
        channel=said.channel, key="k", body={}, state="sent", settled_at=now() - timedelta(minutes=1)
    )
    said.save()
    Trip.objects.update(answer=post, reply=said, state="thanked")
    return trip


def links(html: str) -> set[tuple[str, int]]:
    return {(unescape(address), int(count.replace(",", ""))) for address, count in COUNTED.findall(html)}


def test_every_count_equals_the_rows_it_opens(agent):
    talk(34)
    travel(agent)
    client = client_of(agent)
    found = links(client.get(PAGE).content.decode())
    assert len(found) > 90, "five families, twelve weeks of eight counts; nothing was opened"
    named = {address.split("figure=")[1].split("&")[0] for address, count in found if count}
    for name in ("answers.members_3600", "answers.none_900", "answers.never", "acceptance.asker_604800",
                 "trips.solved", "newcomers.new", "health.usefulness", "health.liveliness"):  # fmt: skip
        assert name in named
    for address, count in found:
        if not count and "week" in address:
            continue  # an empty week is as empty as the next
        answer = client.get(address)
        assert answer.status_code == 200, address
        page = answer.content.decode()
        assert re.search(rf"<h1>[^<]+: <b>{count}</b></h1>", page), address
        assert page.count('<tr role="row">') - bool(count) == min(count, 50), address
        sheet = client.get(address.replace("/rows/", "/rows.csv"))
        lines = list(csv.reader(io.StringIO(b"".join(sheet.streaming_content).decode("utf-8-sig"))))
        assert len(lines) == count + 1, address


def test_views_open_to_topics_by_week_and_say_nothing_of_before_they_were_counted(agent):
    talk(3)
    today = now().date()
    one, two = Topic.objects.order_by("pk")[:2]
    for topic, ago, views in ((one, 0, 3), (one, 2, 9), (two, 1, 1200), (one, 14, 2)):
        TopicViews.objects.create(topic=topic, day=today - timedelta(days=ago), views=views)
    client = client_of(agent)
    page = client.get(PAGE).content.decode()
    found = {a: n for a, n in links(page) if "figure=health.popularity" in a}
    assert sorted(found.values()) == [0, 2, 1212]
    assert page.count('<td class="r">not counted</td>') == 9
    (this_week,) = (address for address, count in found.items() if count == 1212)
    rows = client.get(this_week).content.decode()
    assert re.search(r"<h1>[^<]+: <b>1,212</b></h1>", rows)
    assert "1,200 views" in rows
    assert "12 views" in rows
    sheet = client.get(this_week.replace("/rows/", "/rows.csv"))
    lines = list(csv.reader(io.StringIO(b"".join(sheet.streaming_content).decode("utf-8-sig"))))
    assert [line[4] for line in lines] == ["Views", "1200", "12"]
    read = client.get(f"/community/t/{one.pk}/{one.slug}/").content.decode()
    (address,) = re.findall(r'<a href="([^"]+)">14 views</a>', read)
    rows = client.get(unescape(address)).content.decode()
    assert re.search(r"<h1>[^<]+: <b>14</b></h1>", rows)
    assert rows.count('<tr role="row">') == 3
    assert (
        "views</a>"
        not in client_of(make_member("Bo")).get(f"/community/t/{one.pk}/{one.slug}/").content.decode()
    )


def test_one_space_is_kept_in_every_address_with_the_days(agent):
    talk(4, title="In one")
    talk(2, title="In two")
    one, two = Space.objects.order_by("pk")
    client = client_of(agent)
    first = (now() - timedelta(days=27)).date()
    page = client.get(f"{PAGE}?space={one.pk}&from={first}&to={now().date()}").content.decode()
    assert "Only what was said in the space" in page
    found = links(page)
    assert found
    for address, _count in found:
        assert f"space={one.pk}" in address, address
        assert f"from={first}" in address, address
    sums = {
        address.split("figure=")[1].split("&")[0]: count for address, count in found if "week" not in address
    }
    assert sums["answers.asked"] == 4
    assert f'<input type="hidden" name="space" value="{one.pk}">' in page
    assert f"/reports/community/?space={two.pk}&amp;from={first}" in page, "the other one, for the same days"
    assert re.search(rf'href="/reports/community/health.csv\?space={one.pk}&amp;from={first}', page)
    (rows,) = (address for address, _count in found if address.endswith("figure=answers.asked"))
    listed = client.get(rows).content.decode()
    assert re.search(r"<h1>[^<]+: <b>4</b></h1>", listed)
    assert "In one" in listed
    assert "In two" not in listed
    assert f"{PAGE}?space={one.pk}" in unescape(listed), "and back to it"
    for strange in ("x", "999999", "-1", "9" * 30):
        assert "Only what was said" not in client.get(f"{PAGE}?space={strange}").content.decode()


def test_days_are_those_of_the_spaces_brand(agent):
    east = make_space("East", brand=make_brand("East", zone="Pacific/Kiritimati"))
    make_space("West", brand=make_brand("West", zone="Pacific/Niue"))
    make_space("Far west", brand=make_brand("Far west", zone="Pacific/Niue"))
    assert asked_from({"space": str(east.pk)}, agent, now=now()).zone == "Pacific/Kiritimati"
    assert asked_from({}, agent, now=now()).zone == "Pacific/Niue"


def test_shares_under_thirty_are_left_out_and_nobody_has_a_sentence_of_its_own(agent):
    client = client_of(agent)
    empty = client.get(PAGE).content.decode()
    assert "Nobody asked in the community in these days." in empty
    assert "not counted" in empty, "popularity, before the first view"
    assert "%" not in re.sub(r"<(dl|style|script|svg).*?</\1>", "", empty, flags=re.DOTALL)
    talk(4)
    few = client.get(PAGE).content.decode()
    assert "Too few to say." in few
    assert "too few" in few
    talk(30)
    assert "Cumulative incidence" in client.get(PAGE).content.decode()
    assert 'class="split"' in client.get(PAGE).content.decode()


def test_the_page_takes_the_same_statements_at_few_and_many(agent):
    client, seen = client_of(agent), []
    client.get(PAGE)
    for count in (3, 40):
        talk(count)
        ClosedDay.objects.all().delete()
        ChangedDay.objects.all().delete()
        with CaptureQueriesContext(connection) as first:
            assert client.get(PAGE).status_code == 200
        with CaptureQueriesContext(connection) as again:
            assert client.get(PAGE).status_code == 200
        with CaptureQueriesContext(connection) as rows:
            client.get(f"{PAGE}rows/?figure=answers.asked")
        seen.append((len(first), len(again), len(rows)))
    assert seen[0] == seen[1]
    assert seen[0][1] <= 18, "days that are over are counted once"


def test_a_sheet_holds_the_table_and_no_formula(agent):
    talk(2, title="=HYPERLINK(1) in a title")
    client = client_of(agent)
    for family in ("answers", "trips", "acceptance", "newcomers", "health", "rows"):
        answer = client.get(f"{PAGE}{family}.csv?figure=answers.asked")
        lines = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
        assert len(lines) > 1
        assert len({len(line) for line in lines}) == 1, family
        if family == "rows":
            assert lines[1][2] == "'=HYPERLINK(1) in a title"
    assert client.get(f"{PAGE}rows/").status_code == 200
    assert client.get(f"{PAGE}nothing.csv").status_code == 404
    assert client.get(f"{PAGE}rows/?figure=answers.nothing").status_code == 404
    assert client.get(f"{PAGE}rows/?figure=nothing").status_code == 404


def test_trips_are_those_of_conversations_that_the_agent_may_see(agent):
    trip = travel(agent)
    Conversation.objects.filter(pk=trip.conversation_id).update(team=make_team("Baggage"))
    outside = make_agent("Noor", role="agent", teams=[make_team("Seats", brands=[make_brand("Other")])])
    rows = f"{PAGE}rows/?figure=trips.begun"
    assert (
        f"/desk/c/{trip.conversation_id}/"
        in client_of(make_agent("Ada", role="admin")).get(rows).content.decode()
    )
    assert "/desk/c/" not in client_of(outside).get(rows).content.decode()
    assert client_of(make_member("Bo")).get(PAGE).status_code in (302, 403, 404)


def test_what_is_held_or_removed_is_in_no_figure(agent):
    talk(3)
    Topic.objects.filter(pk__in=Topic.objects.values("pk")[:1]).update(state="removed", is_shown=False)
    page = client_of(agent).get(f"{PAGE}rows/?figure=answers.asked").content.decode()
    assert "<b>2</b></h1>" in page


def test_parts_of_a_whole_begin_where_one_begins_to_read(desk: Served):
    talk(40)
    first = "() => { const [bar, part] = ['.split svg', '.split svg rect'].map((one) => document.querySelector(one).getBoundingClientRect()); return [part.left - bar.left, bar.right - part.right].map(Math.round) }"
    begins = {}
    for language in ("en", "ar"):
        page = desk.page(desk.cast.admin)
        page.context.add_cookies([{"name": "harken_language", "value": language, "url": desk.url}])
        page.goto(PAGE)
        before, after = page.evaluate(first)
        begins[language] = (before == 0, after == 0)
    assert begins == {"en": (True, False), "ar": (False, True)}
