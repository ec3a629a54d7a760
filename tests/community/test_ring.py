"""The attack, in the real tables and through the lane: accounts that close each other's questions and thank each other."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import count

import pytest
from django.utils.timezone import now

from harken.community.actions.rings import find_rings, review_freeze, who_credited_whom
from harken.community.models import CreditFreeze, Member, Post, Round, Standing, Thanks, Topic
from harken.community.tasks import keep_standing
from tests.factories import make_agent, make_space

pytestmark = pytest.mark.django_db

HONEST, RING, ATTACK = 80, 20, 500
_keys = count(1)


def members(word: str, number: int) -> list[Member]:
    return Member.objects.bulk_create(
        [
            Member(
                name=f"{word} {n}", slug=f"{word}-{n}-{next(_keys)}", joined_at=now() - timedelta(days=400)
            )
            for n in range(number)
        ]
    )


def closed(pairs: list[tuple[Member, Member]], *, chance: random.Random) -> None:
    """Questions that (asker, helper) closed, with the asker's thanks: rows as the actions leave them."""
    space, at = make_space(slug=f"s-{next(_keys)}"), now()
    moments = [at - timedelta(days=chance.uniform(1, 300)) for _ in pairs]
    topics = Topic.objects.bulk_create(
        [
            Topic(space=space, title="Why?", slug="why", author=asker, created_at=moment, answered_at=moment)
            for (asker, _helper), moment in zip(pairs, moments, strict=True)
        ]
    )
    posts = Post.objects.bulk_create(
        [
            Post(
                topic=topic,
                kind="answer",
                author=helper,
                voice="customer",
                text="So.",
                html="<p>So.</p>",
                thanks=1,
                created_at=topic.created_at,
            )
            for topic, (_asker, helper) in zip(topics, pairs, strict=True)
        ]
    )
    for topic, post in zip(topics, posts, strict=True):
        topic.chosen, topic.chosen_as, topic.solved_at = post, "asker", topic.created_at
    Topic.objects.bulk_update(topics, ["chosen", "chosen_as", "solved_at"])
    Thanks.objects.bulk_create(
        [
            Thanks(post=post, member=asker, at=post.created_at)
            for post, (asker, _helper) in zip(posts, pairs, strict=True)
        ]
    )


def night(days: int = 0) -> None:
    at = now() + timedelta(days=days, minutes=1)
    while keep_standing(at=at):
        pass


def ranks() -> dict[int, int]:
    return {pk: place for place, pk in enumerate(Standing.objects.filter(credit__gt=0).order_by("-credit", "member_id").values_list("member_id", flat=True), 1)}  # fmt: skip


@pytest.fixture
def attacked():
    """An honest community that has slept once, then 500 questions closed within a ring, and another night."""
    chance = random.Random(11)
    honest, ring = members("honest", HONEST), members("ring", RING)
    weights = [1 / (place + 1) for place in range(HONEST)]
    pairs = []
    while len(pairs) < 300:
        asker, helper = chance.choice(honest), chance.choices(honest, weights)[0]
        if asker != helper:
            pairs.append((asker, helper))
    pairs += [(chance.choice(honest), one) for one in ring[::4]]  # some of them look like people
    closed(pairs, chance=chance)
    night()
    before = ranks()
    closed([tuple(chance.sample(ring, 2)) for _ in range(ATTACK)], chance=chance)
    Round.objects.filter(name="ledger").update(done_at=None, cursor=0)
    night(days=1)
    return honest, ring, before


def test_a_ring_gains_no_rank_and_no_credit_until_somebody_looked_and_can_be_cleared(attacked):
    _honest, ring, before = attacked
    ids = {one.pk for one in ring}
    after, last = ranks(), len(before) + 1
    assert max(before.get(pk, last) - after.get(pk, last) for pk in ids) <= 0
    total = sum(Standing.objects.values_list("credit", flat=True))
    theirs = sum(Standing.objects.filter(member__in=ids).values_list("credit", flat=True))
    assert theirs / total <= 0.01 + sum(1 for one in ring[::4]) / 305  # beyond what their real help was worth
    assert sum(Standing.objects.filter(member__in=ids).values_list("frozen", flat=True)) > 100, (
        "held back, not deleted"
    )
    mere_ring = [one.pk for one in ring if one.pk not in before]
    assert not any(Member.objects.filter(pk__in=mere_ring).values_list("powers", flat=True)), (
        "nothing was opened"
    )
    freeze = CreditFreeze.objects.get()
    assert {one.pk for one in freeze.members.all()} == ids, "all of them, and nobody else"
    _, counts = who_credited_whom(freeze)
    assert sum(counts.values()) == freeze.thanks == 2 * ATTACK

    admin = make_agent("Ada Kofoed", role="admin").user
    assert review_freeze(freeze, by=admin, state="cleared")
    night(days=1)
    assert sum(Standing.objects.filter(member__in=ids).values_list("frozen", flat=True)) == 0
    assert sum(Standing.objects.filter(member__in=ids).values_list("credit", flat=True)) > 100
    freeze.refresh_from_db()
    find_rings(at=now() + timedelta(days=2))
    assert CreditFreeze.objects.count() == 1, "what somebody cleared is not raised again"
    assert review_freeze(freeze, by=admin, state="suspected"), "the undo"
    night(days=2)
    assert sum(Standing.objects.filter(member__in=ids).values_list("frozen", flat=True)) > 100
