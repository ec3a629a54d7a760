"""Decisions: what each changes, who may take it, who is told, and how it is taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import now

from harken.community.actions.appealing import appeal
from harken.community.actions.changing import NotAllowed, NotUnderstood, Overtaken
from harken.community.actions.deciding import decide, decide_alike
from harken.community.actions.editing import remove_post, restore_post, set_open
from harken.community.actions.flagging import flag_post
from harken.community.actions.undoing import reverse_decision, undo_decision
from harken.community.actions.writing import write_answer
from harken.community.keeping_house import keep_house
from harken.community.models import Flag, Member, Notice, Post
from harken.community.permissions import topics_visible_to
from tests.community.house_cast import kinds, moderator, reported, waiting_ad
from tests.community.test_writing import found_posts
from tests.factories import ask, make_agent, make_member, make_space

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]


def test_removing_takes_it_out_everywhere_tells_both_and_its_author_cannot_put_it_back():
    post, case = reported()
    by = moderator()
    decision = decide(case, by=by, act="remove", rule=4, reason="An offer.")
    post.refresh_from_db()
    assert (post.state, found_posts("padded")) == ("removed", set())
    assert (decision.rule_title, decision.by_staff, decision.on_company) == ("No selling", False, False)
    assert [kind for kind in kinds() if kind != "NoticesChanged"][-2:] == ["PostRemoved", "DecisionMade"]
    told = {n.member.name: n for n in Notice.objects.filter(kind="decided").select_related("member")}
    assert set(told) == {"Piet Kuyper", "Ines Rautio"}
    assert "rule 4, No selling" in told["Piet Kuyper"].words
    assert "appeal" in told["Piet Kuyper"].words
    with pytest.raises(NotAllowed, match="appeal"):
        restore_post(post, by=post.author)
    assert case.flags.get().outcome == Flag.Outcome.UPHELD


def test_who_takes_something_away_themselves_puts_it_back_themselves():
    post = write_answer(ask(), by=make_member("Piet Kuyper"), text="Nothing to see.")
    remove_post(post, by=post.author)
    assert restore_post(post, by=post.author)


@pytest.mark.parametrize("who", ["author", "reporter", "member", "suspended"])
def test_who_may_not_decide(who):
    post, case = reported(make_member("Piet Kuyper", powers=["moderate"]))
    by = {
        "author": post.author,
        "reporter": case.flags.get().member,
        "member": make_member("Plain"),
        "suspended": make_member("Banned", powers=["moderate"], state="suspended"),
    }[who]
    Member.objects.filter(pk=by.pk).update(powers=[] if who == "member" else ["moderate"])
    by = Member.objects.get(pk=by.pk)
    with pytest.raises(NotAllowed):
        decide(case, by=by, act="remove", rule=4, reason="An offer.")
    post.refresh_from_db()
    assert post.state == "shown"


def test_the_companys_posts_are_judged_by_members_first():
    delphine, staff = make_agent("Delphine Marsh", role="agent"), make_agent("Ada Kofoed", role="lead")
    _post, case = reported(make_member(agent=delphine), as_brand=True)
    other = make_member(agent=staff)
    tomasz = moderator()
    with pytest.raises(NotAllowed, match="member moderators"):
        decide(case, by=other, act="keep", rule=4, reason="Fine.")
    decision = decide(case, by=tomasz, act="remove", rule=4, reason="It binds the company too.")
    assert (decision.on_company, decision.by_staff) == (True, False)
    with pytest.raises(NotAllowed, match="member moderators"):
        reverse_decision(decision, by=other, reason="We like it.")
    Member.objects.filter(pk=tomasz.pk).update(powers=[])
    reverse_decision(decision, by=other, reason="Nobody else is there to judge.")


def test_two_at_once_the_second_is_told_who_was_faster():
    _post, case = reported()
    decide(case, by=moderator("Wanjiru"), act="keep", rule=4, reason="Fine.")
    with pytest.raises(Overtaken, match="Wanjiru decided this meanwhile: kept"):
        decide(case, by=moderator("Sunniva"), act="remove", rule=4, reason="An offer.")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("", "reason"),
        ("Piet Kuyper sells", "name"),
        ("It said: I sell padded cases, ten off, here", "repeat"),
    ],
)
def test_a_reason_is_needed_and_tells_not_too_much(reason, said):
    _post, case = reported()
    Post.objects.filter(pk=case.post_id).update(text="Look: I sell padded cases, ten off, here and now.")
    case.refresh_from_db()
    with pytest.raises(NotUnderstood, match=said):
        decide(case, by=moderator(), act="remove", rule=4, reason=reason)


def test_within_ten_seconds_a_slip_is_undone_and_the_case_waits_again():
    post, case = reported()
    by = moderator()
    decision = decide(case, by=by, act="remove", rule=4, reason="An offer.")
    with pytest.raises(NotAllowed):
        undo_decision(decision, by=moderator("Other"))
    undo_decision(decision, by=by)
    post.refresh_from_db()
    case.refresh_from_db()
    assert (post.state, case.decided_at, found_posts("padded")) == ("shown", None, {post.pk})
    assert not Notice.objects.filter(kind="decided").exists()
    assert case.flags.get().outcome == "open"
    with pytest.raises(Overtaken):
        undo_decision(decision, by=by)
    late = decide(case, by=by, act="remove", rule=4, reason="An offer.")
    with pytest.raises(Overtaken):
        undo_decision(late, by=by, at=now() + timedelta(seconds=30))


def test_topics_are_closed_locked_and_moved_and_back_again():
    post, case = reported()
    topic, by = post.topic, moderator()
    locked = decide(case, by=by, act="lock", rule=2, reason="Asked elsewhere.")
    topic.refresh_from_db()
    assert (topic.state, topic.is_locked) == ("closed", True)
    with pytest.raises(NotAllowed):
        set_open(topic, is_open=True, by=topic.author)
    reverse_decision(locked, by=by, reason="It was not.", at=now() + timedelta(hours=1))
    topic.refresh_from_db()
    assert (topic.state, topic.is_locked) == ("open", False)
    other = make_space("Refunds")
    case = flag_post(post, by=make_member("Sunniva"), rule=2).case
    moved = decide(case, by=by, act="move", rule=2, reason="It is about money.", space=other)
    topic.refresh_from_db()
    other.refresh_from_db()
    assert (topic.space, other.topic_count) == (other, 1)
    assert set(kinds()) >= {"SpaceChanged", "TopicTurned"}
    reverse_decision(moved, by=by, reason="It was right.", at=now() + timedelta(hours=1))
    topic.refresh_from_db()
    assert topic.space_id != other.pk


def test_who_is_suspended_reads_and_appeals_and_writes_again_when_it_is_over():
    post, case = reported()
    decision = decide(case, by=moderator(), act="suspend", rule=4, reason="Three times.", days=3)
    piet = Member.objects.get(pk=post.author_id)
    assert piet.state == "suspended"
    with pytest.raises(NotAllowed):
        write_answer(post.topic, by=piet, text="More")
    assert topics_visible_to(piet).filter(pk=post.topic_id).exists()
    appeal(decision, by=piet, words="It was my neighbour.")
    assert keep_house() == 0
    Member.objects.filter(pk=piet.pk).update(suspended_until=now() - timedelta(seconds=1))
    assert keep_house() == 1
    assert write_answer(post.topic, by=Member.objects.get(pk=piet.pk), text="More").state == "shown"


def test_the_companys_people_are_not_suspended_from_here():
    _post, case = reported(make_member(agent=make_agent("Delphine Marsh", role="agent")))
    with pytest.raises(NotAllowed):
        decide(case, by=moderator(), act="ban", rule=4, reason="Too much.")


def test_a_wave_is_decided_at_once_and_one_that_was_decided_meanwhile_stays():
    _post, first = waiting_ad()
    others = [waiting_ad(make_member(f"Ad {n}"))[1] for n in range(3)]
    by = moderator()
    decide(others[0], by=moderator("Faster"), act="keep", rule=4, reason="Fine.")
    made = decide_alike([first, *others], by=by, act="remove", rule=2, reason="The same text by many.")
    assert len(made) == 3
    assert made[0].count == 3
    assert Post.objects.filter(state="removed").count() == 3
    undo_decision(made[0], by=by)
    assert Post.objects.filter(state="removed").count() == 0
    assert Post.objects.filter(state="held").count() == 3
