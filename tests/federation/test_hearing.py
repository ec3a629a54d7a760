"""What comes back to a space: replies, edits, deletions, thanks; nothing of what is private or unproven."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now

from harken.channels.ledger import ledger
from harken.channels.models import Delivery
from harken.community.actions.writing import write_answer, write_comment
from harken.community.models import Post, Thanks, Topic
from harken.federation.addresses import uri_of_actor, uri_of_post
from harken.federation.hearing import prove_waiting
from harken.federation.models import SpaceActor, Told
from tests.connectors.activitypub.elsewhere import Server as Elsewhere
from tests.factories import make_member

from .space_cast import follow, knock, opening, show, told, work

pytestmark = pytest.mark.django_db(transaction=False)
HOST = "care.larkspur.example"


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


def test_pictures_stay_there_and_are_named_in_words_also_after_an_edit(
    actor: SpaceActor, topic: Topic, server: Elsewhere
) -> None:
    ines = server.person("ines")
    shown = {"type": "Document", "mediaType": "image/png", "url": f"{server.url}/a.png"}
    note = ines.note("", opening(topic), attachment=[{**shown, "name": "my *seat* ![x](y)"}, shown])
    knock(actor, ines, ines.does("Create", note))
    work()
    post = Post.objects.get(said_on="activitypub")
    assert post.html == "<p>(With a picture there: my *seat* ![x](y))<br>\n(With a picture there.)</p>"
    changed = {"content": "<p>Twice.</p>", "attachment": [shown], "updated": now().isoformat()}
    knock(actor, ines, ines.does("Update", {**note, **changed}))
    work()
    post.refresh_from_db()
    assert post.html == "<p>Twice.</p>\n<p>(With a picture there.)</p>"


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
    assert Told.objects.get(post=answer).boosts == 1, "another id is no other person"
    knock(actor, ines, ines.does("Undo", like))
    work()
    answer.refresh_from_db()
    assert answer.thanks == Thanks.objects.count() == 0
    knock(actor, ines, ines.does("Like", f"{actor.base}/ap/posts/987654"))
    work()
    assert Delivery.objects.filter(state="ignored", reason="about something that is not ours").count() == 1


def test_boosts_and_favourites_count_people_and_never_less_than_nobody(
    actor: SpaceActor, topic: Topic, server: Elsewhere
) -> None:
    ines, bao = server.person("ines"), server.person("bao", number=2)
    answer = write_answer(topic, by=make_member("Tom Krull"), text="One seat.")
    work()
    uri = uri_of_post(actor, answer.pk)

    def counted() -> tuple[int, int, int]:
        work()
        answer.refresh_from_db()
        told = Told.objects.get(post=answer)
        return told.boosts, told.boosted.count(), answer.thanks

    for person in (ines, bao):
        knock(actor, person, person.does("Undo", person.does("Announce", uri)))
        knock(actor, person, person.does("Undo", person.does("Like", uri)))
    assert counted() == (0, 0, 0), "what was never given can't be taken back"
    for person in (ines, ines, bao, ines):  # each with an id of its own
        for kind in ("Announce", "Like"):
            knock(actor, person, person.does(kind, uri))
    assert counted() == (2, 2, 2)
    for _ in range(3):
        for kind in ("Announce", "Like"):
            knock(actor, ines, ines.does("Undo", ines.does(kind, uri)))
    assert counted() == (1, 1, 1), "hers is gone once, his stays"
    assert all(account.is_balanced for account in ledger([actor.channel]))


def test_what_is_private_unproven_or_nothing_of_ours_becomes_nothing(
    actor: SpaceActor, topic: Topic, server: Elsewhere
) -> None:
    ines = server.person("ines")
    knock(
        actor,
        ines,
        ines.does("Create", ines.note("<p>only for you</p>", opening(topic), to=[uri_of_actor(actor)])),
    )
    knock(actor, ines, ines.does("Create", ines.note("<p>nothing of yours since 77</p>", None, number=2)))
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
