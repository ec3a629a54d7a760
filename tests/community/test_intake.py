"""What arrives on the channel of a space: each delivery has one fate, and what is shown is for everyone's eyes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from harken.channels.ledger import ledger, retry_failed
from harken.channels.models import Delivery
from harken.community.actions.arriving import note_sent
from harken.community.actions.checking import check_post
from harken.community.actions.deciding import decide
from harken.community.actions.editing import remove_post, set_open
from harken.community.actions.flagging import flag_post
from harken.community.actions.keeping_rules import first_rules
from harken.community.actions.writing import write_answer
from harken.community.intake.filing import file_waiting
from harken.community.models import Case, ExternalAuthor, ExternalPost, Member, Notice, Post
from harken.community.permissions import posts_visible_to
from harken.inbox.intake.filing import file_waiting as file_desk
from harken.inbox.models import Message
from harken.inbox.tasks import give_up_held
from tests.factories import ask, deliver, echo_post, make_agent, make_channel, make_member, make_space

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel():
    return make_channel("echo", purpose="space")


@pytest.fixture
def topic(channel):
    found = ask(by=make_member("Noor Haddad"))
    note_sent(found.said.get(), channel_id=channel.pk, external_id="q")
    return found


def arrive(channel, *events) -> list[str]:
    """Deliver and file; returns the fates in the order of the deliveries."""
    deliver(channel, *events)
    while file_waiting():
        pass
    return list(Delivery.objects.filter(channel=channel).order_by("id").values_list("state", flat=True))


def is_balanced(channel) -> bool:
    (account,) = ledger([channel])
    return account.is_balanced and account.waiting == 0


def known(name: str, *, shown: int = 1) -> Member:
    """Somebody from elsewhere of whom something was shown before."""
    member = Member.objects.create(name=name, slug=name)
    ExternalAuthor.objects.create(network="echo", key=name, member=member)
    other = ask("Something else", by=make_member("Somebody"))
    for _ in range(shown):
        Post.objects.create(topic=other, kind="answer", author=member, voice="customer", text="x", html="x")
    return member


def test_the_first_answer_of_somebody_from_outside_is_held_and_later_ones_are_shown(channel, topic):
    assert arrive(channel, echo_post("Buy it a seat.", id="a", author="gethin", in_reply_to="q")) == ["shown"]
    post = Post.objects.get(kind="answer")
    assert (post.state, post.said_on, post.author.name, post.author.user) == ("held", "echo", "Gethin", None)
    assert ExternalPost.objects.get(external_id="a").held_because == "first"
    assert not posts_visible_to(None).filter(pk=post.pk).exists()
    assert not Notice.objects.exists()
    assert "first" in dict(Case.objects.get(post=post, decided_at=None).reasons)
    topic.refresh_from_db()
    assert (topic.answers, topic.answered_at) == (0, None)

    wren = known("wren")
    arrive(channel, echo_post("@q@care.example Ask at the desk.", id="b", author="wren", in_reply_to="q"))
    shown = Post.objects.get(author=wren, topic=topic)
    assert (shown.state, shown.text, shown.kind) == ("shown", "Ask at the desk.", "answer")
    assert Notice.objects.get().member == topic.author
    topic.refresh_from_db()
    assert (topic.answers, topic.answered_voice) == (1, "customer")
    assert not file_desk()
    assert not Message.objects.exists()
    assert is_balanced(channel)


def test_what_answers_an_answer_is_a_comment_on_it_also_found_by_its_thread(channel, topic):
    known("wren")
    arrive(channel, echo_post("Ask at the desk.", id="b", author="wren", in_reply_to="q"))
    arrive(channel, echo_post("Which desk?", id="c", author="wren", in_reply_to="b"))
    arrive(channel, echo_post("The one at the gate.", id="d", author="wren", in_reply_to="c"))
    answer = Post.objects.get(text="Ask at the desk.")
    assert list(answer.comments.order_by("id").values_list("text", flat=True)) == [
        "Which desk?",
        "The one at the gate.",
    ]


def test_each_delivery_has_one_fate_and_the_sums_match(channel, topic):
    known("wren")
    closed, lounge = ask("Closed"), ask("Lounge", space=make_space("Lounge", audience="lounge"))
    for name, one in (("closed", closed), ("lounge", lounge)):
        note_sent(one.said.get(), channel_id=channel.pk, external_id=name)
    set_open(closed, is_open=False, by=closed.author)
    fates = arrive(
        channel,
        echo_post("Yes.", id="a", author="wren", in_reply_to="q"),
        {"type": "post", "id": "broken"},
        echo_post("Hello there", id="b", author="wren"),
        echo_post("Only for you", id="c", author="wren", in_reply_to="q", public=False),
        echo_post("Too late", id="d", author="wren", in_reply_to="closed"),
        echo_post("Into the lounge", id="e", author="wren", in_reply_to="lounge"),
        echo_post("We said so", id="f", author="us", in_reply_to="q") | {"author": {"key": "us", "is_us": True}},
        {"type": "reach", "id": "a", "at": datetime.now(UTC).isoformat(), "likes": 3},
        {"type": "receipt", "id": "nothing", "at": datetime.now(UTC).isoformat(), "state": "bounced"},
    )  # fmt: skip
    assert fates == [
        "shown", "failed", "ignored", "ignored", "ignored", "ignored", "merged", "ignored", "ignored",
    ]  # fmt: skip
    (account,) = ledger([channel])
    assert account.reasons["ignored"] == {
        "answers nothing of ours": 1,
        "not public": 1,
        "This topic is closed: it can be read, and nothing new is said in it.": 1,
        "what it answers is not shown to everyone": 1,
        "likes and boosts elsewhere are not counted here": 1,
        "a report on something that this channel did not send": 1,
    }
    assert is_balanced(channel)
    assert not Post.objects.filter(topic__in=[closed, lounge]).exclude(kind="opening").exists()
    assert retry_failed([channel.pk]) == 1
    while file_waiting():
        pass
    assert is_balanced(channel)


def test_the_same_post_under_another_key_is_a_duplicate_and_anothers_id_is_not_taken(channel, topic):
    known("wren"), known("mallory")
    arrive(channel, echo_post("Yes.", id="a", author="wren", in_reply_to="q"))
    Delivery.objects.update(key="elsewhere")
    arrive(channel, echo_post("Yes.", id="a", author="wren", in_reply_to="q"))
    Delivery.objects.filter(key="post:a").update(key="again")
    assert arrive(channel, echo_post("No.", id="a", author="mallory", in_reply_to="q")) == [
        "shown",
        "duplicate",
        "ignored",
    ]
    assert Post.objects.get(topic=topic, kind="answer").text == "Yes."


def test_edits_and_deletions_follow_also_when_they_come_before_their_post(channel, topic):
    wren = known("wren")
    early = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    late = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    assert arrive(channel, {"type": "edit", "id": "a", "at": late, "text": "Buy it a seat, 2A."}) == [
        "waiting"
    ]
    arrive(channel, {"type": "edit", "id": "a", "at": early, "text": "older"})
    arrive(channel, echo_post("Buy it a seat.", id="a", author="wren", in_reply_to="q"))
    post = Post.objects.get(author=wren, topic=topic)
    assert (post.text, post.state) == ("Buy it a seat, 2A.", "shown")
    assert is_balanced(channel)
    links = "Now at https://a.example and https://b.example"
    after = (datetime.now(UTC) + timedelta(seconds=3)).isoformat()
    arrive(channel, {"type": "edit", "id": "a", "at": after, "text": links})
    post.refresh_from_db()
    assert (post.text, post.state) == (links, "held")
    arrive(channel, {"type": "delete", "id": "a", "at": after})
    post.refresh_from_db()
    assert (post.text, post.html, post.state, post.revisions.count()) == ("", "", "removed", 0)
    Delivery.objects.filter(key="post:a").update(key="before")
    arrive(channel, echo_post("Buy it a seat.", id="a", author="wren", in_reply_to="q"))
    assert (
        Post.objects.filter(topic=topic, state="shown").count() == 1
    )  # the question; the late copy stays away
    assert is_balanced(channel)


def test_a_change_whose_post_never_comes_is_given_up(channel):
    arrive(channel, {"type": "delete", "id": "never", "at": datetime.now(UTC).isoformat()})
    Delivery.objects.update(received_at=datetime.now(UTC) - timedelta(days=3))
    give_up_held()
    assert list(Delivery.objects.values_list("state", "reason")) == [("ignored", "its post never came")]


def test_what_cannot_be_filed_is_parked_alone(channel, topic, monkeypatch):
    from harken.community.intake import posts

    known("wren")
    keep = posts.keep_arrived

    def breaks(answered, **values):
        if "break" in values["text"]:
            raise RuntimeError("something of ours is wrong")
        return keep(answered, **values)

    monkeypatch.setattr(posts, "keep_arrived", breaks)  # what no input can cause
    fates = arrive(
        channel,
        echo_post("Yes.", id="a", author="wren", in_reply_to="q"),
        echo_post("break", id="b", author="wren", in_reply_to="q"),
        echo_post("No.", id="c", author="wren", in_reply_to="q"),
    )
    assert fates == ["shown", "failed", "shown"]
    assert Delivery.objects.get(state="failed").reason.startswith("could not be filed: RuntimeError")
    monkeypatch.undo()
    retry_failed([channel.pk])
    while file_waiting():
        pass
    assert Post.objects.filter(topic=topic, kind="answer").count() == 3
    assert is_balanced(channel)


def test_an_at_name_from_elsewhere_names_nobody_here(channel, topic):
    ines = make_member("Ines")
    known("wren")
    arrive(
        channel, echo_post(f"Thank you @{ines.slug}@fjord.example", id="a", author="wren", in_reply_to="q")
    )
    assert not Notice.objects.filter(member=ines).exists()


def test_who_left_what_was_taken_away_stays_out(channel, topic):
    known("wren")
    arrive(channel, echo_post("Yes.", id="a", author="wren", in_reply_to="q"))
    own = write_answer(topic, by=make_member("Ines"), text="Mine")
    note_sent(own, channel_id=channel.pk, external_id="own")
    remove_post(own, by=own.author)
    assert arrive(channel, echo_post("And yours?", id="b", author="wren", in_reply_to="own"))[-1] == "ignored"


def test_an_edit_there_takes_the_check_away_and_what_is_hidden_waits_for_a_look_again(channel, topic):
    known("wren")
    arrive(channel, echo_post("Ask at the desk.", id="b", author="wren", in_reply_to="q"))
    post = Post.objects.get(author__slug="wren", topic=topic)
    staff = make_member(agent=make_agent("Delphine Marsh"))
    check_post(post, by=staff)
    arrive(channel, {"type": "edit", "id": "b", "at": datetime.now(UTC).isoformat(), "text": "Buy from me."})
    post.refresh_from_db()
    assert (post.text, post.checked_at, post.checked_by) == ("Buy from me.", None, None)
    first_rules(by=None, at=datetime.now(UTC) - timedelta(days=30))
    case = flag_post(post, by=make_member("Anna"), rule=1).case
    decide(case, by=staff, act="hold", rule=1, reason="Change it, please.")
    later = datetime.now(UTC) + timedelta(seconds=1)
    arrive(channel, {"type": "edit", "id": "b", "at": later.isoformat(), "text": "Ask at the desk."})
    assert Case.objects.get(decided_at=None).post == post
