"""Two and more at the same moment, each in a transaction of its own: nothing is lost, counted wrong or waited for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections
from django.utils.timezone import now

from harken.community.actions.changing import NotAllowed
from harken.community.actions.choosing import choose_answer, thank_post, withdraw_choice
from harken.community.actions.deciding import decide
from harken.community.actions.editing import remove_post, restore_post
from harken.community.actions.flagging import flag_post
from harken.community.actions.writing import open_topic, write_answer
from harken.community.models import Case, Decision, Flag, Member, Post, Topic
from tests.community.test_counts import recounted
from tests.factories import ask, make_member, make_space
from tests.web.cast import client_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rules")]
LONG_AGO = now() - timedelta(days=400)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Does all of it at the same moment; what each came to, a refusal as its words. Anything else fails the test."""
    begin, came, broken = threading.Barrier(len(acts)), [None] * len(acts), []

    def run(number: int) -> None:
        try:
            begin.wait(10)
            try:
                came[number] = acts[number]()
            except NotAllowed as why:
                came[number] = str(why)
        except Exception as problem:  # noqa: BLE001 - told below
            broken.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert broken == []
    return came


def people(many: int) -> list[Member]:
    return [make_member(f"Member {number}", joined_at=LONG_AGO) for number in range(many)]


def test_topics_of_one_space_and_tag_opened_at_once_are_all_counted():
    space, members = make_space(), people(6)
    for _round in range(3):
        at_once(
            *(
                lambda by=by: open_topic(
                    space, by=by, title="A cello?", text="a cello", tags=["cello", "seat"]
                )
                for by in members
            )
        )
    assert Topic.objects.count() == 18
    recounted(with_index=False)


def test_who_answers_and_is_thanked_in_many_topics_at_once_is_counted_right():
    ines, *others = people(6)
    for number in range(3):
        topics = [ask(f"Question {number} {other.pk}", by=other) for other in others]
        answers = at_once(
            *(lambda topic=topic: write_answer(topic, by=ines, text="a seat") for topic in topics)
        )
        at_once(
            *(lambda one=one, by=by: thank_post(one, by=by) for one, by in zip(answers, others, strict=True))
        )
        at_once(
            *(
                lambda one=one, by=by: choose_answer(one, by=by)
                for one, by in zip(answers, others, strict=True)
            )
        )
    recounted(with_index=False)
    ines.refresh_from_db()
    assert (ines.answers, ines.solved, ines.helped) == (15, 15, 5)


def test_what_is_decided_while_it_is_reported_waits_for_nobody():
    guard = make_member("Tomasz", joined_at=LONG_AGO, powers=["moderate"])
    members = people(4)
    for _round in range(5):
        post = write_answer(ask(), by=make_member("Ad Vert"), text="a belt")
        flag_post(post, by=members[0], rule=1, words="Buy this")
        case = Case.objects.get(post=post, decided_at=None)
        at_once(
            lambda case=case: decide(case, by=guard, act="remove", rule=1, reason="By the rule."),
            *(
                lambda by=by, post=post: flag_post(post, by=by, rule=1, words="I will kill you, it says")
                for by in members[1:]
            ),
        )
        assert Decision.objects.filter(post=post).count() == 1
    recounted(with_index=False)


def test_one_decision_of_two_moderators_and_one_report_of_a_double_press():
    guards = [make_member(name, joined_at=LONG_AGO, powers=["moderate"]) for name in ("Tomasz", "Wren")]
    (anna,) = people(1)
    post = write_answer(ask(), by=make_member("Ad Vert"), text="a belt")
    client = client_of(anna)
    pressed = at_once(
        *(
            lambda: client.post(f"/community/posts/{post.pk}/flag/", {"rule": "1"}).status_code
            for _ in range(3)
        )
    )
    assert set(pressed) == {302}
    assert Flag.objects.count() == 1
    case = Case.objects.get()
    at_once(
        lambda: decide(case, by=guards[0], act="remove", rule=1, reason="By the rule."),
        lambda: decide(case, by=guards[1], act="keep", rule=1, reason="By the rule."),
    )
    assert Decision.objects.count() == 1


def test_topics_that_are_moved_both_ways_at_once_are_counted_where_they_stand():
    one, other = make_space("Baggage"), make_space("Refunds")
    guards = [make_member(name, joined_at=LONG_AGO, powers=["moderate"]) for name in ("Tomasz", "Wren")]
    (anna,) = people(1)
    for _round in range(4):
        cases = []
        for space in (one, other):
            topic = ask(space=space, tags=["cello", "seat"], text="a cello")
            cases.append(flag_post(topic.said.get(), by=make_member("Anna"), rule=1).case)
        at_once(
            *(
                lambda case=case, by=by, to=to: decide(
                    case, by=by, act="move", rule=1, reason="By the rule.", space=to
                )
                for case, by, to in zip(cases, guards, (other, one), strict=True)
            ),
            lambda: open_topic(one, by=anna, title="A cello?", text="a cello", tags=["seat", "cello"]),
        )
    recounted(with_index=False)


def test_what_is_chosen_while_it_is_taken_away_and_put_back_is_counted_right():
    topic = ask(tags=["cello"], text="a cello")
    mateus, yuki = people(2)
    first = write_answer(topic, by=mateus, text="a seat")
    second = write_answer(topic, by=yuki, text="a belt")
    for _round in range(4):
        at_once(
            lambda: choose_answer(first, by=topic.author),
            lambda: choose_answer(second, by=topic.author),
            lambda: remove_post(first, by=mateus),
            lambda: withdraw_choice(topic, by=topic.author),
        )
        recounted(with_index=False)
        restore_post(Post.objects.get(pk=first.pk), by=mateus)
        recounted(with_index=False)
