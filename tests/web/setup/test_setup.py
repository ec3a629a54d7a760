"""The setup in the browser: channels with a test that says what failed, people, promises, brands."""

import re

import pytest

from harken.accounts.models import Brand
from harken.channels.models import Channel
from harken.clocks.models import BusinessCalendar, Target
from harken.team.models import Agent, Team
from tests.factories import SECRET
from tests.web.cast import client_of

CONNECT = "/setup/channels/connect/?kind=echo"


def form(cast, **fields):
    return {
        "kind": "echo",
        "name": "Web form",
        "brand": cast.channel.brand_id,
        "s_secret": SECRET,
        "do": "save",
        **fields,
    }


@pytest.mark.django_db
def test_every_network_that_can_be_connected_is_offered_and_an_archive_is_not(cast):
    html = client_of(cast.admin).get(CONNECT).content.decode()
    kinds = set(re.findall(r'class="pick" href="\?kind=(\w+)"', html))
    assert {"email", "mastodon", "bluesky", "echo"} <= kinds
    assert "archive" not in kinds


@pytest.mark.django_db
def test_a_missing_field_is_told_under_it_and_a_failing_test_says_what_failed(cast):
    client = client_of(cast.admin)
    missing = client.post("/setup/channels/connect/", form(cast, s_secret=""))
    assert missing.status_code == 422
    assert "Signing secret is needed." in missing.content.decode()
    bad = client.post(
        "/setup/channels/connect/", form(cast, s_secret="too short", do="test")
    ).content.decode()
    assert "Stopped at" in bad
    assert '<li class="bad">' in bad
    assert not Channel.objects.filter(name="Web form").exists()


@pytest.mark.django_db
def test_a_tested_channel_is_connected_and_its_secret_is_sealed_and_never_shown(cast):
    client = client_of(cast.admin)
    tested = client.post("/setup/channels/connect/", form(cast, do="test")).content.decode()
    assert "Everything works" in tested
    assert SECRET not in tested
    assert not Channel.objects.filter(name="Web form").exists()
    # the password need not be typed again after the test
    carried = re.search(r'name="carried" value="([^"]+)"', tested)[1]
    answer = client.post("/setup/channels/connect/", form(cast, s_secret="", carried=carried))
    made = Channel.objects.get(name="Web form")
    assert answer["Location"] == f"/setup/channels/{made.pk}/"
    assert made.secrets() == {"secret": SECRET}
    assert SECRET not in made.sealed
    page = client.get(f"/setup/channels/{made.pk}/").content.decode()
    assert SECRET not in page
    assert f"/doors/{made.door_token}/" in page
    client.post(f"/setup/channels/{made.pk}/", form(cast, s_secret="", name="Renamed"))
    made.refresh_from_db()
    assert (made.name, made.secrets()) == ("Renamed", {"secret": SECRET})


@pytest.mark.django_db
def test_a_form_s_sealed_secrets_are_of_no_use_to_another(cast):
    admin, other = client_of(cast.admin), cast.lead
    other.role = "admin"
    other.save()
    tested = admin.post("/setup/channels/connect/", form(cast, do="test")).content.decode()
    carried = re.search(r'name="carried" value="([^"]+)"', tested)[1]
    answer = client_of(other).post("/setup/channels/connect/", form(cast, s_secret="", carried=carried))
    assert answer.status_code == 422


@pytest.mark.django_db
def test_pausing_and_going_on(cast):
    client, address = client_of(cast.admin), f"/setup/channels/{cast.channel.pk}/"
    client.post(address + "pause/")
    cast.channel.refresh_from_db()
    assert cast.channel.state == "paused"
    assert "Paused" in client.get("/setup/channels/").content.decode()
    client.post(address + "resume/")
    cast.channel.refresh_from_db()
    assert cast.channel.state == "active"


@pytest.mark.django_db
def test_a_person_is_added_signs_in_and_is_let_out(cast):
    client = client_of(cast.admin)
    fields = {
        "name": "Mateus Reinholt", "email": "Mateus@Larkspur.example", "password": "a fine long password", "role": "agent",
        "teams": [cast.team.pk], "approvals_wanted": "3",
    }  # fmt: skip
    short = client.post("/setup/agents/new/", {**fields, "password": "short"})
    assert short.status_code == 422
    assert client.post("/setup/agents/new/", fields).status_code == 302
    made = Agent.objects.get(user__email="mateus@larkspur.example")
    assert (made.role, made.approvals_wanted, list(made.teams.all())) == ("agent", 3, [cast.team])
    assert client.post("/setup/agents/new/", fields).status_code == 422, "the address is taken"
    theirs = client_of(made)
    assert theirs.get("/desk/").status_code == 200
    client.post(f"/setup/agents/{made.pk}/", {**fields, "password": "", "is_active": ""})
    assert theirs.get("/desk/").status_code == 302


@pytest.mark.django_db
def test_the_last_admin_stays_one(cast):
    answer = client_of(cast.admin).post(
        f"/setup/agents/{cast.admin.pk}/",
        {"name": "Ines Moreau", "role": "agent", "approvals_wanted": "0", "is_active": "on"},
    )
    assert answer.status_code == 422
    assert "This is the last admin." in answer.content.decode()
    cast.admin.refresh_from_db()
    assert cast.admin.role == "admin"


@pytest.mark.django_db
def test_teams_promises_calendars_and_brands(cast):
    client = client_of(cast.admin)
    client.post(
        "/setup/teams/new/", {"name": "Night", "brands": [cast.channel.brand_id], "agents": [cast.noor.pk]}
    )
    team = Team.objects.get(name="Night")
    assert list(team.agents.all()) == [cast.noor]
    client.post(f"/setup/teams/{team.pk}/", {"do": "delete"})
    assert not Team.objects.filter(name="Night").exists()
    days = {f"day{n}": "" for n in range(7)}
    wrong = client.post(
        "/setup/calendars/new/", {"name": "X", "zone": "Europe/Dublin", **days, "day0": "nine to five"}
    )
    assert "is no time span" in wrong.content.decode()
    wrong = client.post("/setup/calendars/new/", {"name": "X", "zone": "Europe/Nowhere", **days})
    assert "is no time zone" in wrong.content.decode()
    client.post(
        "/setup/calendars/new/",
        {
            "name": "Weekdays", "zone": "Europe/Dublin", **days, "day0": "09:00-12:00, 13:00-17:00", "day4": "22:00-06:00",
            "holidays": "2026-12-25 Christmas Day\n2026-12-24 09:00-13:00 Christmas Eve",
        },
    )  # fmt: skip
    calendar = BusinessCalendar.objects.get(name="Weekdays")
    assert calendar.hours == {"0": [["09:00", "12:00"], ["13:00", "17:00"]], "4": [["22:00", "06:00"]]}
    assert [(h.day.isoformat(), h.name, h.hours) for h in calendar.holidays.order_by("day")] == [
        ("2026-12-24", "Christmas Eve", [["09:00", "13:00"]]),
        ("2026-12-25", "Christmas Day", []),
    ]
    eve = (
        "2026-12-24 9:00-13:00 15:00 - 17:00 Christmas Eve"  # with spaces alone between them, as people write
    )
    client.post(
        f"/setup/calendars/{calendar.pk}/",
        {"name": "Split", "zone": "Europe/Dublin", **days, "holidays": eve},
    )
    assert calendar.holidays.get().hours == [["09:00", "13:00"], ["15:00", "17:00"]]
    client.post(
        f"/setup/calendars/{calendar.pk}/",
        {
            "name": "Weekdays", "zone": "Europe/Dublin", **days, "day0": "09:00-12:00, 13:00-17:00",
            "holidays": "2026-12-25 Christmas Day\n2026-12-24 09:00-13:00 Christmas Eve",
        },
    )  # fmt: skip
    again = client.get(f"/setup/calendars/{calendar.pk}/").content.decode()
    assert "09:00-12:00, 13:00-17:00" in again
    assert "2026-12-24 09:00-13:00 Christmas Eve" in again
    client.post(
        "/setup/promises/new/", {"kind": "next", "minutes": "90", "urgency": "high", "calendar": calendar.pk}
    )
    target = Target.objects.get(kind="next")
    assert (target.seconds, target.urgency, target.calendar) == (5400, "high", calendar)
    assert "90 minutes" in client.get("/setup/promises/").content.decode()
    client.post("/setup/brands/new/", {"name": "Fjord Ferries", "zone": "Europe/Oslo", "signature": "Fjord"})
    assert Brand.objects.get(name="Fjord Ferries").slug == "fjord-ferries"
