"""A space followed from elsewhere: what its followers are told, what comes back, and who is kept out."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now

from harken.channels import doors
from harken.channels.ledger import ledger
from harken.channels.models import Channel, Delivery, DoorRefusal
from harken.community.actions.changing import NotAllowed, NotUnderstood, lock, touch
from harken.community.actions.editing import edit_post, remove_post, turn_post
from harken.community.actions.joining import change_profile, leave
from harken.community.actions.spaces import keep_space
from harken.community.actions.writing import open_topic, write_answer, write_comment
from harken.community.events import PostRemoved
from harken.community.intake.filing import file_waiting
from harken.community.models import Member, Post, Space, Thanks, Topic
from harken.connectors.activitypub import signature
from harken.federation import shipping
from harken.federation.actions.ruling import add_rule, remove_rule, set_listed_only
from harken.federation.actions.turning import turn_off, turn_on
from harken.federation.addresses import handle_of, inbox_of, uri_of_actor, uri_of_post
from harken.federation.hearing import prove_waiting
from harken.federation.models import Acquaintance, Activity, Follower, Parcel, Server, SpaceActor, Told
from harken.federation.shipping import forget_sent, ship_due
from harken.federation.telling import tell_due
from tests.connectors.activitypub.elsewhere import Person
from tests.connectors.activitypub.elsewhere import Server as Elsewhere
from tests.factories import make_agent, make_member

pytestmark = pytest.mark.django_db(transaction=False)
HOST = "care.larkspur.example"


def work() -> None:
    """Everything that the lanes would do."""
    for _ in range(10):
        if not sum(lane() for lane in (prove_waiting, file_waiting, tell_due, ship_due)):
            return


def knock(actor: SpaceActor, person: Person, activity: dict[str, Any], **how: Any) -> int:
    """`person` sends this to the space; the status they hear."""
    doors.forget_doors()
    token = Channel.objects.get(pk=actor.channel_id).door_token
    call = person.signs(activity, path=f"/doors/{token}", **how)
    status, _headers, _body = doors.accept(token, "POST", call.headers, {}, call.body)
    return status


def follow(actor: SpaceActor, person: Person) -> dict[str, Any]:
    wish = person.does("Follow", uri_of_actor(actor))
    assert knock(actor, person, wish) == 200
    work()
    return wish


def told(server: Elsewhere, kind: str = "") -> list[dict[str, Any]]:
    """The activities that arrived there, proven as theirs would be."""
    found = [json.loads(body) for _path, _headers, body in server.received]
    return [one for one in found if not kind or one["type"] == kind]


def show(post: Post) -> None:
    """A moderator looked and let it be seen."""
    topic = lock(post.topic_id)
    turn_post(topic, post, Post.State.SHOWN, at=now())
    touch(topic, PostRemoved, by=None, post_id=post.pk, member_id=post.author_id, state="shown")


def ask(space: Space, title: str = "A seat for a cello?", by: Member | None = None) -> Topic:
    return open_topic(space, by=by or make_member("Ines Rautio"), title=title, text="Can it *fly* <b>x</b>?")


# ---- letting it be followed --------------------------------------------------------------------------------


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


# ---- following and being told ------------------------------------------------------------------------------


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


# ---- a server that can't be reached ------------------------------------------------------------------------


def test_nothing_is_lost_while_a_server_is_away_and_after_a_week_it_is_given_up(
    actor: SpaceActor, space: Space, server: Elsewhere
) -> None:
    follow(actor, server.person("ines"))
    server.status = 500
    ask(space)
    work()
    away = Server.objects.get(host=server.host)
    assert away.attempts == 1
    assert away.not_before is not None
    assert Parcel.objects.filter(state="queued").count() == 1
    assert ship_due() == 0  # it rests
    server.status = 202
    Server.objects.update(not_before=now() - timedelta(seconds=1))
    Parcel.objects.update(not_before=now() - timedelta(seconds=1))
    assert ship_due() == 1
    away.refresh_from_db()
    assert (away.attempts, away.failing_since) == (0, None)
    assert (
        told(server, "Create")[0]["id"] == told(server, "Create")[1]["id"]
    )  # the same activity, so no second one

    server.status = 503
    ask(space, "Another?", by=Member.objects.get(name="Ines Rautio"))
    tell_due()
    Server.objects.update(failing_since=now() - timedelta(days=8), attempts=20, not_before=None)
    ship_due()
    assert Server.objects.get().given_up_at is not None
    assert Parcel.objects.filter(state="given_up").count() == 1
    ask(space, "A third?", by=Member.objects.get(name="Ines Rautio"))
    tell_due()
    assert not Parcel.objects.filter(state="queued").exists()  # nothing is kept for it
    shipping.try_again(server.host)
    assert Server.objects.get().given_up_at is None


def test_a_worker_that_died_leaves_its_parcel_to_the_next(
    actor: SpaceActor, space: Space, server: Elsewhere
) -> None:
    follow(actor, server.person("ines"))
    ask(space)
    tell_due()
    Parcel.objects.filter(state="queued").update(state="claimed", claimed_until=now() - timedelta(seconds=1))
    assert ship_due() == 1
    assert Parcel.objects.filter(state="sent").count() == 2
    Activity.objects.update(at=now() - timedelta(days=4))
    assert forget_sent() > 0
    assert not Parcel.objects.exists()


def test_who_is_gone_for_good_is_told_nothing_more(
    actor: SpaceActor, space: Space, server: Elsewhere
) -> None:
    follow(actor, server.person("ines"))
    server.status = 410
    ask(space)
    work()
    assert not Follower.objects.exists()


# ---- what comes back ---------------------------------------------------------------------------------------


@pytest.fixture
def topic(actor: SpaceActor, space: Space) -> Topic:
    return ask(space)


def opening(topic: Topic) -> str:
    return uri_of_post(SpaceActor.objects.get(), topic.said.get(kind="opening").pk)


def test_a_reply_is_held_shown_and_passed_on_and_its_author_hears_the_answer(
    actor: SpaceActor, topic: Topic, server: Elsewhere
) -> None:
    ines, max_ = server.person("ines"), server.person("max", number=2)
    follow(actor, max_)
    note = ines.note(f'<p><a href="x">@baggage@{HOST}</a> Yes, <b>twice</b>.</p>', opening(topic))
    assert knock(actor, ines, ines.does("Create", note)) == 200
    assert Delivery.objects.filter(state="unproven").count() == 1
    work()
    post = Post.objects.get(state="held")
    assert (post.text, post.author.name, post.said_on, post.url) == (
        "Yes, twice.",
        "Ines",
        "activitypub",
        note["url"],
    )
    assert post.author.user_id is None
    assert "Yes, twice" not in Client().get(f"/community/t/{topic.pk}/{topic.slug}/").content.decode()
    assert told(server, "Announce") == []
    show(post)
    answer = write_comment(post, by=topic.author, text="Which airline?")
    work()
    assert [one["object"] for one in told(server, "Announce")] == [
        note["id"]
    ] * 2  # max who follows, ines who wrote it
    (reply, _other) = (
        one for one in told(server, "Create") if one["object"]["id"] == uri_of_post(actor, answer.pk)
    )
    assert reply["object"]["inReplyTo"] == note["id"]
    assert ines.uri in reply["object"]["cc"]
    assert reply["object"]["tag"][0]["href"] == ines.uri
    # again, by another call: it is here
    knock(actor, ines, ines.does("Create", note))
    work()
    assert Post.objects.filter(said_on="activitypub").count() == 1
    assert all(account.is_balanced for account in ledger([actor.channel]))


def test_an_edit_follows_and_a_deletion_leaves_nothing(
    actor: SpaceActor, topic: Topic, server: Elsewhere
) -> None:
    ines, mallory = server.person("ines"), server.person("mallory", number=2)
    note = ines.note("<p>Once.</p>", opening(topic))
    knock(actor, ines, ines.does("Create", note))
    work()
    post = Post.objects.get(said_on="activitypub")
    show(post)
    later = {**note, "content": "<p>Twice.</p>", "updated": now().isoformat()}
    # her neighbour can't: not by a post that says it is his, not by deleting hers
    assert knock(actor, mallory, mallory.does("Update", later)) == 403
    assert knock(actor, mallory, mallory.does("Delete", note["id"])) == 200
    work()
    post.refresh_from_db()
    assert (post.state, post.text) == ("shown", "Once.")
    knock(actor, ines, ines.does("Update", later))
    work()
    post.refresh_from_db()
    assert post.text == "Twice."
    knock(actor, ines, ines.does("Delete", {"type": "Tombstone", "id": note["id"]}))
    work()
    post.refresh_from_db()
    assert (post.state, post.text, post.html, post.url) == ("removed", "", "", "")
    assert not post.revisions.exists()
    knock(actor, ines, ines.does("Create", {**note, "content": "<p>Back again</p>"}))
    work()
    assert "Back again" not in str(list(Post.objects.values_list("text")))


def test_a_favourite_is_thanks_once_and_a_boost_is_counted(
    actor: SpaceActor, topic: Topic, server: Elsewhere
) -> None:
    ines = server.person("ines")
    answer = write_answer(topic, by=make_member("Tom Krull"), text="One seat.")
    work()
    like = ines.does("Like", uri_of_post(actor, answer.pk))
    for _ in range(2):
        knock(actor, ines, like)
        knock(actor, ines, ines.does("Announce", uri_of_post(actor, answer.pk)))
        work()
    answer.refresh_from_db()
    assert (answer.thanks, answer.author.notices.filter(kind="thanked").count()) == (1, 1)
    assert Told.objects.get(post=answer).boosts == 2
    knock(actor, ines, ines.does("Undo", like))
    work()
    answer.refresh_from_db()
    assert answer.thanks == Thanks.objects.count() == 0
    knock(actor, ines, ines.does("Like", f"{actor.base}/ap/posts/987654"))
    work()
    assert Delivery.objects.filter(state="ignored", reason="about something that is not ours").count() == 1


def test_what_is_private_unproven_or_nothing_of_ours_becomes_nothing(
    actor: SpaceActor, topic: Topic, server: Elsewhere
) -> None:
    ines = server.person("ines")
    knock(
        actor,
        ines,
        ines.does("Create", ines.note("<p>only for you</p>", opening(topic), to=[uri_of_actor(actor)])),
    )
    knock(actor, ines, ines.does("Create", ines.note("<p>nothing of yours</p>", None, number=2)))
    knock(actor, ines, ines.does("Create", ines.note("<p>forged</p>", opening(topic), number=3)), number=2)
    knock(actor, ines, ines.does("Delete", f"{server.url}/users/ines/notes/77"))
    work()
    assert not Post.objects.filter(said_on="activitypub").exists()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"ignored"}
    reasons = " | ".join(Delivery.objects.values_list("reason", flat=True))
    for word in ("private", "answers nothing of ours", "not proven", "not here"):
        assert word in reasons, reasons


def test_a_server_that_does_not_answer_is_asked_again_later_and_not_for_ever(
    actor: SpaceActor, topic: Topic, server: Elsewhere
) -> None:
    ines = server.person("ines")
    document = server.answers.pop("/users/ines")
    server.answers["/users/ines"] = (500, "text/plain", b"")
    knock(actor, ines, ines.does("Create", ines.note("<p>Yes</p>", opening(topic))))
    work()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("unproven", 1)
    assert prove_waiting() == 0
    assert len(server.asked) == 1  # it rests
    Delivery.objects.update(received_at=now() - timedelta(hours=2), attempts=7)
    work()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason[:10]) == ("ignored", "not proven")
    server.answers["/users/ines"] = document
    knock(actor, ines, ines.does("Create", ines.note("<p>Yes</p>", opening(topic))))
    work()
    assert Post.objects.filter(said_on="activitypub").count() == 1


def test_one_person_answers_so_often(actor: SpaceActor, topic: Topic, server: Elsewhere) -> None:
    ines = server.person("ines")
    for number in range(23):
        knock(
            actor,
            ines,
            ines.does("Create", ines.note(f"<p>answer number {number}</p>", opening(topic), number=number)),
        )
        work()
    assert Post.objects.filter(said_on="activitypub").count() == 20
    assert Delivery.objects.filter(reason="too many answers at once").count() == 3


# ---- whom we deal with -------------------------------------------------------------------------------------


def test_a_blocked_server_gets_and_gives_nothing(actor: SpaceActor, topic: Topic, server: Elsewhere) -> None:
    ines = server.person("ines")
    follow(actor, ines)
    by = make_agent().user
    rule = add_rule("block", f"https://{server.host}/", by=by, why="Spam")
    assert not Follower.objects.exists()
    assert knock(actor, ines, ines.does("Create", ines.note("<p>Yes</p>", opening(topic)))) == 403
    assert DoorRefusal.objects.get(reason="blocked").count == 1
    server.received.clear()
    write_answer(topic, by=make_member("Tom Krull"), text="One seat.")
    work()
    assert server.received == []
    remove_rule(rule, by=by)
    follow(actor, ines)
    assert Follower.objects.count() == 1


def test_one_person_is_blocked_and_their_neighbours_are_not(
    actor: SpaceActor, topic: Topic, server: Elsewhere
) -> None:
    ines, max_ = server.person("ines"), server.person("max", number=2)
    follow(actor, ines)
    follow(actor, max_)
    with pytest.raises(NotUnderstood):
        add_rule("block", "not a server!", by=None)
    with pytest.raises(NotUnderstood):
        add_rule("block", "@nobody@elsewhere.example", by=None)
    add_rule("block", f"@ines@{server.host}", by=None)
    assert list(Follower.objects.values_list("uri", flat=True)) == [max_.uri]
    assert knock(actor, ines, ines.does("Like", opening(topic))) == 403
    assert knock(actor, max_, max_.does("Like", opening(topic))) == 200


def test_only_listed_servers(actor: SpaceActor, topic: Topic, server: Elsewhere) -> None:
    ines = server.person("ines")
    set_listed_only(True, by=None)
    assert knock(actor, ines, ines.does("Follow", uri_of_actor(actor))) == 403
    add_rule("allow", server.host, by=None)
    follow(actor, ines)
    assert Follower.objects.count() == 1
    set_listed_only(False, by=None)
    assert Acquaintance.objects.get().handle == f"@ines@{server.host}"


def test_a_space_that_is_turned_off_takes_nothing(actor: SpaceActor, topic: Topic, server: Elsewhere) -> None:
    ines = server.person("ines")
    turn_off(actor, by=None)
    assert knock(actor, ines, ines.does("Follow", uri_of_actor(actor))) == 503
