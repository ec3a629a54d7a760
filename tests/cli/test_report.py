"""`harken report first-answer`: the contract of its JSON, its words, and what it says to wrong names."""

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from harken.cli.report import app
from harken.clocks.models import BusinessCalendar, Target
from harken.clocks.promises import forget_promises
from tests.factories import ask, make_member, make_space
from tests.insight.asking import NOON, Company, days, minutes

pytestmark = pytest.mark.django_db


def run(*arguments):
    return CliRunner().invoke(app, ["first-answer", *arguments])


def figures(*arguments):
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture
def company():
    company = Company()
    company.ask(NOON, after=minutes(20))
    company.ask(NOON + days(1), after=minutes(90))
    company.ask(NOON + days(2), after=days(2))
    company.ask(NOON + days(3), closed=True)
    company.ask(NOON + days(4), channel=company.channel("Nordics", brand="Kittiwake"))
    company.ask(None)
    return company


def test_the_keys_that_others_rely_on(company):
    found = figures()
    contract = {
        name: found[name] for name in ("asked", "answered_1h", "answered_same_day", "never", "km_median_s")
    }
    assert contract == {
        "asked": 5,
        "answered_1h": 1,
        "answered_same_day": 2,
        "never": 2,
        "km_median_s": 172800,
    }
    assert (found["from"], found["to"], found["needed_no_reply"]) == ("2026-03-16", "2026-03-20", 1)
    assert found["share_1h"]["of"] == 5
    assert found["open_hours"] is None


def test_opening_hours_stand_beside_the_wall_clock(company):
    office = BusinessCalendar.objects.create(
        name="Office", zone="Europe/Dublin", hours={"0": [["09:00", "12:15"]], "1": [["09:00", "12:15"]]}
    )
    Target.objects.create(kind="first", seconds=3600, calendar=office)
    forget_promises()
    found = figures()
    assert (found["answered_1h"], found["open_hours"]["answered_1h"]) == (1, 3)
    assert found["open_hours"]["km_median_s"] == 900


def test_a_brand_and_days_narrow_it(company):
    assert figures("--brand", "Larkspur")["asked"] == 4
    assert (
        figures("--brand", "Larkspur", "--to", "2026-03-17")["km_median_s"] == timedelta(minutes=20).seconds
    )
    assert figures("--channel", "Nordics")["never"] == 1
    assert figures("--from", "2026-03-17", "--to", "2026-03-18")["asked"] == 2


def test_nobody_asked_is_no_error():
    found = figures()
    assert (found["asked"], found["never"], found["km_median_s"], found["share_1h"]) == (0, 0, None, None)
    assert "Nobody asked" in run().output


def test_in_words(company):
    said = " ".join(run().output.split())
    assert "5 asked" in said
    assert "too few" in said
    assert "Half are answered after 2 days 0 h." in said


def test_wrong_names_and_days_are_told_with_the_right_ones(company):
    for arguments, words in (
        (("--brand", "Larkspurr"), "There is no brand 'Larkspurr'. Known: Kittiwake, Larkspur."),
        (("--from", "yesterday"), "'yesterday' is no day. Write it as 2026-03-01."),
        (("--from", "2026-03-20", "--to", "2026-03-19"), "is before the first day 2026-03-20"),
    ):
        done = run(*arguments)
        assert done.exit_code == 1
        assert words in " ".join(done.output.split())


def test_the_community_s_figures_for_programs_and_for_people():
    ask(by=make_member("Noor"))
    done = CliRunner().invoke(app, ["community", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (found["report"], found["counts"]["health"]["popularity"]) == ("community", 0)
    assert found["counts"]["answers"]["asked"] == found["counts"]["answers"]["young"] == 1
    assert found["counts"]["health"]["topics"] == 1
    assert {len(line) for line in found["tables"]["health"]["lines"]} == {
        len(found["tables"]["health"]["head"])
    }
    assert "Questions asked" in CliRunner().invoke(app, ["community"]).stdout
    make_space("Seats")
    done = CliRunner().invoke(app, ["community", "--space", "Seats", "--json"])
    found = json.loads(done.stdout)
    assert (found["space"], found["counts"]["answers"]["asked"]) == ("Seats", 0)
    assert "There is no space 'Seat'." in CliRunner().invoke(app, ["community", "--space", "Seat"]).output
    swapped = CliRunner().invoke(app, ["community", "--from", "2026-03-02", "--to", "2026-03-01"])
    assert swapped.exit_code != 0
