"""Who follows a space: accepted, told once a server, and what is taken back again."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from harken.community.actions.editing import edit_post, remove_post
from harken.community.actions.joining import change_profile, leave
from harken.community.actions.spaces import keep_space
from harken.community.actions.writing import write_answer, write_comment
from harken.community.models import Space
from harken.connectors.activitypub import signature
from harken.federation.addresses import uri_of_actor, uri_of_post
from harken.federation.models import Follower, SpaceActor, Told
from tests.connectors.activitypub.elsewhere import Server as Elsewhere
from tests.factories import make_member

from .space_cast import ask, follow, knock, told, work

pytestmark = pytest.mark.django_db(transaction=False)


def test_who_follows_is_accepted_told_and_let_go(actor: SpaceActor, space: Space, server: Elsewhere) -> None:
    ines = server.person("ines")
    wish = follow(actor, ines)
    assert list(Follower.objects.values_list("uri", "host")) == [(ines.uri, server.host)]
    (accept,) = told(server)
    assert (accept["type"], accept["object"]["id"], accept["to"]) == ("Accept", wish["id"], [ines.uri])
    topic = ask(space)
    work()
    (create,) = told(server, "Create")
    assert create["object"]["id"] == uri_of_post(actor, topic.said.get().pk)
    # signed with the space's key, over the very bytes
    path, headers, body = server.received[-1]
    read = signature.read_header(headers["signature"])
    assert read.key_id == f"{uri_of_actor(actor)}#main-key"
    assert signature.is_digest(headers["digest"], body)
    assert signature.is_signed_by(
        actor.public_key, read, signature.signed_text(read, method="post", path=path, headers=headers)
    )
    assert knock(actor, ines, ines.does("Undo", wish)) == 200
    work()
    assert not Follower.objects.exists()
    ask(space, "Another one?", by=topic.author)
    work()
    assert len(told(server, "Create")) == 1


def test_edits_removals_and_names_follow_and_nothing_is_told_twice(
    actor: SpaceActor, space: Space, server: Elsewhere
) -> None:
    follow(actor, server.person("ines"))
    topic, tom = ask(space), make_member("Tom Krull")
    answer = write_answer(topic, by=tom, text="One seat.")
    comment = write_comment(answer, by=topic.author, text="Thank you.")
    work()
    assert [one["object"].get("inReplyTo") for one in told(server, "Create")] == [
        None, uri_of_post(actor, topic.said.get(kind="opening").pk), uri_of_post(actor, answer.pk),
    ]  # fmt: skip
    edit_post(answer, by=tom, text="Two seats.")
    edit_post(answer, by=tom, text="Two seats, by the window.")
    remove_post(comment, by=comment.author)
    work()
    (update,), (delete,) = told(server, "Update"), told(server, "Delete")
    assert "by the window" in update["object"]["content"]
    assert (delete["object"]["type"], delete["object"]["id"]) == ("Tombstone", uri_of_post(actor, comment.pk))
    assert Client().get(f"/ap/posts/{comment.pk}").status_code == 410
    Told.objects.update(is_due=True)  # events lost, doubled, late: what is the same is not told again
    work()
    assert len(told(server)) == 6
    change_profile(tom, name="Tomas Krull")
    work()
    assert "Tomas K." in told(server, "Update")[-1]["object"]["content"]
    leave(tom)
    work()
    assert "Somebody who left" in told(server, "Update")[-1]["object"]["content"]
    assert "Tomas" not in json.dumps(told(server, "Update")[-1])


def test_one_copy_for_all_people_of_a_server(actor: SpaceActor, space: Space, server: Elsewhere) -> None:
    for number, name in enumerate(("ines", "max", "zoe")):
        person = server.person(name, number=1, endpoints={"sharedInbox": f"{server.url}/inbox"})
        follow(actor, person)
        assert number < 3
    server.received.clear()
    ask(space)
    work()
    assert [path for path, _headers, _body in server.received] == ["/inbox"]


def test_a_space_that_is_no_longer_everybodys_takes_back_what_it_told(
    actor: SpaceActor, space: Space, server: Elsewhere
) -> None:
    follow(actor, server.person("ines"))
    topic = ask(space)
    work()
    space.refresh_from_db()
    space.audience = "members"
    keep_space(space, by=None)
    work()
    assert [one["object"]["id"] for one in told(server, "Delete")] == [
        uri_of_post(actor, topic.said.get().pk)
    ]
    actor.refresh_from_db()
    assert not actor.is_on
    assert Client().get(f"/ap/posts/{topic.said.get().pk}").status_code in (404, 410)
