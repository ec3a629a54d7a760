"""Where a page cannot be, something says so and leads on."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from tests.factories import ask, make_agent, make_member
from tests.web.cast import client_of

pytestmark = pytest.mark.django_db
HTML = {"HTTP_ACCEPT": "text/html,*/*;q=0.8"}


def test_the_address_of_a_button_leads_back_to_a_page():
    topic = ask(by=make_member("Noor"))
    address = f"/community/t/{topic.pk}/close/"
    shown = client_of(make_agent()).get(address, **HTML)
    assert shown.status_code == 405
    assert shown["Allow"] == "POST"
    assert "This is no page" in shown.content.decode()
    assert 'href="/"' in shown.content.decode()
    assert client_of(make_agent("Wren")).get(address).content == b""
    assert client_of(make_agent("Ada")).post("/desk/", **HTML).content == b""


def test_a_role_is_said_in_the_reader_s_language():
    client = client_of(make_agent("Noor Haddad", role="lead"))
    client.cookies["harken_language"] = "de"
    with translation.override("de"):
        word = translation.gettext("Lead")
    assert word != "Lead"
    assert (
        word in client.get("/setup/teams/", follow=True).content.decode()
        or word in client.get("/desk/").content.decode()
    )
    assert Client().get("/desk/").status_code == 302
