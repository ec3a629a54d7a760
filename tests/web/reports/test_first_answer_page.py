"""The page of the first report: its figures, states, rows, sheets and who sees what, over HTTP."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from harken.clocks.models import BusinessCalendar, Target
from harken.clocks.promises import forget_promises
from harken.inbox.models import Conversation, Message
from tests.insight.asking import Company, days, minutes

pytestmark = pytest.mark.django_db
PAGE = "/reports/first-answer/"


@pytest.fixture
def company():
    return Company()


@pytest.fixture
def now():
    return datetime.now(UTC).replace(microsecond=0)


def signed_in(agent):
    browser = Client()
    browser.force_login(agent.user, backend="harken.accounts.backends.EmailBackend")
    return browser


def read(browser, query="", **more):
    answer = browser.get(PAGE + query, **more)
    assert answer.status_code == 200
    return answer.content.decode()


def words(html):
    """The text of a page on one line."""
    text = re.sub(r"<(script|title|desc)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).replace("\u00a0", " ").split())


def fill(company, now, *, quick=40, slow=30, never=10, ago=9, **more):
    """People who asked some days ago: answered within the hour, later, or not at all."""
    rows = []
    for number in range(quick + slow + never):
        asked = now - days(ago) - minutes(7 * number)
        after = minutes(20) if number < quick else minutes(200) if number < quick + slow else None
        rows.append(company.conversation(asked, after=after, closed=number % 2 == 0, **more))
    Conversation.objects.bulk_create(rows)


def test_the_lead_is_the_finding_with_its_rows(company, now):
    fill(company, now, quick=60, slow=40, never=20)
    html = read(signed_in(company.agent()))
    said = words(html)
    assert "Of 120 people who asked, 50 % were answered within one hour and" in said
    assert "20 were never answered." in said
    assert 'href="/reports/first-answer/?rows=never_all#rows"' in html
    assert "50.0 %" in said
    assert "60 of 120 who asked" in said
    assert "customers expect 42\u00a0%" in html
    assert "half are answered after 20 min" in said


def test_nothing_on_the_page_breaks_the_policy(company, now):
    fill(company, now, team="Baggage")
    fill(company, now, team="Refunds", channel="Bluesky")
    fill(company, now, ago=35)
    html = read(signed_in(company.agent()), "?rows=asked")
    assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:", html)
    assert re.findall(r"<script[^>]*>", html)
    assert all(" src=" in tag for tag in re.findall(r"<script[^>]*>", html))
    marks = re.findall(r'\sid="([^"]+)"', html)
    assert len(marks) == len(set(marks))


def test_between_thirty_and_a_hundred_the_interval_is_the_message(company, now):
    fill(company, now, quick=20, slow=20, never=0)
    said = words(read(signed_in(company.agent())))
    assert "Of 40 people who asked, between 35 and 65 % were answered within one hour" in said
    assert "Between 35 and 65 %" in said


def test_under_thirty_no_share_is_shown(company, now):
    fill(company, now, quick=10, slow=5, never=5)
    html = read(signed_in(company.agent()))
    said = words(html)
    assert "20 people asked: too few to say what share was answered in time." in said
    assert "20 conversations; a share is shown from 30." in said
    assert "50.0 %" not in said
    assert 'class="ch w"' not in html


def test_where_curve_and_share_differ_the_page_says_why(company, now):
    fill(company, now, quick=60, slow=40, never=0)
    assert "The curve also uses" not in words(read(signed_in(company.agent())))
    for number in range(20):
        company.ask(now - minutes(50), after=minutes(2) if number % 2 else None)
    said = words(read(signed_in(company.agent())))
    assert "The curve also uses the 20 who asked too recently for the share above" in said
    assert "here, 60.0 % there." in said


def test_many_channels_are_drawn_as_far_as_it_helps(company, now):
    for number in range(14):
        fill(company, now, quick=20, slow=11, never=number, channel=f"Large {number:02d}")
    fill(company, now, quick=5, slow=0, never=0, channel="Small")
    html = read(signed_in(company.agent()))
    assert len(re.findall(r'id="channel-\d+-w-t"', html)) == 12
    assert "2 more channels are in the table." in words(html)
    assert "Too few to say. Small 5" in words(html)


def test_nobody_asked_yet(company):
    said = words(read(signed_in(company.agent())))
    assert "Nobody asked in this period." in said
    assert "Nobody has asked yet. Connect a channel" in said
    assert "Connect a channel" not in words(read(signed_in(company.agent("agent"))))


def test_an_old_archive_is_offered_by_its_days(company):
    company.ask(datetime(2017, 12, 3, 10, tzinfo=UTC), after=minutes(5))
    html = read(signed_in(company.agent()))
    assert "Show 3 Dec 2017, when somebody last asked" in words(html)
    assert "from=2017-12-03&amp;to=2017-12-03" in html


def test_a_filter_that_leaves_nothing_says_which_to_drop(company, now):
    fill(company, now)
    empty = company.team("Night")
    html = read(signed_in(company.agent()), f"?team={empty.id}")
    assert "No conversation matches these filters. Without Night Clear all" in words(html)


def test_filters_are_kept_in_every_address(company, now):
    fill(company, now, team="Baggage")
    fill(company, now, team="Refunds", channel="Bluesky")
    team = company.team("Baggage").id
    html = read(signed_in(company.agent()), f"?team={team}&from=2020-01-01&compare=none")
    assert "Of 80 people who asked" in words(html)
    for address in re.findall(r'href="(/reports/first-answer/[^"]*rows=[^"]*)"', html):
        assert f"team={team}" in address
        assert "from=2020-01-01" in address
        assert "compare=none" in address


@pytest.mark.parametrize(
    "query",
    ["?from=x&to=y", "?from=2026-05-02&to=2026-05-01", "?brand=x&team=-1&channel=9999999999999999999", "?rows=nonsense",
     "?rows=asked&row_hours=23-4&row_page=0", "?from=0001-01-01&to=9999-12-31", "?time=later", "?rows=asked&row_page=x"],
)  # fmt: skip
def test_a_hand_made_address_never_breaks_the_page(company, now, query):
    fill(company, now)
    assert "Of 80" in words(read(signed_in(company.agent()), query)) or "80 who asked" in words(
        read(signed_in(company.agent()), query)
    )


def test_rows_open_beside_the_page_and_alone(company, now):
    fill(company, now, quick=30, slow=20, never=60)
    browser = signed_in(company.agent())
    whole = read(browser, "?rows=never_all")
    assert 'id="rows"' in whole
    assert "60 never answered" in words(whole)
    part = read(browser, "?rows=never_all", headers={"X-Part": "rows"})
    assert "<html" not in part
    assert len(re.findall(r'href="/desk/c/\d+/"', part)) == 50
    assert "1 to 50 shown" in words(part)
    second = read(browser, "?rows=never_all&row_page=2", headers={"X-Part": "rows"})
    assert len(re.findall(r'href="/desk/c/\d+/"', second)) == 10
    assert "51 to 60 shown" in words(second)
    listed = re.findall(r"/desk/c/(\d+)/", part + second)
    assert len(set(listed)) == 60


def test_each_figure_opens_to_as_many_rows_as_it_says(company, now):
    fill(company, now, quick=70, slow=30, never=15, team="Baggage")
    fill(company, now, quick=30, slow=70, never=25, team="Refunds", channel="Bluesky")
    fill(company, now, ago=36, quick=50, slow=50)
    browser = signed_in(company.agent())
    html = read(browser)
    checked = set()
    for address, label in re.findall(
        r'<a href="(/reports[^"]*rows=[^"]*)" aria-label="Open the ([\d,]+) conv', html
    ):
        title = words(
            read(browser, address.removeprefix(PAGE).replace("&amp;", "&"), headers={"X-Part": "rows"})
        )
        assert re.search(rf"(^| ){label} ", title), (address, label, title[:80])
        checked.add(address)
    for address, label in re.findall(
        r'<a class="open" href="(/reports[^"]*row_(?:team|channel)=[^"]*)">([\d,]+)<', html
    ):
        title = words(
            read(browser, address.removeprefix(PAGE).replace("&amp;", "&"), headers={"X-Part": "rows"})
        )
        assert f"{label} asked" in title
        checked.add(address)
    assert len(checked) >= 6


def test_rows_tell_what_was_asked_and_what_became_of_it(company, now):
    asked = now - days(9)
    quick = company.ask(asked, after=minutes(72))
    company.ask(asked - days(2), closed=True)
    company.ask(asked - days(3))
    company.ask(now - minutes(3))
    for text, at, needs in (
        ("Hello", asked - minutes(1), False),
        ("Where is <my> bag?", asked, True),
        ("Thanks", now, False),
    ):
        Message.objects.create(
            conversation=quick,
            channel=quick.channel,
            direction="in",
            text=text,
            happened_at=at,
            needs_reply=needs,
        )
    html = read(signed_in(company.agent()), "?rows=asked")
    said = words(html)
    assert "Where is &lt;my&gt; bag?" in html
    assert "Thanks" not in said
    for outcome in (
        "answered after 1 h 12 min",
        "closed without an answer",
        "still open, 12 days",
        "waiting for 3 min",
    ):
        assert outcome in said


def test_rows_tell_the_time_of_the_brands_clock(company):
    company.brand("Kittiwake", "Asia/Kathmandu")
    company.ask(datetime(2017, 12, 3, 10, tzinfo=UTC), channel=company.channel("Nordics", brand="Kittiwake"))
    html = read(signed_in(company.agent()), "?rows=asked&from=2017-12-01&to=2017-12-09")
    assert "3 Dec 2017, 15:45" in words(html)


def test_only_what_the_agent_may_see_stands_on_the_page_and_in_the_rows(company, now):
    fill(company, now, team="Baggage", quick=50, slow=0, never=0)
    fill(company, now, team="Refunds", quick=0, slow=50, never=0)
    agent = signed_in(company.agent("agent", teams=["Baggage"]))
    said = words(read(agent, "?rows=asked"))
    assert "50 asked" in said
    assert "Totals are of what you may see" in said
    assert "Refunds" not in said
    refunds = company.team("Refunds").id
    assert "Nobody asked" in words(read(agent, f"?team={refunds}"))
    assert "100 asked" in words(read(signed_in(company.agent("lead", teams=["Baggage"])), "?rows=asked"))


def sheet(browser, plate, query=""):
    answer = browser.get(f"{PAGE}{plate}.csv{query}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_each_plate_can_be_had_as_csv(company, now):
    fill(company, now, quick=70, slow=30, never=15, team="Baggage")
    fill(company, now, quick=30, slow=70, never=25, team="=cmd()", channel="Bluesky")
    fill(company, now, ago=36, quick=50, slow=50)
    browser = signed_in(company.agent())
    sizes = {plate: len(sheet(browser, plate)) for plate in ("curve", "hours", "teams", "channels", "change")}
    assert sizes == {"curve": 9, "hours": 25, "teams": 3, "channels": 3, "change": 4}
    teams = {line[0]: line for line in sheet(browser, "teams")}
    assert teams["Baggage"][1:5] == ["115", "115", "70", "0.6087"]
    assert "'=cmd()" in teams
    assert browser.get(f"{PAGE}nonsense.csv").status_code == 404
    assert browser.get(f"{PAGE}rows.csv?rows=nonsense").status_code == 404


def test_rows_as_csv_are_neutralised(company, now):
    asked = now - days(9)
    row = company.ask(asked, after=minutes(10))
    Message.objects.create(
        conversation=row,
        channel=row.channel,
        direction="in",
        text='=HYPERLINK("http://x")',
        happened_at=asked,
        needs_reply=True,
    )
    lines = sheet(signed_in(company.agent()), "rows", "?rows=asked")
    assert len(lines) == 2
    assert lines[1][0] == str(row.id)
    assert lines[1][3] == "600"
    assert lines[1][7] == '\'=HYPERLINK("http://x")'


def test_opening_hours_can_be_asked_for(company, now):
    fill(company, now, quick=0, slow=60, never=0)
    assert "Around the clock" not in words(read(signed_in(company.agent())))
    hours = {str(day): [["00:00", "00:01"]] for day in range(7)}
    never_open = BusinessCalendar.objects.create(name="Minute", zone="Europe/Dublin", hours=hours)
    Target.objects.create(kind="first", seconds=3600, calendar=never_open)
    forget_promises()
    browser = signed_in(company.agent())
    assert "By opening hours:" not in words(read(browser))  # too young: an opening hour takes sixty days here
    assert "answered within one opening hour" in words(read(browser, "?time=open&from=2020-01-01")).lower()


def test_the_page_costs_as_many_queries_with_much_as_with_little(company, now):
    agent = company.agent("lead", teams=["Baggage"])
    browser = signed_in(agent)
    spent = []
    for size, channels in ((1, ["Mail"]), (60, [f"Channel {number}" for number in range(8)])):
        for name in channels:
            fill(company, now, quick=size, slow=size, never=0, channel=name, team="Baggage")
        forget_promises()
        with CaptureQueriesContext(connection) as captured:
            read(browser, "?rows=asked")
        spent.append(len(captured))
    assert spent[0] <= spent[1] + 1
    assert spent[1] <= 20


def test_hostile_names_stay_words(company, now):
    name = "<script>alert(1)</script>"
    fill(company, now, team=name, channel=name)
    fill(company, now, team="Other", channel="Other")
    html = read(signed_in(company.agent()))
    assert name not in html
    assert escape(name) in html


def test_every_language_of_the_product_can_show_it(company, now):
    fill(company, now)
    browser = signed_in(company.agent())
    for code in ("es", "fr", "de", "pt", "ar"):
        browser.cookies["harken_language"] = code
        assert 'class="ch w"' in read(browser)


def test_reports_lead_to_the_first_one(company):
    assert signed_in(company.agent()).get("/reports/").headers["Location"] == PAGE
    assert Client().get(PAGE).headers["Location"].startswith("/sign-in/")
    assert timedelta(minutes=7) == minutes(7)
