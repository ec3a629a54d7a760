"""Passkeys: added with the password, signing in without one, and everything that is refused."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now
from playwright.sync_api import expect

from harken.accounts import passkeys
from harken.accounts.models import Passkey, User
from harken.community.actions.joining import leave
from harken.web.passkeys import MOST_TRIES
from tests.factories import make_agent, make_member
from tests.web.cast import client_of
from tests.web.soft_key import FLAG, SoftKey

pytestmark = pytest.mark.usefixtures("quick_passwords")

PASSWORD = "correct horse"


@pytest.fixture
def at_home(settings, db):
    settings.PUBLIC_URL = "https://care.example"


@pytest.fixture
def noor(at_home) -> User:
    return make_agent("Noor Bakker", role="agent").user


def begin_adding(client: Client, password: str = PASSWORD):
    return client.post("/passkeys/begin/", {"password": password})


def add(user: User, key: SoftKey, name: str = "My phone", client: Client | None = None) -> None:
    client = client or client_of(user.agent)
    found = client.post("/passkeys/add/", {"answer": key.made(begin_adding(client).json()), "name": name})
    assert found.json() == {"to": "/passkeys/"}


def asked(client: Client) -> dict:
    found = client.post("/sign-in/passkey/begin/")
    assert found.status_code == 200
    return found.json()


def sign_in(client: Client, answer: str, **more: str):
    return client.post("/sign-in/passkey/", {"answer": answer, **more})


@pytest.fixture
def key(noor) -> SoftKey:
    made = SoftKey()
    add(noor, made)
    return made


def test_a_passkey_signs_in_without_a_name_and_counts_as_both_steps(noor, key, monkeypatch):
    monkeypatch.setattr("harken.accounts.second_factor.is_on", lambda user: True)
    client = Client()
    options = asked(client)
    assert "allowCredentials" not in options["publicKey"]
    assert options["publicKey"]["userVerification"] == "required"
    assert noor.email not in json.dumps(options)
    assert sign_in(client, key.signed(options), next="/desk/?view=mine").json() == {"to": "/desk/?view=mine"}
    assert client.get("/desk/").status_code == 200
    assert Passkey.objects.get().used_at is not None
    again = Client()
    assert sign_in(again, key.signed(asked(again)), next="https://evil.example/").json() == {"to": "/"}


def test_what_the_authenticator_is_told_of_the_user_says_nothing_and_is_the_same_for_all_keys(noor, key):
    client = client_of(noor.agent)
    options = begin_adding(client).json()["publicKey"]
    assert options["rp"]["id"] == "care.example"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert [one["id"] for one in options["excludeCredentials"]] == [Passkey.objects.get().credential_id]
    assert passkeys._decoded(options["user"]["id"]) == key.handle
    assert len(key.handle) == 32


def test_adding_and_removing_need_the_password_and_a_limit_holds(noor, key):
    client = client_of(noor.agent)
    assert begin_adding(client, "wrong").status_code == 422
    assert client.post("/passkeys/add/", {"answer": "{}"}).status_code == 403
    kept = Passkey.objects.get()
    assert client.post("/passkeys/", {"remove": str(kept.pk), "password": "wrong"}).status_code == 422
    other = client_of(make_agent("Tomas Ek", role="agent"))
    other.post("/passkeys/", {"remove": str(kept.pk), "password": PASSWORD})
    assert Passkey.objects.exists()
    page = client.get("/passkeys/").content.decode()
    assert "My phone" in page
    assert client.post("/passkeys/", {"remove": str(kept.pk), "password": PASSWORD}).status_code == 302
    assert not Passkey.objects.exists()
    for _ in range(8):
        last = begin_adding(client, "wrong")
    assert last.status_code == 429
    assert begin_adding(client).status_code == 429


@pytest.mark.parametrize(
    "how",
    [
        "another origin",
        "a subdomain",
        "another site's key",
        "not verified",
        "not there",
        "for a new key",
        "not signed",
        "nonsense",
    ],
)
def test_a_wrong_answer_is_refused(noor, key, how):
    client = Client()
    options = asked(client)
    if how == "another site's key":
        key.rp = "evil.example"
    answer = {
        "another origin": lambda: key.signed(options, origin="https://evil.example"),
        "a subdomain": lambda: key.signed(options, origin="https://forum.care.example"),
        "another site's key": lambda: key.signed(options),
        "not verified": lambda: key.signed(options, flags=FLAG.UP),
        "not there": lambda: key.signed(options, flags=FLAG.UV),
        "for a new key": lambda: key.signed(options, type="webauthn.create"),
        "not signed": lambda: key.signed(options).replace('"signature": "', '"signature": "AAAA'),
        "nonsense": lambda: '{"id": 5, "response": []}',
    }[how]()
    assert sign_in(client, answer).status_code == 403
    assert client.get("/desk/").status_code == 302


def test_a_challenge_is_good_once_and_in_its_own_browser_only(noor, key):
    client, thief = Client(), Client()
    options = asked(client)
    answer = key.signed(options)
    asked(thief)
    assert sign_in(thief, answer).status_code == 403
    assert sign_in(Client(), answer).status_code == 403
    assert sign_in(client, answer).status_code == 200
    client.post("/sign-out/")
    assert sign_in(client, answer).status_code == 403
    # a wrong answer uses it up as well
    options = asked(client)
    assert sign_in(client, "{}").status_code == 403
    assert sign_in(client, key.signed(options)).status_code == 403


def test_a_challenge_grows_old_and_one_for_adding_signs_nobody_in(noor, key):
    options, state = passkeys.begin_sign_in(at=now() - timedelta(seconds=301))
    with pytest.raises(passkeys.Refused):
        passkeys.sign_in(state, json.loads(key.signed(options)))
    options, state = passkeys.begin_adding(noor)
    with pytest.raises(passkeys.Refused):
        passkeys.sign_in(state, json.loads(key.signed(options)))
    tomas = make_agent("Tomas Ek", role="agent").user
    with pytest.raises(passkeys.Refused):
        passkeys.add(tomas, state, json.loads(SoftKey().made(options)), name="Taken")


def test_a_key_that_was_made_unverified_or_is_known_already_is_not_kept(noor, key):
    client = client_of(noor.agent)
    for answer in (
        SoftKey().made(begin_adding(client).json(), flags=FLAG.UP),
        SoftKey(origin="https://evil.example").made(begin_adding(client).json()),
    ):
        assert client.post("/passkeys/add/", {"answer": answer}).status_code == 403
    tomas = client_of(make_agent("Tomas Ek", role="agent"))
    answer = key.made(begin_adding(tomas).json())
    assert tomas.post("/passkeys/add/", {"answer": answer}).status_code == 403
    assert Passkey.objects.count() == 1


def test_a_copied_key_is_noticed_by_its_counter(noor, key):
    client = Client()
    assert sign_in(client, key.signed(asked(client), counter=7)).status_code == 200
    for counter in (7, 6, 0):
        other = Client()
        assert sign_in(other, key.signed(asked(other), counter=counter)).status_code == 403
    other = Client()
    assert sign_in(other, key.signed(asked(other), counter=8)).status_code == 200


def test_a_removed_key_and_an_account_that_may_not_come_in_are_refused(noor, key):
    for closed in ({"agent": False}, {"user": False}):
        noor.agent.is_active = closed.get("agent", True)
        noor.agent.save()
        noor.is_active = closed.get("user", True)
        noor.save()
        client = Client()
        assert sign_in(client, key.signed(asked(client))).status_code == 403
    noor.is_active = True
    noor.save()
    client = Client()
    options = asked(client)
    passkeys.remove(noor, Passkey.objects.get().pk)
    assert sign_in(client, key.signed(options)).status_code == 403


def test_a_member_signs_in_suspended_to_read_and_not_at_all_when_they_left(at_home):
    ines = make_member("Ines Rautio", state="suspended")
    ines.user.set_password(PASSWORD)
    ines.user.save()
    key = SoftKey()
    add(ines.user, key, client=client_of(ines))
    client = Client()
    assert sign_in(client, key.signed(asked(client))).status_code == 200
    assert client.get("/community/notices/").status_code == 200
    assert client.post("/community/ask/", {"title": "May I?", "text": "x"}).status_code != 302
    leave(ines)
    client = Client()
    assert sign_in(client, key.signed(asked(client))).status_code == 403
    assert not Passkey.objects.exists()


def test_an_admin_takes_them_off_for_who_lost_the_device(noor, key):
    admin = client_of(make_agent("Ada Lund", role="admin"))
    admin.post("/setup/people/second-step/", {"email": noor.email})
    client = Client()
    assert sign_in(client, key.signed(asked(client))).status_code == 403


def test_too_many_tries_wait(noor, key):
    client = Client()
    for _ in range(MOST_TRIES):
        assert client.post("/sign-in/passkey/", {"answer": "{}"}).status_code == 403
    assert client.post("/sign-in/passkey/", {"answer": "{}"}).status_code == 429
    for _ in range(MOST_TRIES):
        client.post("/sign-in/passkey/begin/")
    assert client.post("/sign-in/passkey/begin/").status_code == 429


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("https://care.example", True),
        ("https://care.example:8443/", True),
        ("http://localhost:8000", True),
        ("http://care.example", False),
        ("http://127.0.0.1:8000", False),
        ("https://[::1]:8000", False),
    ],
)
def test_where_browsers_make_none_none_is_offered(settings, noor, address, may):
    settings.PUBLIC_URL = address
    assert passkeys.may_be_used() is may
    assert ("data-passkey" in Client().get("/sign-in/").content.decode()) is may


def test_in_a_browser_a_key_is_made_and_signs_in(desk, settings):
    at = desk.url.replace("127.0.0.1", "localhost")
    settings.PUBLIC_URL = at
    page = desk.page(None)
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
                "hasUserVerification": True, "isUserVerified": True,
            }
        },
    )  # fmt: skip
    page.goto(f"{at}/sign-in/?next=/passkeys/")
    page.get_by_label("Mail address").fill(desk.cast.noor.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_label("Name of the new one").fill("Blue key")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator(".passkeys b")).to_have_text("Blue key")
    page.context.clear_cookies()
    page.goto(f"{at}/sign-in/?next=/desk/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(f"{at}/desk/")
    expect(page.locator("#list")).to_be_visible()
    # removed, it signs in no more, and the page says so in its own words
    page.goto(f"{at}/passkeys/")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".passkeys")).to_have_count(0)
    page.context.clear_cookies()
    page.goto(f"{at}/sign-in/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("does not sign in here")
    desk.complaints[:] = [said for said in desk.complaints if "403" not in said]
