"""Whom to ask: the parts say why, the load is shared, and nobody is asked about their own question."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.brain.route import WEIGHTS, Answered, Knowledge, Neighbours, gini

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
INES, TOMASZ, MATEUS, NOOR = 1, 2, 3, 4


@pytest.fixture
def known() -> Knowledge:
    """Ines knows cellos, Tomasz names, Mateus was here long ago."""
    knowledge = Knowledge()
    for number in range(6):
        at = NOON - timedelta(days=10 - number)
        knowledge.learn(number, Answered(INES, 3, True), at=at, tags=["instruments"], asker=NOOR)
        knowledge.learn(10 + number, Answered(TOMASZ, 3, True), at=at, tags=["names"], asker=NOOR)
        long_ago = NOON - timedelta(days=300)
        knowledge.learn(20 + number, Answered(MATEUS, 3, True), at=long_ago, tags=["seats"], asker=NOOR)
    return knowledge


def first(knowledge: Knowledge, **asked: object) -> int:
    given = {"at": NOON, "tags": [], "neighbours": [], **asked}
    return knowledge.rank(**given)[0].member


def test_who_answered_the_like_and_under_the_tag_comes_first(known):
    assert first(known, tags=["names"]) == TOMASZ
    assert first(known, neighbours=[(2, 9.0), (3, 7.0)]) == INES


def test_who_is_gone_comes_after_who_is_here(known):
    assert [one.member for one in known.rank(at=NOON, tags=[], neighbours=[])][-1] == MATEUS


def test_the_parts_sum_to_the_score(known):
    for one in known.rank(
        at=NOON, tags=["names"], neighbours=[(1, 3.0)], in_time={INES: 0.7}, asked={TOMASZ: 1}
    ):
        assert one.score == pytest.approx(sum(one.parts.values()))
        assert set(one.parts) == set(WEIGHTS)


def test_who_was_asked_three_times_this_week_is_left_in_peace(known):
    assert INES not in [one.member for one in known.rank(at=NOON, tags=[], neighbours=[], asked={INES: 3})]
    tired = {one.member: one for one in known.rank(at=NOON, tags=[], neighbours=[], asked={INES: 2})}
    assert tired[INES].parts["load"] < 0 == tired[TOMASZ].parts["load"]


def test_one_s_own_question_teaches_nothing_and_is_not_asked_about(known):
    before = known.members[NOOR].answers
    known.learn(99, Answered(NOOR, 50, True), at=NOON, tags=["names"], asker=NOOR)
    assert known.members[NOOR].answers == before
    assert TOMASZ not in [one.member for one in known.rank(at=NOON, tags=[], neighbours=[], besides=[TOMASZ])]


def test_quality_of_a_single_lucky_answer_is_shrunk():
    knowledge = Knowledge()
    for number in range(40):
        knowledge.learn(number, Answered(INES, 5, number % 5 != 0), at=NOON, tags=[], asker=None)
        knowledge.learn(number, Answered(MATEUS, 0, False), at=NOON, tags=[], asker=None)
    knowledge.learn(90, Answered(TOMASZ, 5, True), at=NOON, tags=[], asker=None)
    parts = {one.member: one.parts["quality"] for one in knowledge.rank(at=NOON, tags=[], neighbours=[])}
    assert parts[INES] > parts[TOMASZ] > parts[MATEUS]


def test_in_a_young_community_it_counts_more_who_is_here_than_who_knows_the_like():
    def asked_after(answers: int) -> dict[str, float]:
        knowledge = Knowledge()
        for number in range(answers):
            at = NOON - timedelta(hours=answers - number)
            member = (INES, TOMASZ, MATEUS)[number % 3]
            knowledge.learn(number, Answered(member, 0, False), at=at, tags=["seats"], asker=NOOR)
        ranked = knowledge.rank(at=NOON, tags=[], neighbours=[(0, 5.0)])
        return {name: abs(value) for name, value in next(o for o in ranked if o.member == INES).parts.items()}

    assert asked_after(3)["topical"] < 0.05
    half = asked_after(150)["topical"]
    assert asked_after(1_500)["topical"] / half == pytest.approx(2 * 10 / 11, rel=1e-6)


def test_nobody_known_is_nobody_asked():
    assert Knowledge().rank(at=NOON, tags=["x"], neighbours=[]) == []


def test_neighbours_share_rare_words():
    near = Neighbours()
    for number in range(60):
        near.add(number, ["the", "flight", f"w{number}"])
    near.add(60, ["the", "flight", "cello", "seat"])
    near.add(61, ["the", "flight", "cello"])
    assert [question for question, _ in near.of(["the", "cello"])] == [61, 60]
    assert near.of(["the"]) == [], "a word of nearly all tells nothing"


def test_one_question_of_ten_thousand_members_is_ranked_with_one_walk_over_them():
    chance, knowledge = random.Random(3), Knowledge()
    for number in range(30_000):
        answer = Answered(chance.randrange(10_000), chance.randrange(4), chance.random() < 0.3)
        knowledge.learn(
            number, answer, at=NOON - timedelta(days=chance.randrange(400)), tags=["a"], asker=None
        )
    found = knowledge.rank(at=NOON, tags=["a"], neighbours=[(number, 1.0) for number in range(50)])
    assert len(found) == len(knowledge.members)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


@given(st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=30))
def test_unevenness_lies_between_nothing_and_one(loads):
    assert -1e-9 <= gini(loads) < 1
    assert gini([5.0] * len(loads)) == pytest.approx(0, abs=1e-9)


def test_one_who_carries_all_is_uneven():
    assert gini([0, 0, 0, 8]) == pytest.approx(0.75)
