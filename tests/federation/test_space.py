"""A space on the Fediverse: its one actor, how servers find it, and what its documents hold."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from harken.community.actions.changing import NotAllowed
from harken.community.actions.filing import keep_file
from harken.community.actions.spaces import keep_space
from harken.community.actions.writing import open_topic, write_answer, write_comment
from harken.community.models import Post, Space, Topic
from harken.federation.actions.turning import turn_off, turn_on
from harken.federation.addresses import handle_of, inbox_of, uri_of_actor
from harken.federation.models import SpaceActor
from tests.factories import make_member
from tests.pictures import PNG

from .space_cast import ask

pytestmark = pytest.mark.django_db(transaction=False)
HOST = "care.larkspur.example"


def test_a_space_gets_one_actor_and_keeps_it(space: Space, settings: Any) -> None:
    settings.HAS_PUBLIC_URL = False
    with pytest.raises(NotAllowed, match="HARKEN_PUBLIC_URL"):
        turn_on(space, by=None)
    settings.HAS_PUBLIC_URL = True
    actor = turn_on(space, by=None)
    assert handle_of(actor) == f"@baggage@{HOST}"
    assert actor.channel.purpose == "space"
    assert "PRIVATE" in actor.channel.secrets()["key"]
    assert "PRIVATE" not in json.dumps([actor.channel.settings, actor.channel.sealed, actor.public_key])
    turn_off(actor, by=None)
    assert Client().get(f"/ap/spaces/{space.pk}").status_code == 404
    again = turn_on(space, by=None)
    assert (again.pk, again.public_key, again.name) == (actor.pk, actor.public_key, actor.name)
    hidden = Space(name="Baggage ", brand=space.brand, audience="members")
    with pytest.raises(NotAllowed, match="everyone"):
        turn_on(keep_space(hidden, by=None), by=None)


def test_names_are_what_every_server_takes(space: Space) -> None:
    for name, wanted in (
        ("Lost & found", "lost_found"),
        ("Gepäck", "gep_ck"),
        ("حقيبة", "space"),
        ("鞄", "space_2"),
    ):
        made = keep_space(Space(name=name, brand=space.brand), by=None)
        assert turn_on(made, by=None).name == wanted


def test_servers_find_it_by_its_handle_and_read_its_documents(actor: SpaceActor, space: Space) -> None:
    client = Client()
    for resource in (
        f"acct:baggage@{HOST}",
        f"acct:Baggage@{HOST.upper()}",
        uri_of_actor(actor),
        f"{actor.base}/community/s/baggage/",
    ):
        found = client.get("/.well-known/webfinger", {"resource": resource})
        assert found["content-type"].startswith("application/jrd+json")
        assert found.json()["subject"] == f"acct:baggage@{HOST}"
        assert {link["href"] for link in found.json()["links"] if link["rel"] == "self"} == {
            uri_of_actor(actor)
        }
    for wrong in (
        "acct:baggage@elsewhere.example",
        f"acct:other@{HOST}",
        "https://elsewhere.example/ap/spaces/1",
        "x",
        "/ap/spaces/x",
    ):
        assert client.get("/.well-known/webfinger", {"resource": wrong}).status_code == 404, wrong
    assert client.get("/.well-known/webfinger").status_code == 400
    document = client.get(f"/ap/spaces/{space.pk}")
    assert document["content-type"].startswith("application/activity+json")
    said = document.json()
    assert (said["type"], said["id"], said["inbox"]) == ("Group", uri_of_actor(actor), inbox_of(actor))
    assert said["publicKey"]["publicKeyPem"] == actor.public_key
    assert client.get("/.well-known/nodeinfo").json()["links"][0]["href"].endswith("/nodeinfo/2.1")
    assert client.get("/nodeinfo/2.1").json()["software"]["name"] == "harken"


def test_files_are_found_from_anywhere(actor: SpaceActor, topic: Topic) -> None:
    tom = make_member("Tom Krull")
    picture, log = keep_file(PNG, name="seat.png", by=tom), keep_file(b"no signal", name="seat.log", by=tom)
    text = f"![my seat](/community/files/{picture.stored_as}) [seat.log](/community/files/{log.stored_as})"
    post = write_answer(topic, by=tom, text=text)
    note = Client().get(f"/ap/posts/{post.pk}").json()
    assert f'href="{actor.base}/community/files/{log.stored_as}"' in note["content"]
    assert picture.stored_as not in note["content"]
    address = f"{actor.base}/community/files/{picture.stored_as}"
    assert note["attachment"] == [
        {"type": "Document", "mediaType": "image/png", "url": address, "name": "my seat"}
    ]
    for one in (log, picture):
        assert Client().get(f"/community/files/{one.stored_as}").status_code == 200


def test_documents_hold_what_anybody_may_read_and_nothing_else(
    actor: SpaceActor, space: Space, django_assert_num_queries: Any
) -> None:
    client, topic = Client(), ask(space)
    answer = write_answer(topic, by=make_member("Tom Krull"), text="With a seat of its own.")
    held = write_comment(answer, by=make_member("Max Held"), text="A secret that waits for a look")
    Post.objects.filter(pk=held.pk).update(state="held")
    hidden = open_topic(
        keep_space(Space(name="Inner", brand=space.brand, audience="members"), by=None),
        by=topic.author,
        title="Members only",
        text="x",
    )
    opening = topic.said.get(kind="opening")
    note = client.get(f"/ap/posts/{opening.pk}").json()
    assert note["attributedTo"] == uri_of_actor(actor)
    assert "name" not in note
    assert "<strong>A seat for a cello?</strong>" in note["content"]
    assert "Ines R., a customer, asks:" in note["content"]
    assert "Rautio" not in json.dumps(note)
    assert "<b>" not in note["content"]
    reply = client.get(f"/ap/posts/{answer.pk}").json()
    assert (reply["inReplyTo"], reply["context"]) == (note["id"], note["context"])
    for post_id in (held.pk, hidden.said.get().pk, 987_654):
        assert client.get(f"/ap/posts/{post_id}").status_code == 404
    assert client.get(f"/ap/topics/{hidden.pk}").status_code == 404
    assert client.get(f"/ap/topics/{topic.pk}").json()["orderedItems"] == [note["id"], reply["id"]]
    outbox = client.get(f"/ap/spaces/{space.pk}/outbox").json()
    assert outbox["totalItems"] == 2
    page = client.get(outbox["first"].removeprefix(actor.base)).json()
    assert [one["object"]["id"] for one in page["orderedItems"]] == [reply["id"], note["id"]]
    assert "secret" not in json.dumps(page)
    assert client.get(f"/ap/spaces/{space.pk}/followers").json()["totalItems"] == 0
