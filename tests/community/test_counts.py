"""Whatever happens in a topic, and in whatever order: what is counted beforehand equals what is counted anew."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils.timezone import now

from harken.base import sql
from harken.clocks.models import Clock
from harken.community import policy
from harken.community.actions.changing import NotAllowed, NotUnderstood
from harken.community.actions.checking import check_post
from harken.community.actions.choosing import (
    choose_answer,
    have_same_question,
    take_back_thanks,
    tell_outcome,
    thank_post,
    withdraw_choice,
)
from harken.community.actions.claiming import take_over
from harken.community.actions.deciding import decide
from harken.community.actions.editing import edit_post, remove_post, restore_post, set_open
from harken.community.actions.elsewhere import hear_outcome, hear_solved, hear_thanks, withdraw_opening
from harken.community.actions.flagging import flag_post
from harken.community.actions.helping import derive_help
from harken.community.actions.joining import leave, meet_anew
from harken.community.actions.keeping_rules import first_rules
from harken.community.actions.tagging import set_tags
from harken.community.actions.undoing import reverse_decision, undo_decision
from harken.community.actions.weighing import want_idea
from harken.community.actions.writing import open_topic, write_answer, write_comment
from harken.community.models import (
    Asking,
    Case,
    Decision,
    HelpItem,
    Idea,
    Invitation,
    Member,
    Post,
    SameQuestion,
    Space,
    Tag,
    Thanks,
    Topic,
    Want,
)
from harken.community.search import parts_of
from harken.knowledge.models import Solution
from tests.factories import ask, make_agent, make_member, make_space

pytestmark = pytest.mark.django_db
LONG_AGO = now() - timedelta(days=400)
WORDS = [
    "cello",
    "cabin",
    "seat",
    "hold",
    "belt",
    "oboe",
    "viola",
    "window",
    "aisle",
    "gate",
    "ticket",
    "refund",
]


class Town:
    """Some people, two spaces, and everything that they may do."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        first_rules(by=None, at=now() - timedelta(days=30))
        self.spaces = [
            make_space("Baggage", kinds=["question", "discussion", "idea"]),
            make_space("Refunds", kinds=["question", "discussion", "idea"]),
        ]
        self.members = [
            make_member(name, joined_at=LONG_AGO, powers=["tag", "edit", "close", "moderate"] * (number < 2))
            for number, name in enumerate(("Ines", "Tomasz", "Noor", "Piet", "Yuki", "Mateus"))
        ]
        self.staff = make_member(agent=make_agent("Delphine Marsh"))
        ask(by=self.members[2], space=self.spaces[0])

    @property
    def who(self) -> Member:
        return Member.objects.get(pk=self.chance.choice([*self.members, self.staff]).pk)

    @property
    def post(self) -> Post:
        return self.chance.choice(list(Post.objects.order_by("pk")))

    @property
    def answer(self) -> Post:
        return self.chance.choice(list(Post.objects.filter(kind="answer").order_by("pk")) or [self.post])

    @property
    def topic(self) -> Topic:
        return self.chance.choice(list(Topic.objects.order_by("pk")))

    @property
    def text(self) -> str:
        return " ".join(self.chance.sample(WORDS, 4))

    @property
    def tags(self) -> list[str]:
        return self.chance.sample(WORDS, self.chance.randint(0, 3))

    def outside(self) -> Member:
        known = Member.objects.filter(user=None, state="active").order_by("pk").first()
        return known or meet_anew("Gethin")

    def decided(self) -> None:
        case = Case.objects.filter(decided_at=None).order_by("?").first()
        if case is not None:
            act = self.chance.choice(
                ["keep", "hold", "remove", "close", "lock", "move", "ask_edit", "suspend"]
            )
            decide(case, by=self.who, act=act, rule=1, reason="By the rule.", days=1, space=self.spaces[1])

    def taken_back(self) -> None:
        made = Decision.objects.filter(undone_at=None).order_by("-pk").first()
        if made is not None:
            how = self.chance.choice([undo_decision, reverse_decision])
            more = {"reason": "A slip."} if how is reverse_decision else {}
            how(made, by=made.by if how is undo_decision and made.by else self.who, **more)

    def claimed(self) -> None:
        asker = Member.objects.filter(user=None, state="active").first()
        if asker is not None:
            take_over(asker, by=self.who, is_same_person=False)

    def wanted(self) -> None:
        idea = Idea.objects.order_by("?").first()
        if idea is not None:
            want_idea(idea, by=self.who, is_wanted=self.chance.random() < 0.7)

    def acts(self) -> list[Callable[[], object]]:
        yes = self.chance.random() < 0.5
        kind = self.chance.choice(["question", "question", "discussion", "idea"])
        return [
            lambda: open_topic(self.chance.choice(self.spaces), by=self.who, title=self.text, text=self.text, kind=kind, tags=self.tags),
            lambda: write_answer(self.topic, by=self.who, text=self.text),
            lambda: write_answer(self.topic, by=self.who, text=self.text),
            lambda: write_comment(self.post, by=self.who, text=self.text),
            lambda: edit_post(post := self.post, by=post.author, text=self.text, title=self.text),
            lambda: edit_post(self.post, by=self.who, text=self.text, reason="Clearer."),
            lambda: remove_post(post := self.post, by=post.author),
            lambda: restore_post(post := self.post, by=post.author),
            lambda: set_open(self.topic, is_open=yes, by=self.who),
            lambda: set_tags(self.topic, self.tags, by=self.who),
            lambda: choose_answer(post := self.answer, by=post.topic.author),
            lambda: withdraw_choice(topic := self.topic, by=topic.author),
            lambda: thank_post(self.post, by=self.who),
            lambda: take_back_thanks(self.post, by=self.who),
            lambda: tell_outcome(self.answer, by=self.who, worked=self.chance.choice([True, False, None])),
            lambda: check_post(self.answer, by=self.staff, is_checked=yes),
            lambda: have_same_question(self.topic, by=self.who, is_same=yes),
            lambda: flag_post(self.post, by=self.who, rule=1),
            self.decided,
            self.taken_back,
            self.wanted,
            lambda: hear_thanks(self.answer, from_=self.outside()),
            lambda: hear_outcome(self.answer, from_=self.outside(), worked=yes),
            lambda: hear_solved(self.answer, from_=self.outside(), at=now()),
            lambda: withdraw_opening(self.topic) if self.chance.random() < 0.2 else None,
            lambda: self.claimed() if self.chance.random() < 0.3 else None,
            lambda: leave(self.who) if self.chance.random() < 0.05 else None,
        ]  # fmt: skip


def recounted(*, with_index: bool = True) -> None:
    """Every figure that is kept beside its rows, held against the rows. `with_index`: the index, too, which holds what
    earlier tests committed."""
    for topic in Topic.objects.select_related("clock"):
        where = f"topic {topic.pk}"
        said = list(topic.said.all())
        opening = next(one for one in said if one.kind == "opening")
        found = policy.standing(
            (
                policy.Said(one.pk, one.author_id, one.kind, policy.Voice(one.voice), one.created_at, one.state == "shown", one.thanks)
                for one in said
            ),
            asker_id=topic.author_id,
        )  # fmt: skip
        assert (topic.answers, topic.posts, topic.thanks) == (found.answers, found.posts, found.thanks), where
        assert (topic.last_author_id, topic.answered_at) == (found.last_author_id, found.answered_at), where
        assert topic.same_question == SameQuestion.objects.filter(topic=topic).count(), where
        assert opening.state != "held" or topic.state == "held", where
        assert topic.state != "open" or not topic.is_locked, where
        if topic.chosen_id:
            assert topic.chosen.state == "shown", where
            assert topic.chosen.topic_id == topic.pk, where
            assert topic.kind == "question", where
        assert sorted(topic.tag_names) == sorted(topic.taggings.values_list("tag__name", flat=True)), where
        waits = (
            topic.kind == "question"
            and topic.state == "open"
            and not topic.answered_at
            and not topic.chosen_id
        )
        assert (topic.due_at is not None) == waits, where
        if topic.clock is not None:
            assert (topic.clock.state == Clock.State.RUNNING) == waits, where
        asking = Asking.objects.filter(topic=topic).first()
        assert (asking is not None and asking.is_waiting) == waits, where
        if not waits:
            assert not Invitation.objects.filter(topic=topic, state__in=Invitation.OPEN).exists(), where
    for post in Post.objects.all():
        where = f"post {post.pk}"
        assert post.thanks == Thanks.objects.filter(post=post).count(), where
        assert post.worked == post.outcomes.filter(worked=True).count(), where
        assert post.failed == post.outcomes.filter(worked=False).count(), where
        assert not Thanks.objects.filter(post=post, member=post.author_id).exists(), where
        assert not post.outcomes.filter(member=post.author_id).exists(), where
        if post.state == "held":
            assert (
                Case.objects.filter(post=post, decided_at=None).exists()
                or Decision.objects.filter(post=post, act="hold").exists()
            ), where
    for space in Space.objects.all():
        assert space.topic_count == space.topics.filter(is_shown=True).count(), f"space {space.pk}"
    for tag in Tag.objects.all():
        assert tag.topic_count == tag.taggings.filter(topic__is_shown=True).count(), f"tag {tag.name}"
    for member in Member.objects.all():
        answers = member.posts.filter(kind="answer", state="shown")
        assert member.answers == answers.exclude(topic__author=member).count(), f"member {member.pk}"
        solved = Topic.objects.filter(chosen__in=answers).exclude(author=member)
        assert member.solved == solved.count(), f"member {member.pk}"
    for idea in Idea.objects.all():
        assert idea.people == Want.objects.filter(idea=idea).count(), f"idea {idea.pk}"
    indexed = {one.pk: parts_of(one.indexed) for one in Post.objects.filter(state="shown")}
    if with_index:
        assert index() == set(indexed), "the index holds what is shown"
    assert derive_help(Topic.objects.values_list("pk", flat=True)) == 0, (
        "the ledger of help follows by itself"
    )
    assert set(HelpItem.objects.values_list("post__state", flat=True)) <= {"shown"}
    cited = Solution.objects.exclude(state="withdrawn")
    assert set(cited.values_list("answer_id", flat=True)) == set(
        Topic.objects.filter(is_shown=True, chosen__isnull=False).values_list("chosen_id", flat=True)
    )


def index() -> set[int]:
    """The posts of which the index knows a word, whichever."""
    if sql.is_postgres():
        return {row[0] for row in sql.fetch("SELECT post_id FROM community_search", [])}
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO community_search (community_search) VALUES ('integrity-check')")
    found: set[int] = set()
    for word in [*WORDS, "bergen"]:
        found |= {
            row[0]
            for row in sql.fetch("SELECT rowid FROM community_search WHERE community_search MATCH %s", [word])
        }
    return found


@pytest.mark.parametrize("seed", range(6))
def test_what_is_counted_beforehand_equals_what_is_counted_anew(seed):
    town, done = Town(seed), 0
    for number in range(120):
        act = town.chance.choice(town.acts())
        try:
            act()
            done += 1
        except (NotAllowed, NotUnderstood):
            pass
        if number % 4 == 3:
            recounted()
    assert done > 40
