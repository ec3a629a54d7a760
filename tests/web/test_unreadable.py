"""What no text can hold: a form or an address with a NUL is turned away, on every database the same."""

from __future__ import annotations

import pytest

from harken.community.models import Member, Post, Topic
from tests.factories import ask, make_agent, make_member, make_space
from tests.web.cast import client_of

pytestmark = pytest.mark.django_db


def test_a_form_with_a_nul_is_turned_away_and_keeps_nothing():
    ines, space = make_member("Ines"), make_space("Bags")
    client = client_of(ines)
    asked = client.post(
        "/community/ask/",
        {"space": space.pk, "kind": "question", "title": "Which bag\x00?", "text": "This \x00 one?"},
    )
    assert asked.status_code == 400
    topic = ask(by=make_member("Noor"), space=space)
    said = client.post(f"/community/t/{topic.pk}/answer/", {"text": "With\x00 wheels."})
    assert said.status_code == 400
    named = client.post("/community/me/", {"do": "profile", "name": "In\x00es"})
    assert named.status_code == 400
    assert Topic.objects.count() == Post.objects.count() == 1
    assert Member.objects.get(pk=ines.pk).name == "Ines"


@pytest.mark.parametrize(
    "address", ["/community/search/?q=bag%00", "/community/tag/bag%00/", "/community/p/ines%00/"]
)
def test_an_address_with_a_nul_is_turned_away(client, address):
    assert client.get(address).status_code in (400, 404)


def test_the_desk_turns_it_away_too():
    assert client_of(make_agent("Noor")).get("/desk/?q=bag%00").status_code == 400
