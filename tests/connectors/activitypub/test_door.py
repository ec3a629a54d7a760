"""The inbox: what is kept, what is refused at once and why, and what is proven afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harken.base.net import guard
from harken.channels.contract import (
    Busy,
    Deletion,
    DoorRefused,
    DoorRequest,
    Edit,
    Flagged,
    Follow,
    Ignored,
    Malformed,
    NothingFollows,
    NotProven,
    Post,
    Reach,
)

from .elsewhere import PUBLIC, US, Person, Server, connector

INES = Person()
POST = f"{US.partition('/ap/')[0]}/ap/posts/12"
NOTE = INES.note("<p>Yes, twice.</p>", POST)


def refused(request: DoorRequest, **settings: Any) -> DoorRefused:
    with pytest.raises(DoorRefused) as why:
        connector(**settings).verify(request)
    return why.value


def test_a_signed_call_is_kept_whole_and_believed_by_nobody_yet() -> None:
    activity = INES.does("Create", NOTE)
    (item,) = connector().verify(INES.signs(activity))
    assert not item.is_proven
    assert item.key.startswith(activity["id"])
    assert json.loads(json.loads(item.body)["sent"]) == activity
    with pytest.raises(Malformed):
        connector().parse(item.body)
    assert connector().claimed(item.body) == INES.uri
    # the same call again is the same item; signed anew it is another: nobody can take its place beforehand
    again = INES.signs(activity, at=datetime.now(UTC) - timedelta(seconds=30))
    forged = INES.signs(activity, number=2)
    keys = {connector().verify(one)[0].key for one in (again, again, forged)} | {item.key}
    assert len(keys) == 3


MALLORY = "http://mallory.example/users/m"


@pytest.mark.parametrize(
    ("reason", "call"),
    [
        ("not signed", lambda: INES.signs(INES.does("Create", NOTE), signature="")),
        ("the digest is not the body's", lambda: replace(INES.signs(INES.does("Create", NOTE)), body=b"{}")),
        ("signed too long ago", lambda: INES.signs(INES.does("Like", POST), at=datetime.now(UTC) - timedelta(days=1))),
        ("signed in the future", lambda: INES.signs(INES.does("Like", POST), at=datetime.now(UTC) + timedelta(days=1))),
        ("not ActivityPub", lambda: INES.signs(INES.does("Like", POST), content_type="application/json")),
        ("not JSON", lambda: INES.signs(b"{")),
        ("not JSON", lambda: INES.signs(b'{"type": "\xff"}')),
        ("not an activity", lambda: INES.signs([])),
        ("not an activity", lambda: INES.signs({"id": "x"})),
        ("too large", lambda: INES.signs({"type": "Create", "x": "x" * 300_000})),
        ("nested too deep", lambda: INES.signs({**INES.does("Create", NOTE), "x": json.loads("[" * 30 + "]" * 30)})),
        ("the key is of another server", lambda: INES.signs(INES.does("Like", POST), key_id=f"{MALLORY}#main-key")),
        ("the key is of another server", lambda: INES.signs({**INES.does("Like", POST), "actor": MALLORY})),
        ("the activity is of another server", lambda: INES.signs({**INES.does("Like", POST), "id": f"{MALLORY}/1"})),
        ("an address is missing", lambda: INES.signs({**INES.does("Like", POST), "id": None})),
        ("an address can't be read", lambda: INES.signs({**INES.does("Like", POST), "actor": 7})),
        ("an address can't be read", lambda: INES.signs({**INES.does("Like", POST), "actor": "http://a@b/"})),
        ("it speaks of something of another server", lambda: INES.signs(INES.does("Create", {**NOTE, "id": MALLORY}))),
        ("it speaks of something of another server", lambda: INES.signs(INES.does("Delete", f"{MALLORY}/notes/1"))),
        ("it speaks of something of another server", lambda: INES.signs(INES.does("Update", {**NOTE, "id": MALLORY}))),
        ("it is somebody else's post", lambda: INES.signs(INES.does("Create", {**NOTE, "attributedTo": INES.uri + "2"}))),
        ("it is somebody else's post", lambda: INES.signs(INES.does("Update", {**NOTE, "attributedTo": [MALLORY]}))),
        ("it changes somebody else", lambda: INES.signs(INES.does("Update", {"type": "Person", "id": INES.uri + "2"}))),
        ("it takes back what somebody else did",
         lambda: INES.signs(INES.does("Undo", {"type": "Follow", "actor": MALLORY, "object": US}))),
    ],
)  # fmt: skip
def test_what_is_refused_at_the_door_and_why(reason: str, call: Callable[[], DoorRequest]) -> None:
    found = refused(call())
    assert (found.reason, 400 <= found.status < 500) == (reason, True)


def test_plain_http_is_for_installs_without_a_certificate() -> None:
    made = connector()
    made.may_be_plain = False
    with pytest.raises(DoorRefused, match="https"):
        made.verify(INES.signs(INES.does("Like", POST)))


def test_who_is_blocked_or_not_listed_gives_nothing() -> None:
    like = INES.signs(INES.does("Like", POST))
    for settings in (
        {"blocked_hosts": ["fjord.example"]},
        {"blocked_hosts": ["example"]},
        {"blocked_actors": [INES.uri]},
        {"allowed_hosts": []},
        {"allowed_hosts": ["other.example"]},
    ):
        assert refused(like, **settings).reason == "blocked"
    for settings in (
        {"blocked_hosts": ["jord.example"]},
        {"allowed_hosts": ["fjord.example"]},
        {"allowed_hosts": None},
    ):
        assert connector(**settings).verify(like)


def test_one_server_calls_so_often_and_others_are_not_kept_out_by_it() -> None:
    for _ in range(5):
        connector(most_a_minute=5).verify(INES.signs(INES.does("Like", POST)))
    assert refused(INES.signs(INES.does("Like", POST)), most_a_minute=5).status == 429
    other = Person("http://lake.example/users/max")
    assert connector(most_a_minute=5).verify(other.signs(other.does("Like", POST)))


# ---- proven ------------------------------------------------------------------------------------------------


def proof(server: Server, request: DoorRequest, known: Any = None) -> Any:
    (item,) = connector().verify(request)
    return connector().prove(item.body, known)


def test_their_own_server_vouches_for_them_and_is_asked_once(server: Server) -> None:
    ines = server.person(name="ines")
    found = proof(server, ines.signs(ines.does("Create", ines.note("<p>Yes</p>", POST))))
    assert found.voucher.author.handle == f"@ines@{server.host}"
    assert found.voucher.inbox == f"{ines.uri}/inbox"
    read = connector().parse(found.body)
    assert isinstance(read, Post)
    assert (read.author.name, read.text, read.in_reply_to) == ("Ines", "Yes", POST)
    # we say who asks: some servers answer nobody else
    assert server.asked[0][1]["signature"].startswith(f'keyId="{US}#main-key"')
    assert proof(server, ines.signs(ines.does("Like", POST)), found.voucher).voucher is found.voucher
    assert len(server.asked) == 1


def test_a_forged_signature_proves_nothing_and_a_new_key_is_fetched_once(server: Server) -> None:
    ines = server.person(name="ines")
    with pytest.raises(NotProven):
        proof(server, ines.signs(ines.does("Like", POST), number=2))
    old = proof(server, ines.signs(ines.does("Like", POST))).voucher
    asked = len(server.asked)
    with pytest.raises(NotProven):  # just asked: a flood of forged calls is no flood of questions
        proof(server, ines.signs(ines.does("Like", POST), number=2), old)
    assert len(server.asked) == asked
    changed = server.person(name="ines", number=2)
    an_hour_old = replace(old, at=datetime.now(UTC) - timedelta(hours=1))
    assert proof(server, changed.signs(changed.does("Like", POST)), an_hour_old).voucher.key != old.key
    assert len(server.asked) == asked + 1


@pytest.mark.parametrize(
    "change",
    [
        {"id": "http://fjord.example/users/ines"},
        {"type": "Note"},
        {"publicKey": None},
        {"publicKey": {"id": "other", "owner": "other", "publicKeyPem": "x"}},
        {"inbox": "http://127.0.0.1:1/inbox"},
        {"inbox": 7},
    ],
)
def test_a_document_that_is_not_theirs_proves_nothing(server: Server, change: dict[str, Any]) -> None:
    ines = server.person(name="ines", **change)
    with pytest.raises(NotProven):
        proof(server, ines.signs(ines.does("Like", POST)))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((410, "text/plain", b""), NotProven),
        ((404, "text/plain", b""), NotProven),
        ((500, "text/plain", b""), Busy),
        ((200, "text/html", b"{}"), NotProven),
        ((200, "application/json", b"{}"), NotProven),  # perhaps a file that somebody uploaded there
        ((200, "application/activity+json", b"[" * 5000), NotProven),
        ((200, "application/activity+json", b'"' + b"x" * 400_000 + b'"'), NotProven),
        ((302, "text/plain", b"http://169.254.169.254/"), Busy),
    ],
)
def test_whatever_their_server_answers(server: Server, answer: Any, error: type[Exception]) -> None:
    ines = server.person(name="ines")
    server.answers["/users/ines"] = answer
    with pytest.raises(error):
        proof(server, ines.signs(ines.does("Like", POST)))


def test_nobody_leads_us_into_the_house(server: Server) -> None:
    guard.configure(allow_private_hosts=server.host)  # allowed to channels, not to where strangers lead
    ines = server.person(name="ines")
    with pytest.raises(NotProven, match="not open to this use"):
        proof(server, ines.signs(ines.does("Like", POST)))
    assert server.asked == []


# ---- read --------------------------------------------------------------------------------------------------


def read(activity: dict[str, Any]) -> Any:
    from harken.channels.contract import Author
    from harken.connectors.activitypub.reading import envelope, parse

    kept = {"sent": json.dumps(activity), "at": "2026-03-03T10:05:00+00:00"}
    return parse(envelope(kept, Author(INES.uri, "Ines", "@ines@fjord.example", INES.uri)), US)


def test_what_activities_come_to() -> None:
    follow = INES.does("Follow", US)
    assert read(follow) == Follow(follow["id"], datetime(2026, 3, 3, 10, 5, tzinfo=UTC), read(follow).author)
    assert read(INES.does("Undo", follow)).is_over
    assert read(INES.does("Delete", INES.uri)).is_over
    assert read(INES.does("Delete", {"type": "Tombstone", "id": NOTE["id"]})) == Deletion(
        NOTE["id"], datetime(2026, 3, 3, 10, 5, tzinfo=UTC), INES.uri
    )
    edit = read(INES.does("Update", {**NOTE, "content": "<p>Once</p>"}))
    assert isinstance(edit, Edit)
    assert (edit.text, edit.by) == ("Once", INES.uri)
    like, boost = read(INES.does("Like", POST)), read(INES.does("Announce", POST))
    assert (like.likes, like.boosts, boost.likes, boost.boosts) == (1, None, None, 1)
    assert read(INES.does("Undo", {"type": "Like", "object": POST})).likes == -1
    assert all(isinstance(one, Reach) for one in (like, boost))
    post = read(
        INES.does(
            "Create", {**NOTE, "content": '<p>Hi<script>alert(1)</script> <img src="x" onerror="y">!</p>'}
        )
    )
    assert "script" not in post.html
    assert "onerror" not in post.html
    assert post.is_public


def test_a_report_is_read_as_mastodon_sends_it_and_cut_to_what_is_wanted() -> None:
    found = read(INES.does("Flag", ["http://care.larkspur.example/ap/spaces/7", {"id": POST}, 7, None, "x" * 600],
                           content="<p>It is\n<b>spam</b></p>" + "!" * 900))  # fmt: skip
    assert isinstance(found, Flagged)
    assert found.things == ("http://care.larkspur.example/ap/spaces/7", POST)
    assert (found.server, found.words[:10], len(found.words)) == ("fjord.example", "It is spam", 300)
    many = read(INES.does("Flag", [POST] * 500, content={"en": "spam"}))
    assert isinstance(many, Flagged)
    assert (len(many.things), many.words) == (20, "")


@pytest.mark.parametrize(
    "activity",
    [
        INES.does("Create", {**NOTE, "to": [INES.uri], "cc": [f"{INES.uri}/followers"]}),
        INES.does("Create", {**NOTE, "to": None}),
        INES.does("Create", {**NOTE, "type": "Video"}),
        INES.does("Create", NOTE["id"]),
        INES.does("Follow", "http://care.larkspur.example/ap/spaces/8"),
        INES.does("Block", POST),
        INES.does("Undo", NOTE["id"]),
        INES.does("<script>", POST),
    ],
)
def test_what_nothing_follows_from_asks_nobody(activity: dict[str, Any]) -> None:
    assert isinstance(read(activity), Ignored)
    (item,) = connector().verify(INES.signs(activity))
    with pytest.raises(NothingFollows):
        connector().claimed(item.body)


def test_a_private_reply_is_never_a_post() -> None:
    for to in ([US], [US, INES.uri], "as:Private", [{"id": PUBLIC}]):
        assert isinstance(read(INES.does("Create", {**NOTE, "to": to, "cc": []})), Ignored)
    for to in (PUBLIC, ["as:Public"], ["Public", US]):
        assert isinstance(read(INES.does("Create", {**NOTE, "to": to})), Post)
