"""Letting a space be followed, and keeping servers out, on the setup's pages; the handle on the space's own page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now

from harken.channels.models import Channel
from harken.federation.models import Follower, Rule, Server, SpaceActor
from harken.web.portal.around import forget_around
from tests.factories import ask, make_agent, make_member, make_space, make_space_actor
from tests.web.cast import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    return client_of(make_agent(role="admin"))


@pytest.fixture(autouse=True)
def _fresh() -> None:
    forget_around()


def save(admin: Client, space: Any, **changes: Any) -> Any:
    fields = {
        "name": space.name, "brand": space.brand_id, "intro": "", "audience": "everyone", "kinds": ["question"],
        "icon": space.icon, "is_open": "on", **changes,
    }  # fmt: skip
    return admin.post(f"/setup/spaces/{space.pk}/", fields)


def test_a_tick_lets_a_space_be_followed_and_its_page_says_how(admin: Client, settings: Any) -> None:
    space = make_space()
    refused = save(admin, space, fediverse="on")
    assert refused.status_code == 422
    assert "HARKEN_PUBLIC_URL" in refused.content.decode()
    settings.PUBLIC_URL, settings.HAS_PUBLIC_URL = "https://care.larkspur.example", True
    page = Client().get("/community/s/baggage/").content.decode()
    assert "Fediverse" not in page
    assert save(admin, space, fediverse="on").status_code == 302
    forget_around()
    page = Client().get("/community/s/baggage/").content.decode()
    assert "@baggage@care.larkspur.example" in page
    assert f'type="application/activity+json" href="/ap/spaces/{space.pk}"' in page
    assert (
        "checked"
        in admin.get(f"/setup/spaces/{space.pk}/").content.decode().partition('name="fediverse"')[2][:120]
    )
    # who writes there is told where it goes
    topic, ines = ask(space=space), make_member("Ines Rautio")
    assert (
        "What you write leaves this place"
        in client_of(ines).get(f"/community/t/{topic.pk}/{topic.slug}/").content.decode()
    )
    assert save(admin, space).status_code == 302
    forget_around()
    assert "Fediverse" not in Client().get("/community/s/baggage/").content.decode()
    assert Channel.objects.get(connector="activitypub").state == "paused"


def test_machines_that_ask_for_a_page_are_led_to_its_document() -> None:
    space = make_space()
    actor = make_space_actor(space)
    topic = ask(space=space)
    for accept in (
        "application/activity+json",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
    ):
        client = Client(headers={"accept": accept})
        assert client.get("/community/s/baggage/")["Location"] == f"/ap/spaces/{space.pk}"
        found = client.get(f"/community/t/{topic.pk}/{topic.slug}/", follow=True)
        assert found.json()["id"] == f"{actor.base}/ap/posts/{topic.said.get().pk}"
    assert Client(headers={"accept": "text/html"}).get("/community/s/baggage/").status_code == 200


def test_the_page_of_the_fediverse(admin: Client, django_assert_max_num_queries: Any) -> None:
    assert "No space can be followed yet" in admin.get("/setup/fediverse/").content.decode()
    actor = make_space_actor(make_space(), "baggage")
    Follower.objects.create(
        actor=actor, uri="https://fjord.example/u/ines", host="fjord.example", inbox="x", follow_id="y"
    )
    Server.objects.create(host="away.example", attempts=3, failing_since=now(), problem="No connection.")
    page = admin.get("/setup/fediverse/").content.decode()
    assert "@baggage@" in page
    assert "away.example" in page
    assert admin.post("/setup/fediverse/", {"do": "again", "host": "away.example"}).status_code == 302
    assert Server.objects.get().failing_since is None
    refused = admin.post("/setup/fediverse/", {"do": "block", "what": "no server!"})
    assert refused.status_code == 422
    assert "no server!" in refused.content.decode()
    admin.post(
        "/setup/fediverse/", {"do": "block", "what": "https://fjord.example/about", "why": "<b>Spam</b>"}
    )
    assert not Follower.objects.exists() or Rule.objects.get().uri  # an address is one person
    admin.post("/setup/fediverse/", {"do": "block", "what": "fjord.example", "why": "<b>Spam</b>"})
    assert not Follower.objects.exists()
    page = admin.get("/setup/fediverse/").content.decode()
    assert "&lt;b&gt;Spam&lt;/b&gt;" in page
    assert Channel.objects.get(connector="activitypub").settings["blocked_hosts"] == ["fjord.example"]
    for rule in Rule.objects.all():
        admin.post("/setup/fediverse/", {"do": "remove", "rule": rule.pk})
    assert not Rule.objects.exists()
    admin.post("/setup/fediverse/", {"do": "listed"})
    admin.post("/setup/fediverse/", {"do": "allow", "what": "@ines@fjord.example"})
    assert Channel.objects.get(connector="activitypub").settings["allowed_hosts"] == ["fjord.example"]
    admin.post("/setup/fediverse/", {"do": "all"})
    assert Channel.objects.get(connector="activitypub").settings["allowed_hosts"] is None
    for wrong in ({"do": "x"}, {}):
        assert admin.post("/setup/fediverse/", wrong).status_code == 404
    counts = []
    for number in range(2):
        with django_assert_max_num_queries(40) as taken:
            admin.get("/setup/fediverse/")
        counts.append(len(taken))
        for more in range(3):
            make_space_actor(make_space(name=f"More {number} {more}"))
            Rule.objects.create(kind="block", host=f"more{number}{more}.example")
    assert counts[0] == counts[1]
    assert SpaceActor.objects.count() == 7


def test_its_channel_is_not_changed_like_others(admin: Client) -> None:
    actor = make_space_actor(make_space())
    assert admin.get(f"/setup/channels/{actor.channel_id}/")["Location"] == "/setup/fediverse/"
    assert (
        admin.post(f"/setup/channels/{actor.channel_id}/", {"name": "x"})["Location"] == "/setup/fediverse/"
    )
    assert "kind=activitypub" not in admin.get("/setup/channels/connect/").content.decode()
