"""House rules and votes on them: drafted, announced, in force at their date."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import now

from harken.community.actions.changing import NotAllowed, Overtaken
from harken.community.actions.keeping_rules import (
    announce_rules,
    call_vote,
    cast_ballot,
    draft_rules,
    may_vote,
)
from harken.community.keeping_house import keep_house
from harken.community.models import Ballot, Rules, Vote
from harken.community.queries.ruling import current_rules
from tests.community.house_cast import moderator, settled
from tests.factories import make_agent, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]


def test_a_version_is_drafted_announced_and_in_force_at_its_date(rules):
    by = moderator()
    draft = draft_rules([("Be kind", ""), ("No selling", "Nobody.")], by=by, note="Shorter")
    assert draft_rules([("Be kind", "Always.")], by=by).pk == draft.pk
    assert current_rules() == rules
    announce_rules(draft, by=by, days=7)
    assert current_rules() == rules
    assert current_rules(now() + timedelta(days=8)) == draft
    with pytest.raises(Overtaken):
        announce_rules(draft, by=by, days=0)
    with pytest.raises(NotAllowed):
        draft_rules([("Mine", "")], by=make_member("Plain"))
    Rules.objects.filter(pk=draft.pk).update(in_force_at=now() - timedelta(seconds=1))
    assert (keep_house(), keep_house()) == (1, 0)
    assert list(rules.rules.values_list("number", flat=True)) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("ballots", "binding", "state"), [
    ((True, True, False), True, "announced"),
    ((True, False), True, "refused"),
    ((True, True), False, "voted"),
])  # fmt: skip
def test_a_vote_of_members_binds_or_advises_as_was_said_and_its_ballots_are_destroyed(
    ballots, binding, state, rules
):
    by, staff = moderator(), make_member(agent=make_agent())
    voters = [settled(f"Voter {n}") for n in range(len(ballots))]
    draft = draft_rules([("Be kind", "")], by=by)
    vote = call_vote(draft, by=by, days=7, is_binding=binding)
    for who in (staff, make_member("New")):
        assert not may_vote(who)
        with pytest.raises(NotAllowed):
            cast_ballot(vote, by=who, is_for=True)
    for voter, is_for in zip(voters, ballots, strict=True):
        cast_ballot(vote, by=voter, is_for=not is_for)
        cast_ballot(vote, by=voter, is_for=is_for)  # the last word counts
    assert Ballot.objects.count() == len(ballots)
    assert keep_house() == 0
    Vote.objects.update(closes_at=now() - timedelta(seconds=1))
    keep_house()
    vote.refresh_from_db()
    draft.refresh_from_db()
    assert (vote.voted_for, vote.voted_against) == (sum(ballots), len(ballots) - sum(ballots))
    assert vote.might_vote == len(ballots)
    assert Ballot.objects.count() == 0
    assert draft.state == state
    assert (current_rules() == draft) is (state == "announced")
    if state == "voted":
        announce_rules(draft, by=by, days=0)
        assert current_rules() == draft
    with pytest.raises(Overtaken):
        cast_ballot(vote, by=voters[0], is_for=True)
