"""What strangers do to a space's inbox on purpose: floods, old calls again, strange shapes, other people's things."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import now

from harken.channels import doors
from harken.channels.ledger import ledger
from harken.channels.models import Channel, Delivery, DoorRefusal
from harken.community.actions.writing import write_answer
from harken.community.models import Post, Thanks, Topic
from harken.federation.addresses import uri_of_actor, uri_of_post
from harken.federation.hearing import prove_waiting
from harken.federation.models import Acquaintance, Follower, SpaceActor
from tests.connectors.activitypub.elsewhere import PUBLIC, Person
from tests.connectors.activitypub.elsewhere import Server as Elsewhere
from tests.factories import make_member

from .space_cast import knock, opening, work

pytestmark = pytest.mark.django_db(transaction=False)


def heard() -> list[str]:
    return list(Post.objects.filter(said_on="activitypub").order_by("pk").values_list("text", flat=True))


def reasons() -> set[str]:
    return set(Delivery.objects.values_list("reason", flat=True))


def test_calls_of_servers_that_never_answer_keep_no_other_waiting(
    actor: SpaceActor, topic: Topic, server: Elsewhere
) -> None:
    Delivery.objects.bulk_create(
        [
            Delivery(
                channel=actor.channel,
                key=f"dead {n}",
                body=b"{}",
                state="unproven",
                attempts=n % 7 + 1,
            )
            for n in range(700)
        ]
    )
    ines = server.person("ines")
    assert knock(actor, ines, ines.does("Create", ines.note("<p>Yes</p>", opening(topic)))) == 200
    assert prove_waiting() == 1
    assert Delivery.objects.filter(state="unproven").count() == 700, "they rest"
    work()
    assert heard() == ["Yes"]
    Delivery.objects.filter(state="unproven").update(received_at=now() - timedelta(hours=2))
    assert prove_waiting() == 25, "those that are tried again are a part of a round"


def test_a_server_that_is_away_is_asked_once_a_round(
    actor: SpaceActor, topic: Topic, server: Elsewhere
) -> None:
    for number in range(6):
        person = server.person(f"p{number}")
        server.answers[f"/users/p{number}"] = (500, "text/plain", b"")
        knock(actor, person, person.does("Create", person.note("<p>Yes</p>", opening(topic))))
    assert prove_waiting() == 0
    assert len(server.asked) == 1
    assert set(Delivery.objects.values_list("state", "attempts")) == {("unproven", 1)}


def test_no_more_wait_to_be_proven_than_are_kept(
    actor: SpaceActor, topic: Topic, server: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "MOST_UNPROVEN", 3)
    ines = server.person("ines")
    answers = [ines.note(f"<p>Number {n}</p>", opening(topic), number=n) for n in range(5)]
    assert [knock(actor, ines, ines.does("Create", note)) for note in answers] == [200, 200, 200, 503, 503]
    assert DoorRefusal.objects.get(channel=actor.channel).reason == "too many wait to be proven"
    work()
    assert knock(actor, ines, ines.does("Create", answers[4])) == 200
    work()
    assert heard() == ["Number 0", "Number 1", "Number 2", "Number 4"]
    assert all(account.is_balanced for account in ledger([actor.channel]))


def test_an_old_call_again_does_nothing_however_its_header_is_written(
    actor: SpaceActor, topic: Topic, server: Elsewhere
) -> None:
    ines = server.person("ines")
    answer = write_answer(topic, by=make_member("Tom Krull"), text="One seat.")
    work()
    token = Channel.objects.get(pk=actor.channel_id).door_token
    like = ines.does("Like", uri_of_post(actor, answer.pk))
    call = ines.signs(like, path=f"/doors/{token}")
    doors.forget_doors()
    doors.accept(token, "POST", call.headers, {}, call.body)
    work()
    assert Thanks.objects.count() == 1
    knock(actor, ines, ines.does("Undo", like))
    work()
    assert Thanks.objects.count() == 0
    header = call.headers["signature"]
    for written in (header, header.replace('",', '", '), ",".join(reversed(header.split(","))), header + ","):
        again = replace(call, headers={**call.headers, "signature": written})
        doors.accept(token, "POST", again.headers, {}, again.body)
    work()
    assert Thanks.objects.count() == 0
    assert Delivery.objects.count() == 2


def test_an_older_edit_again_changes_nothing(actor: SpaceActor, topic: Topic, server: Elsewhere) -> None:
    ines = server.person("ines")
    note = ines.note("<p>One</p>", opening(topic))
    knock(actor, ines, ines.does("Create", note))
    work()
    at = now()
    for text, minutes in (("Three", 2), ("Two", 1)):
        edit = {
            **note,
            "content": f"<p>{text}</p>",
            "updated": (at - timedelta(minutes=5 - minutes)).isoformat(),
        }
        knock(actor, ines, ines.does("Update", edit))
        work()
    assert heard() == ["Three"]


SHAPES: dict[str, tuple[dict[str, Any], str | None]] = {
    "a list of kinds": ({"type": ["Note", "https://example.org/Special"]}, "Yes"),
    "a list of nothing known": ({"type": [["Note"], {"Note": 1}, None]}, None),
    "no kind": ({"type": None}, None),
    "a map of languages": ({"content": None, "contentMap": {"de": "<p>Ja</p>", "en": "<p>Yes</p>"}}, "Ja"),
    "a map of nonsense": ({"content": 7, "contentMap": {"de": [1], "en": {"x": "y"}}}, None),
    "emoji of one's own": (
        {"content": "<p>Yes :blob:</p>", "tag": [{"type": "Emoji", "name": ":blob:", "icon": {"url": "x"}}, 7, None]},
        "Yes :blob:",
    ),
    "hidden words": (
        {"content": '<p>Yes<span style="display:none">, buy</span><span hidden> here</span></p><script>x()</script>'},
        "Yes, buy here",
    ),
    "readers of every shape": ({"to": {"id": PUBLIC}, "cc": [None, 7, [PUBLIC], PUBLIC]}, "Yes"),
    "files of every shape": ({"attachment": [7, None, {"url": ["x"]}, {"url": "javascript:x", "mediaType": "a/b"}]}, "Yes"),
    "a date before all": ({"published": "0001-01-01T00:00:00+14:00"}, "Yes"),
    "a date after all": ({"published": "9999-12-31T23:59:59-12:00"}, "Yes"),
    "a date that is none": ({"published": {"@value": 5}}, "Yes"),
    "an address that is a list": ({"url": [{"href": "x"}]}, "Yes"),
    "an answer to a list": ({"inReplyTo": ["x", "y"]}, None),
    "answers without end": ({"replies": {"type": "Collection", "first": {"next": "http://127.0.0.1:1/", "items": []}}}, "Yes"),
    "half a letter": ({"content": "<p>Yes\ud800\u0000</p>"}, "Yes?"),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_a_post_of_any_shape_is_read_or_ignored_and_breaks_nothing(
    name: str, actor: SpaceActor, topic: Topic, server: Elsewhere
) -> None:
    change, text = SHAPES[name]
    ines = server.person("ines")
    note = {**ines.note("<p>Yes</p>", opening(topic)), **change}
    assert knock(actor, ines, ines.does("Create", note)) == 200
    work()
    assert heard() == ([text] if text else [])
    assert set(Delivery.objects.values_list("state", flat=True)) == ({"shown"} if text else {"ignored"})
    assert len(server.asked) <= 1, "nothing that it named was fetched"


@pytest.mark.parametrize("kinds", [["Person", "Extra"], "Person"])
def test_somebody_may_be_of_several_kinds(
    kinds: Any, actor: SpaceActor, topic: Topic, server: Elsewhere
) -> None:
    ines = server.person("ines")
    server.answers["/users/ines"] = {**ines.document(), "type": kinds}
    knock(actor, ines, ines.does("Create", ines.note("<p>Yes</p>", opening(topic))))
    work()
    assert heard() == ["Yes"]


@pytest.mark.parametrize("kinds", [["Note"], [[]], {"a": 1}, 7, None])
def test_who_is_nobody_is_not_asked_for_again(
    kinds: Any, actor: SpaceActor, topic: Topic, server: Elsewhere
) -> None:
    ines = server.person("ines")
    server.answers["/users/ines"] = {**ines.document(), "type": kinds}
    knock(actor, ines, ines.does("Create", ines.note("<p>Yes</p>", opening(topic))))
    work()
    assert heard() == []
    assert reasons() == {"not proven: their server says that it is somebody else"}


def test_what_is_somebody_elses_stays_theirs(actor: SpaceActor, topic: Topic, server: Elsewhere) -> None:
    ines, mallory = server.person("ines"), server.person("mallory", number=2)
    assert knock(actor, ines, ines.does("Follow", uri_of_actor(actor))) == 200
    note = ines.note("<p>Mine</p>", opening(topic))
    knock(actor, ines, ines.does("Create", note))
    work()
    taken: list[dict[str, Any]] = [
        mallory.does("Create", {**mallory.note("<p>Mallory's</p>", opening(topic)), "id": note["id"]}),
        mallory.does("Update", {**note, "attributedTo": mallory.uri, "content": "<p>Mallory's</p>"}),
        mallory.does("Delete", note["id"]),
        mallory.does("Delete", ines.uri),
        mallory.does("Undo", {"type": "Follow", "id": f"{ines.uri}/acts/1", "object": uri_of_actor(actor)}),
        mallory.does("Move", ines.uri, target=mallory.uri),
        mallory.does("Update", {"type": "Person", "id": mallory.uri, "publicKey": {"publicKeyPem": "x"}}),
        mallory.does("Add", note["id"], target=f"{ines.uri}/featured"),
        mallory.does("Block", ines.uri),
    ]
    for activity in taken:
        assert knock(actor, mallory, activity) == 200
    work()
    assert heard() == ["Mine"]
    assert Post.objects.get(said_on="activitypub").state == "held"
    assert Follower.objects.get().uri == ines.uri
    assert "BEGIN PUBLIC KEY" in Acquaintance.objects.get(uri=ines.uri).key
    assert not Delivery.objects.filter(state__in=["unproven", "failed"]).exists()


@pytest.mark.parametrize("depth", [21, 1_000, 20_000])
def test_what_is_nested_without_end_is_refused_at_the_door(
    depth: int, actor: SpaceActor, server: Elsewhere
) -> None:
    ines = server.person("ines")
    body = json.dumps({**ines.does("Create", "x"), "object": 1}).encode()
    for opens, closes in ((b"[", b"]"), (b'{"a":', b"}")):
        nested = body[:-2] + opens * depth + b"1" + closes * depth + b"}"
        assert knock(actor, ines, nested) in (400, 403)  # type: ignore[arg-type]  # as bytes
    assert not Delivery.objects.exists()


def test_what_is_far_too_long_is_cut_and_waits_for_a_look(
    actor: SpaceActor, topic: Topic, server: Elsewhere
) -> None:
    people = [Person(f"{server.url}/users/many{n}", number=1) for n in range(3)]
    for person in people:
        server.answers[person.uri.removeprefix(server.url)] = person.document()
        knock(
            actor, person, person.does("Create", person.note("<p>" + "x" * 200_000 + "</p>", opening(topic)))
        )
    work()
    assert all(len(text) <= 30_000 for text in heard())
    assert len(heard()) == 3
    assert not Post.objects.filter(said_on="activitypub", state="shown").exists()
