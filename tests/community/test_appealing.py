"""Appeals: once, by whom it is about, judged by another."""

from __future__ import annotations

import pytest

from harken.community.actions.appealing import appeal, judge_appeal
from harken.community.actions.changing import NotAllowed, Overtaken
from harken.community.actions.deciding import decide
from harken.community.models import Member, Notice
from tests.community.house_cast import moderator, reported
from tests.community.test_writing import found_posts
from tests.factories import make_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]


def test_an_appeal_is_once_by_its_author_and_judged_by_another():
    post, case = reported()
    first, second = moderator("Tomasz"), moderator("Sunniva")
    decision = decide(case, by=first, act="remove", rule=1, reason="Harsh.")
    with pytest.raises(NotAllowed):
        appeal(decision, by=make_member("Friend"), words="Let him.")
    made = appeal(decision, by=post.author, words="I was angry about the delay.")
    assert appeal(decision, by=post.author, words="Again").pk == made.pk
    for by in (first, case.flags.get().member):
        Member.objects.filter(pk=by.pk).update(powers=["moderate"])
        with pytest.raises(NotAllowed):
            judge_appeal(made, by=Member.objects.get(pk=by.pk), is_granted=False, reason="No.")
    judge_appeal(made, by=second, is_granted=True, reason="About the flight, not the person.")
    post.refresh_from_db()
    decision.refresh_from_db()
    made.refresh_from_db()
    assert (post.state, made.is_granted, decision.undone_by) == ("shown", True, second)
    assert found_posts("padded") == {post.pk}
    assert "put right" in Notice.objects.get(key=f"decision:{decision.pk}:appeal").words
    with pytest.raises(Overtaken):
        judge_appeal(made, by=moderator("Third"), is_granted=False, reason="No.")


def test_an_appeal_that_fails_is_told_and_is_the_end():
    post, case = reported()
    decision = decide(case, by=moderator("Tomasz"), act="remove", rule=4, reason="An offer.")
    made = appeal(decision, by=post.author, words="But it is cheap.")
    judge_appeal(made, by=moderator("Sunniva"), is_granted=False, reason="It is an offer.")
    post.refresh_from_db()
    assert post.state == "removed"
    assert "stands" in Notice.objects.get(key=f"decision:{decision.pk}:appeal").words
    with pytest.raises(Overtaken):
        judge_appeal(made, by=moderator("Third"), is_granted=True, reason="Yes.")
