"""Who carries the community: the leads' page, its acts, its rows, and the groups whose credit is held back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from harken.base import sql
from harken.community.actions.choosing import choose_answer, thank_post
from harken.community.actions.ranking import keep_figures, keep_super_users, rank_community
from harken.community.actions.writing import write_answer
from harken.community.models import CreditFreeze, Member, Notice, Round, Standing, SuperUserCall, Thanks
from harken.community.queries.carrying import (
    Carried,
    carried,
    funnel,
    last_quarters,
    quarter_of,
    rows_of,
    ways,
    without,
)
from harken.community.tasks import keep_standing
from tests.factories import ask, make_agent, make_member, make_space
from tests.web.cast import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
HERE = "/reports/people/"


def solved(helper: Member, asker: Member, **fields):
    topic = ask(by=asker, **fields)
    answer = write_answer(topic, by=helper, text="Yes.")
    choose_answer(answer, by=asker)
    return answer


def nights(at=None) -> None:
    while keep_standing(at=at):
        pass


@pytest.fixture
def lead():
    return make_agent("Ada Kofoed", role="lead")


@pytest.fixture
def place():
    """Ines helps five people in two spaces, Teo one; one of the helped helps somebody in turn."""
    ines, teo = make_member("Ines", joined_at=now() - timedelta(days=400)), make_member("Teo")
    bags, seats = make_space("Bags"), make_space("Seats")
    askers = [make_member(f"Asker {n}") for n in range(5)]
    for asker in askers:
        answer = solved(ines, asker, space=bags)
    thank_post(answer, by=askers[-1])
    solved(ines, askers[0], space=seats)
    solved(teo, askers[1], space=bags)
    solved(askers[0], askers[2], space=bags)
    nights()
    return ines, teo, askers


def test_what_if_the_first_left_is_counted_from_the_rows(place):
    ines, _teo, _askers = place
    whole = carried()
    assert (whole.answers[0], whole.total, sum(whole.closed.values())) == ((ines.pk, 6), 8, 8)
    gone = without(1, whole)
    assert (gone.answers, gone.closed, gone.all_closed) == (6, 6, 8)
    assert [space.name for space in gone.alone] == ["Seats"]
    assert [(space.name, left) for space, left in gone.thin] == [("Bags", 2)]
    points = whole.points()
    assert points[0] == (0.0, 0.0)
    assert points[-1] == (1.0, 1.0)
    assert points[-2] == (pytest.approx(2 / 3), pytest.approx(2 / 8))


def test_the_funnel_counts_who_did_what_since_and_opens_to_them(place):
    _ines, _teo, askers = place
    quarter = quarter_of(now())
    counted = funnel(ways(), last_quarters())[quarter.key]
    assert counted == funnel(ways(last_quarters()[0].first), last_quarters())[quarter.key]
    assert ways(now() + timedelta(days=1)) == []
    assert (counted["helped"], counted["thanked"], counted["told"], counted["helper"]) == (5, 1, 0, 1)
    assert [member for member, *_ in rows_of(ways(), quarter.key, "helper")] == [askers[0]]
    assert [member for member, *_ in rows_of(ways(), quarter.key, "thanked")] == [askers[4]]


def test_leads_read_it_and_the_numbers_open(place, lead):
    client = client_of(lead)
    page = client.get(HERE + "?without=1").content.decode()
    for words in (
        "Nobody of whom it can be said yet.",
        "People helped, of 20",
        'data-label="People helped, of 20">5<',
        "What if the one with the most",
        "Seats",
        "<svg",
    ):
        assert words in page, words
    quarter = quarter_of(now()).key
    rows = client.get(f"{HERE}rows/?quarter={quarter}&step=helper").content.decode()
    assert "Asker 0" in rows
    assert "Asker 3" not in rows
    most = client.get(f"{HERE}rows/?what=answers&most=1").content.decode()
    assert "Ines" in most
    assert "Teo" not in most
    assert "First answer that helped" in client.get(f"{HERE}rows/?member={place[0].pk}").content.decode()
    assert client_of(make_agent("Noor", role="agent")).get(HERE).status_code == 404


def test_a_lead_asks_takes_back_and_thanks(place, lead):
    ines, client = place[0], client_of(lead)
    keep_figures(candidates=[ines.pk], near=[])
    assert "Ask them" in client.get(HERE).content.decode()
    client.post(HERE, {"member": ines.pk, "do": "invite", "words": "You carry Bags."})
    assert SuperUserCall.objects.get().words == "You carry Bags."
    assert "Asked by Ada Kofoed" in client.get(HERE).content.decode()
    client.post(HERE, {"member": ines.pk, "do": "withdraw"})
    assert SuperUserCall.objects.get().state == "withdrawn"
    client.post(HERE, {"member": ines.pk, "do": "thank", "words": "For Sunday."})
    assert Notice.objects.get(member=ines, kind="thanked", post=None).words == "Ada Kofoed: For Sunday."


def test_a_super_user_is_told_a_month_before_and_only_where_it_is_clear():
    ines = make_member("Ines", is_super_user=True)
    keep_standing()
    Standing.objects.create(member=ines, credit=1, good=20, judged=20)
    at = now()
    keep_figures(mean=0.3, least_credit=1.5)
    keep_super_users(at=at)
    call = SuperUserCall.objects.get(member=ines)
    assert (call.state, call.leaves_at) == ("accepted", None), "above half of the last seat"
    keep_figures(least_credit=40)
    keep_super_users(at=at)
    keep_super_users(at=at + timedelta(days=20))
    call.refresh_from_db()
    assert call.leaves_at == at + timedelta(days=30)
    assert Notice.objects.filter(member=ines, words__startswith="Until").count() == 1
    keep_figures(least_credit=1)
    keep_super_users(at=at + timedelta(days=25))
    call.refresh_from_db()
    assert call.leaves_at is None
    keep_figures(least_credit=40)
    keep_super_users(at=at + timedelta(days=26))
    keep_super_users(at=at + timedelta(days=57))
    assert not Member.objects.get(pk=ines.pk).is_super_user
    assert SuperUserCall.objects.values_list("ended_why", flat=True).get() == "unmet"


def test_who_has_the_last_seat_has_its_credit(place):
    nights(at=now())
    rows = list(Standing.objects.filter(credit__gt=0).order_by("-credit"))
    figures = Round.objects.get(name="nightly").figures
    assert figures["least_credit"] == rows[min(figures["seats"], len(rows)) - 1].credit


def test_who_stops_is_shown_to_leads_with_reasons(lead):
    ines, at = make_member("Ines", joined_at=now() - timedelta(days=400)), now()
    for week in range(5, 34):
        for n in range(3):
            moment = at - timedelta(weeks=week, days=n)
            write_answer(ask(by=Member.objects.exclude(pk=ines.pk).first() or make_member("Noor"), at=moment), by=ines, text="Yes, with a seat of its own.", at=moment)  # fmt: skip
    keep_standing()
    Standing.objects.get_or_create(member=ines)
    rank_community(at=at)
    assert [one["what"] for one in Standing.objects.get(member=ines).tired] == ["fewer", "gap"]
    page = client_of(lead).get(HERE).content.decode()
    assert "0.0 answers a week lately, 3.0 before" in page
    assert "answers a week lately" not in client_of(ines).get("/community/me/standing/").content.decode()


def test_a_group_is_looked_at_and_decided_with_its_undo(lead):
    group = [make_member(f"Ring {n}") for n in range(4)]
    for helper in group:
        for asker in group:
            if helper != asker:
                solved(helper, asker)
    Thanks.objects.all().delete()
    nights()
    freeze = CreditFreeze.objects.get()
    client = client_of(lead)
    page = client.get(HERE + "credit/").content.decode()
    assert "4 members, credited 12 times among themselves" in page
    assert page.count('class="has"') == 12
    client.post(HERE + "credit/", {"freeze": freeze.pk, "do": "confirmed", "words": ""})
    assert CreditFreeze.objects.get().state == "suspected", "a reason is needed"
    client.post(HERE + "credit/", {"freeze": freeze.pk, "do": "cleared"})
    assert CreditFreeze.objects.get().state == "cleared"
    nights(at=now() + timedelta(minutes=1))
    assert Standing.objects.filter(frozen__gt=0).count() == 0
    client.post(HERE + "credit/", {"freeze": freeze.pk, "do": "suspected"})
    assert CreditFreeze.objects.get().state == "suspected"


@pytest.mark.parametrize("count", [1, 4])
def test_the_page_costs_the_same_for_one_and_for_many(count, lead):
    for n in range(count):
        helper = make_member(f"Helper {n}", joined_at=now() - timedelta(days=200))
        for m in range(2):
            solved(helper, make_member(f"Asker {n} {m}"))
    nights()
    client = client_of(lead)
    client.get(HERE)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(HERE).status_code == 200
    assert len(asked) <= 32, len(asked)


def test_a_curve_of_many_members_is_drawn_from_some_of_its_points():
    few, many = Carried([(1, 3), (2, 1)]), Carried([(member, 1 + member % 7) for member in range(10_000)])
    assert few.points() == [(0.0, 0.0), (0.5, 0.25), (1.0, 1.0)]
    points = many.points()
    assert 250 < len(points) < 501
    assert (points[0], points[-1]) == ((0.0, 0.0), (1.0, 1.0))
    assert points == sorted(points)


@pytest.mark.skipif(sql.is_postgres(), reason="SQLite's own plans")
def test_who_answered_how_often_is_read_along_its_index(place):
    with CaptureQueriesContext(connection) as asked:
        carried()
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + asked[0]["sql"])
        steps = [row[3] for row in cursor.fetchall()]
    assert any("SEARCH p USING COVERING INDEX post_counted (created_at>?)" in one for one in steps), steps
