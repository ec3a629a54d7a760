"""The second step at the sign-in: turned on with an app, asked for, limited, taken off by an admin."""

from __future__ import annotations

import re
import time

import pytest
from django.test import Client

from harken.accounts import second_factor, totp
from harken.accounts.models import SecondFactor, User
from tests.factories import make_agent, make_member
from tests.web.cast import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

PASSWORD = "correct horse"


@pytest.fixture
def noor() -> User:
    return make_agent("Noor Bakker", role="agent").user


def code_of(user: User, *, ahead: int = 0) -> str:
    secret = second_factor.secrets.unseal(SecondFactor.objects.get(user=user).sealed)
    return totp.code_at(secret, int(time.time()) // totp.STEP + ahead)


def turn_on(user: User) -> list[str]:
    """In the browser, by the page's own words; returns the recovery codes."""
    client = client_of(user.agent)
    assert client.post("/second-step/", {"do": "begin", "password": PASSWORD}).status_code == 302
    shown = client.get("/second-step/").content.decode()
    assert "<svg" in shown
    assert "style=" not in shown
    html = client.post("/second-step/", {"do": "confirm", "code": code_of(user)}).content.decode()
    codes = re.findall(r"<code>([a-z2-7-]{19})</code>", html)
    assert len(codes) == 10
    assert codes[0] not in client.get("/second-step/").content.decode(), "shown once"
    return codes


def sign_in(client: Client, user: User, **more: str):
    return client.post("/sign-in/", {"username": user.email, "password": PASSWORD, **more})


def test_the_password_alone_does_not_sign_in_any_more_and_the_code_leads_where_one_wanted(noor):
    turn_on(noor)
    client = Client()
    assert sign_in(client, noor, next="/desk/?view=mine")["Location"] == "/sign-in/code/"
    assert client.get("/desk/").status_code == 302, "nobody is signed in yet"
    wrong = client.post("/sign-in/code/", {"code": "000000"})
    assert wrong.status_code == 403
    right = client.post("/sign-in/code/", {"code": code_of(noor, ahead=1)})
    assert right["Location"] == "/desk/?view=mine"
    assert client.get("/desk/").status_code == 200
    again = Client()
    sign_in(again, noor)
    assert again.post("/sign-in/code/", {"code": code_of(noor, ahead=1)}).status_code == 403, "used already"


def test_a_recovery_code_signs_in_too(noor):
    codes = turn_on(noor)
    client = Client()
    sign_in(client, noor)
    assert client.post("/sign-in/code/", {"code": codes[3]}).status_code == 302
    assert "9 recovery codes are left" in client.get("/second-step/").content.decode()


def test_codes_cannot_be_tried_for_ever_in_however_many_browsers(noor):
    turn_on(noor)
    answers = []
    for _ in range(9):
        client = Client()
        sign_in(client, noor)
        answers.append(client.post("/sign-in/code/", {"code": "000000"}).status_code)
    assert answers == [403] * 8 + [429]
    client = Client()
    sign_in(client, noor)
    assert client.post("/sign-in/code/", {"code": code_of(noor, ahead=1)}).status_code == 429


def test_without_a_right_password_nobody_is_asked_for_a_code(noor, monkeypatch):
    turn_on(noor)
    assert "Begin with your password" in Client().get("/sign-in/code/").content.decode()
    client = Client()
    sign_in(client, noor)
    monkeypatch.setattr("harken.web.sign.WAITS_FOR", -1)
    late = client.post("/sign-in/code/", {"code": code_of(noor, ahead=1)})
    assert "Begin with your password" in late.content.decode()
    assert client.get("/desk/").status_code == 302


def test_one_who_may_not_sign_in_any_more_is_not_let_in_by_a_code(noor):
    turn_on(noor)
    client = Client()
    sign_in(client, noor)
    noor.agent.is_active = False
    noor.agent.save()
    refused = client.post("/sign-in/code/", {"code": code_of(noor, ahead=1)})
    assert "Begin with your password" in refused.content.decode()
    assert client.get("/desk/").status_code == 302


def test_changing_it_needs_the_password(noor):
    turn_on(noor)
    client = client_of(noor.agent)
    for do in ("off", "codes", "begin"):
        assert client.post("/second-step/", {"do": do, "password": "wrong"}).status_code == 422
    assert second_factor.is_on(noor)
    client.post("/second-step/", {"do": "off", "password": PASSWORD})
    assert not second_factor.is_on(noor)
    assert sign_in(Client(), noor)["Location"] == "/"


def test_an_admin_takes_off_what_somebody_lost_an_agents_or_a_members(noor):
    turn_on(noor)
    member = make_member("Ines Rautio")
    second_factor.begin(member.user)
    second_factor.confirm(member.user, code_of(member.user))
    admin = client_of(make_agent("Ines Moreau", role="admin"))
    assert admin.post("/setup/people/second-step/", {"email": "nobody@larkspur.example"}).status_code == 422
    for user in (noor, member.user):
        assert admin.post("/setup/people/second-step/", {"email": user.email.upper()}).status_code == 302
        assert not second_factor.is_on(user)
