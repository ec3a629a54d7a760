"""Signing in, being locked out, signing out, and the reader's own look."""

import pytest
from django.test import Client, override_settings

from tests.web.cast import client_of


def sign_in(
    client: Client, password: str = "correct horse", email: str = "noor.bakker@larkspur.example", **more: str
):
    return client.post("/sign-in/", {"username": email, "password": password, **more})


@pytest.mark.django_db
def test_the_right_password_leads_to_where_one_wanted_to_go(cast):
    client = Client()
    wanted = client.get("/desk/c/5/?view=mine")
    assert wanted["Location"] == "/sign-in/?next=%2Fdesk%2Fc%2F5%2F%3Fview%3Dmine"
    answer = sign_in(client, next="/desk/c/5/?view=mine")
    assert answer["Location"] == "/desk/c/5/?view=mine"
    assert client.get("/desk/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "away", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_it_never_leads_to_another_site(cast, away):
    assert sign_in(Client(), next=away)["Location"] == "/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("noor.bakker@larkspur.example", "wrong horse"),
        ("nobody@larkspur.example", "correct horse"),
        ("jorun.wexel@larkspur.example", "correct horse"),
    ],
)
def test_whatever_is_wrong_is_told_in_the_same_words(cast, email, password):
    answer = sign_in(Client(), password, email)
    assert answer.status_code == 403
    assert "do not go together, or the account may not sign in" in answer.content.decode()
    assert password not in answer.content.decode()


@pytest.mark.django_db
def test_too_many_wrong_passwords_lock_the_address_for_a_while(cast, settings):
    settings.AXES_FAILURE_LIMIT = 3
    client = Client()
    statuses = [sign_in(client, "wrong").status_code for _ in range(4)]
    assert statuses[:2] == [403, 403]
    assert statuses[-1] == 429
    locked = sign_in(client)
    assert locked.status_code == 429, "the right password does not open it either"
    assert "Too many tries" in locked.content.decode()
    assert sign_in(Client(), email="tomas.ek@larkspur.example").status_code == 302, (
        "others are not locked out"
    )


@pytest.mark.django_db
def test_an_agent_who_may_not_sign_in_any_more_is_out_in_every_open_session(cast):
    client = client_of(cast.noor)
    assert client.get("/desk/").status_code == 200
    cast.noor.is_active = False
    cast.noor.save()
    assert client.get("/desk/")["Location"].startswith("/sign-in/")


@pytest.mark.django_db
def test_signing_out_ends_the_session_and_needs_a_post(cast):
    client = client_of(cast.noor)
    assert client.get("/sign-out/").status_code == 405
    assert client.get("/desk/").status_code == 200
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/desk/").status_code == 302


@pytest.mark.django_db
def test_forms_of_other_sites_do_nothing(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.noor.user, backend="harken.accounts.backends.EmailBackend")
    answer = client.post(f"/desk/c/{cast.conversation.pk}/close/")
    assert answer.status_code == 403
    cast.conversation.refresh_from_db()
    assert cast.conversation.state == "open"


@pytest.mark.django_db
def test_theme_and_language_are_the_reader_s_own_and_stay(cast):
    client = client_of(cast.noor)
    assert "data-theme" not in client.get("/desk/").content.decode()
    client.post("/look/", {"theme": "dark", "next": "/desk/"})
    client.post("/look/", {"language": "ar", "next": "/desk/"})
    html = client.get("/desk/").content.decode()
    assert 'lang="ar" dir="rtl" data-theme="dark"' in html
    fresh = Client()
    sign_in(fresh)
    assert 'lang="ar" dir="rtl" data-theme="dark"' in fresh.get("/desk/").content.decode()
    client.post("/look/", {"theme": "", "next": "/desk/"})
    assert "data-theme" not in client.get("/desk/").content.decode()


@override_settings(DEBUG=False)
def test_error_pages_say_what_to_do_without_asking_the_database(client):
    from django.test import RequestFactory

    from harken.web.errors import broken

    request = RequestFactory().get("/x/")
    html = broken(request).content.decode()
    assert "Something broke here" in html
    assert "Traceback" not in html
