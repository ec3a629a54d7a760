"""Asking, answering, commenting, editing, taking away: what changes, and who may."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now

from harken.base.models import Event
from harken.clocks.policy import rule_of
from harken.community.actions.changing import NotAllowed, NotUnderstood
from harken.community.actions.editing import edit_post, remove_post, restore_post, set_open
from harken.community.actions.keeping import keep_draft
from harken.community.actions.writing import open_topic, write_answer, write_comment
from harken.community.models import Draft, Member, Notice, Post, Topic
from harken.community.permissions import posts_visible_to, topics_visible_to
from harken.community.queries.named import html_naming
from harken.community.search import matching_sql
from harken.community.texts import html_of
from tests.factories import ask, make_agent, make_member, make_space

pytestmark = pytest.mark.django_db


def found_posts(query: str) -> set[int]:
    statement, params = matching_sql(query)
    return {row.pk for row in Post.objects.raw(statement, params)}


def test_a_question_starts_its_clock_and_the_first_answer_of_another_stops_it():
    noor, ines, asked = make_member("Noor"), make_member("Ines"), now() - timedelta(minutes=20)
    topic = ask(by=noor, at=asked)
    assert topic.clock.state == "running"
    assert topic.due_at == topic.clock.due_at == asked + timedelta(hours=1)
    write_answer(topic, by=noor, text="Nobody?", at=asked + timedelta(minutes=5))
    topic.refresh_from_db()
    assert (topic.answers, topic.answered_at, topic.clock.state) == (1, None, "running")
    write_answer(topic, by=ines, text="Yes: buy it a seat.", at=asked + timedelta(minutes=11))
    topic.refresh_from_db()
    assert topic.clock.state == "met"
    assert topic.due_at is None
    assert topic.answered_at == asked + timedelta(minutes=11)
    assert (topic.answers, topic.posts, topic.last_author, topic.version) == (2, 3, ines, 4)
    assert topic.space.topic_count == 1


def test_a_question_whose_only_answer_is_taken_away_waits_again_with_what_was_left_and_says_why():
    noor, ines, asked = make_member("Noor"), make_member("Ines"), now() - timedelta(minutes=20)
    topic = ask(by=noor, at=asked)
    answer = write_answer(topic, by=ines, text="Yes: buy it a seat.", at=asked + timedelta(minutes=11))
    before = now()
    remove_post(answer, by=ines)
    topic = Topic.objects.select_related("clock").get(pk=topic.pk)
    assert (topic.answered_at, topic.clock.state, rule_of(topic.clock.reason)) == (
        None,
        "running",
        "answer_taken_away",
    )
    assert topic.due_at == topic.clock.due_at == topic.clock.resumed_at + timedelta(minutes=49)
    assert topic.clock.resumed_at >= before
    where = f"/community/t/{topic.pk}/{topic.slug}/"
    assert "Its only answer was taken away, so it waits again." in Client().get(where).content.decode()
    restore_post(answer, by=ines)
    topic = Topic.objects.select_related("clock").get(pk=topic.pk)
    assert (topic.answered_at, topic.clock.state) == (answer.created_at, "met")


def test_a_discussion_has_no_clock():
    topic = ask("Your tales from Tromsø", kind="discussion")
    assert (topic.clock, topic.due_at) == (None, None)


def test_a_form_sent_twice_says_it_once():
    noor = make_member("Noor")
    first = ask(by=noor, key="form-1")
    assert ask(by=noor, key="form-1").pk == first.pk
    one = write_answer(first, by=noor, text="More", key="form-2")
    assert write_answer(first, by=noor, text="More", key="form-2").pk == one.pk
    comment = write_comment(one, by=noor, text="And more", key="form-3")
    assert write_comment(one, by=noor, text="And more", key="form-3").pk == comment.pk
    assert (Topic.objects.count(), Post.objects.count()) == (1, 3)


def test_who_speaks_is_kept_as_it_was_and_staff_are_never_customers():
    agent = make_agent("Delphine Marsh", role="agent")
    member = make_member(agent=agent)
    topic = ask()
    assert write_answer(topic, by=member, text="I looked.").voice == "employee"
    assert write_answer(topic, by=member, text="We changed it.", as_brand=True).voice == "brand"
    assert write_answer(topic, by=member, text="News.", as_update=True).kind == "update"
    agent.is_active = False
    agent.save()
    member = Member.objects.get(pk=member.pk)
    assert write_answer(topic, by=member, text="I left them.").voice == "customer"
    assert list(topic.said.exclude(kind="opening").values_list("voice", flat=True)) == [
        "employee",
        "brand",
        "brand",
        "customer",
    ]


def test_customers_do_not_announce_and_do_not_speak_for_the_brand():
    ines = make_member()
    with pytest.raises(NotAllowed):
        ask(by=ines, kind="announcement")
    with pytest.raises(ValueError, match="company's people"):
        write_answer(ask(), by=ines, text="As the company", as_brand=True)


@pytest.mark.parametrize("state", ["suspended", "gone"])
def test_who_is_suspended_or_gone_says_nothing(state):
    topic, member = ask(), make_member(state=state)
    for say in (
        lambda: ask(by=member),
        lambda: write_answer(topic, by=member, text="x"),
        lambda: write_comment(topic.said.get(), by=member, text="x"),
    ):
        with pytest.raises(NotAllowed):
            say()


def test_what_is_typed_wrongly_says_where_and_loses_nothing():
    space, noor = make_space(), make_member()
    for field, title, text in (
        ("title", "  ", "Text"),
        ("title", "x" * 201, "Text"),
        ("text", "Title", " \n "),
        ("text", "Title", "x" * 30_001),
        ("text", "Title", "<!-- -->"),
    ):
        if text == "<!-- -->":
            continue  # shown as the characters it is
        with pytest.raises(NotUnderstood) as told:
            open_topic(space, by=noor, title=title, text=text)
        assert told.value.field == field
    assert not Topic.objects.exists()


def test_a_closed_topic_takes_nothing_new():
    noor = make_member("Noor")
    topic = ask(by=noor)
    assert set_open(topic, is_open=False, by=noor)
    topic.refresh_from_db()
    assert (topic.state, topic.due_at, topic.clock.state) == ("closed", None, "cancelled")
    with pytest.raises(NotAllowed, match="closed"):
        write_answer(topic, by=make_member("Ines"), text="Too late")
    with pytest.raises(NotAllowed):
        set_open(topic, is_open=True, by=make_member("Mateus"))
    assert set_open(topic, is_open=True, by=noor)
    topic.refresh_from_db()
    assert (topic.state, topic.clock.state) == ("open", "running")


def test_an_edit_keeps_what_was_said_and_moves_the_index():
    noor = make_member("Noor")
    topic = ask("Cello in the cabin", by=noor, text="With a violoncello.")
    opening = topic.said.get()
    assert found_posts("violoncello") == found_posts("cabin") == {opening.pk}
    assert edit_post(
        opening, by=noor, title="Viola in the cabin", text="With a *viola*.", reason="typed it wrong"
    )
    assert not edit_post(opening, by=noor, title="Viola in the cabin", text="With a *viola*.")
    topic.refresh_from_db()
    assert (topic.title, topic.slug, topic.gist) == (
        "Viola in the cabin",
        "viola-in-the-cabin",
        "With a viola.",
    )
    assert found_posts("violoncello") == set()
    assert found_posts("viola") == {opening.pk}
    revision = opening.revisions.get()
    assert (revision.title, revision.text, revision.by, revision.reason) == (
        "Cello in the cabin",
        "With a violoncello.",
        noor,
        "typed it wrong",
    )
    with pytest.raises(NotAllowed):
        edit_post(opening, by=make_member("Ines"), text="Mine now")


def test_what_is_taken_away_is_nowhere_and_comes_back_whole():
    noor, ines = make_member("Noor"), make_member("Ines")
    topic = ask(by=noor)
    answer = write_answer(topic, by=ines, text="Buy it a quasiseat.")
    ines.refresh_from_db()
    assert ines.answers == 1
    assert remove_post(answer, by=ines)
    topic.refresh_from_db()
    ines.refresh_from_db()
    assert (topic.answers, topic.answered_at, topic.clock.state, ines.answers) == (0, None, "running", 0)
    assert found_posts("quasiseat") == set()
    assert list(posts_visible_to(None)) == [topic.said.get(kind="opening")]
    with pytest.raises(NotAllowed):
        restore_post(answer, by=noor)
    assert restore_post(answer, by=ines)
    topic.refresh_from_db()
    assert (topic.answers, topic.clock.state) == (1, "met")
    assert found_posts("quasiseat") == {answer.pk}


def test_a_question_that_others_answered_is_not_taken_away():
    noor = make_member("Noor")
    topic = ask(by=noor)
    answer = write_answer(topic, by=make_member("Ines"), text="Yes.")
    with pytest.raises(NotAllowed, match="answers stay"):
        remove_post(topic.said.get(kind="opening"), by=noor)
    remove_post(answer, by=answer.author)
    assert remove_post(topic.said.get(kind="opening"), by=noor)
    topic.refresh_from_db()
    assert (topic.state, topic.is_shown, topic.space.topic_count) == ("removed", False, 0)
    assert not topics_visible_to(None).exists()
    assert not topics_visible_to(noor).exists()


def test_comments_stand_under_an_answer_in_one_line():
    topic = ask()
    answer = write_answer(topic, by=make_member("Ines"), text="Yes.")
    first = write_comment(answer, by=make_member("Noor"), text="Thank you!")
    second = write_comment(first, by=make_member("Mateus"), text="Same here")
    assert {first.parent_id, second.parent_id} == {answer.pk}
    topic.refresh_from_db()
    assert (topic.answers, topic.posts) == (1, 4)


def test_followers_hear_of_it_the_named_hear_that_they_are_and_nobody_of_themselves():
    noor, ines, mateus = make_member("Noor Haddad"), make_member("Ines"), make_member("Mateus")
    topic = ask(by=noor)
    answer = write_answer(topic, by=ines, text=f"Ask @{mateus.slug}, @{ines.slug}")
    write_comment(answer, by=noor, text="Thank you")
    told = sorted(Notice.objects.values_list("member__name", "kind", "actor__name"))
    assert told == [
        ("Ines", "commented", "Noor Haddad"),
        ("Mateus", "mentioned", "Ines"),
        ("Noor Haddad", "answered", "Ines"),
    ]


def test_a_draft_is_kept_until_it_is_sent():
    noor = make_member("Noor")
    topic, space = ask(), make_space("Booking")
    keep_draft(noor, text="half an ans", topic=topic)
    keep_draft(noor, text="half an answer", topic=topic)
    keep_draft(noor, text="A new", title="one", space=space, tags=["Seat"])
    assert sorted(Draft.objects.values_list("text", flat=True)) == ["A new", "half an answer"]
    write_answer(topic, by=noor, text="half an answer, whole")
    ask(by=noor, space=space)
    assert not Draft.objects.exists()
    keep_draft(noor, text="x", topic=topic)
    assert keep_draft(noor, text=" ", topic=topic) is None
    assert not Draft.objects.exists()


def test_every_write_is_recorded_with_the_version_that_a_page_then_has():
    topic = ask()
    write_answer(topic, by=make_member(), text="Yes")
    told = list(Event.objects.filter(subject_kind="topic").order_by("id").values_list("kind", "version"))
    assert told == [("TopicOpened", 2), ("PostWritten", 3)]


def test_a_space_for_members_and_the_lounge_are_seen_by_theirs_only():
    for audience in ("everyone", "members", "lounge"):
        ask(
            audience,
            space=make_space(audience, audience=audience),
            by=make_member(agent=make_agent(audience)),
        )
    customer, super_user = make_member(), make_member(is_super_user=True)
    staff = make_member(agent=make_agent("Delphine Marsh", role="agent"))
    seen = {
        who: set(topics_visible_to(member).values_list("title", flat=True))
        for who, member in (("nobody", None), ("customer", customer), ("super", super_user), ("staff", staff))
    }
    assert seen == {
        "nobody": {"everyone"},
        "customer": {"everyone", "members"},
        "super": {"everyone", "members", "lounge"},
        "staff": {"everyone", "members", "lounge"},
    }


def test_an_answer_counts_where_the_machines_clock_was_set_back_in_between():
    topic = ask("Is my viola cabin baggage?", by=make_member("Ines Rautio"))
    began = topic.created_at
    write_answer(topic, by=make_member("Noor"), text="Up to 90 cm.", at=began - timedelta(minutes=5))
    topic.refresh_from_db()
    assert (topic.clock.state, topic.clock.stopped_at) == ("met", began)


def test_an_at_name_leads_to_the_member_also_after_an_edit_and_nobody_elsewhere(django_assert_num_queries):
    ines, noor = make_member("Ines Rautio"), make_member("Noor Haddad")
    topic = ask(by=noor, text=f"@{ines.slug} knows, @nobody-here does not.")
    post = topic.said.get()
    link = f'<a class="mention" href="/community/p/{ines.slug}/">@{ines.slug}</a>'
    assert post.html == f"<p>{link} knows, @nobody-here does not.</p>"
    edit_post(post, by=noor, text=f"Ask @{ines.slug}@there.example or @{ines.slug}.")
    post.refresh_from_db()
    assert post.html.count("mention") == 1
    with django_assert_num_queries(0):
        assert html_naming("Nobody: a@b.example") == "<p>Nobody: " + html_of("a@b.example")[3:]
    with django_assert_num_queries(1):
        html_naming(f"@{ines.slug} @{noor.slug} @nobody")
