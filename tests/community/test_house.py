"""The house: what waits, reports, decisions, appeals, rules and votes; what each changes, and who may."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import now

from harken.base.models import Event
from harken.community.actions.appealing import appeal, judge_appeal
from harken.community.actions.changing import NotAllowed, NotUnderstood, Overtaken, TooMuch
from harken.community.actions.deciding import decide, decide_alike
from harken.community.actions.editing import edit_post, remove_post, restore_post, set_open
from harken.community.actions.flagging import flag_member, flag_post
from harken.community.actions.holding import Written
from harken.community.actions.keeping_rules import (
    announce_rules,
    call_vote,
    cast_ballot,
    draft_rules,
    first_rules,
    may_vote,
)
from harken.community.actions.undoing import reverse_decision, undo_decision
from harken.community.actions.writing import open_topic, write_answer, write_comment
from harken.community.keeping_house import keep_house
from harken.community.models import Ballot, Case, Flag, House, Member, Notice, Post, Rules, Topic, Vote
from harken.community.permissions import posts_visible_to, topics_visible_to
from harken.community.queries.ruling import current_rules
from tests.community.test_writing import found_posts
from tests.factories import ask, make_agent, make_member, make_space

pytestmark = pytest.mark.django_db

AD = "Hey guys, check out my channel and subscribe to me http://a.example.com"
LONG_AGO = now() - timedelta(days=400)


@pytest.fixture(autouse=True)
def rules():
    return first_rules(by=None, at=now() - timedelta(days=30))


def moderator(name: str = "Tomasz Zielinski") -> Member:
    return make_member(name, powers=["moderate"], joined_at=LONG_AGO)


def settled(name: str) -> Member:
    """Here for long, and has written something: counted among those who may hide and vote."""
    member = make_member(name, joined_at=LONG_AGO)
    write_answer(ask(by=make_member("Somebody")), by=member, text="I was here.", at=LONG_AGO)
    return member


def waiting_ad(author: Member | None = None) -> tuple[Post, Case]:
    make_member("Setup")  # sets the house up
    House.objects.update(strictness="normal")
    topic = ask(
        by=make_member("Noor Haddad", joined_at=LONG_AGO), text="Bergen to Porto by air, with a child"
    )
    post = write_answer(topic, by=author or make_member("Ad Vert"), text=AD)
    return post, Case.objects.get(post=post)


def kinds(since: int = 0) -> list[str]:
    return list(Event.objects.filter(pk__gt=since).order_by("pk").values_list("kind", flat=True))


# ---- what waits ------------------------------------------------------------------------------------------


def test_an_advertisement_waits_unseen_unheard_and_is_told_of_when_it_is_kept():
    post, case = waiting_ad()
    assert post.state == "held"
    assert found_posts("channel") == set()
    assert list(posts_visible_to(make_member("Reader")).filter(pk=post.pk)) == []
    assert posts_visible_to(post.author).filter(pk=post.pk).exists()
    assert "PostWritten" not in kinds()
    assert not Notice.objects.filter(post=post).exists()
    assert {code for code, _points in case.reasons} >= {"links", "asks_to_click"}
    topic = Topic.objects.get(pk=post.topic_id)
    assert (topic.answers, topic.answered_at) == (0, None)
    decide(case, by=moderator(), act="keep", rule=4, reason="A link to their own lessons is welcome.")
    post.refresh_from_db()
    topic.refresh_from_db()
    assert (post.state, topic.answers) == ("shown", 1)
    assert found_posts("channel") == {post.pk}
    assert kinds().count("PostWritten") == 1
    assert Notice.objects.filter(post=post, kind="answered", member=topic.author).count() == 1
    assert "shown now" in Notice.objects.get(member=post.author, kind="decided").words


def test_a_question_that_waits_has_no_clock_and_stands_in_no_list_until_it_is_kept():
    make_space()
    House.objects.create(strictness="strict")
    noor = make_member("Noor Haddad")
    topic = ask(by=noor)
    assert (topic.state, topic.is_shown, topic.due_at) == ("held", False, None)
    assert not topics_visible_to(make_member("Reader")).filter(pk=topic.pk).exists()
    assert topics_visible_to(noor).filter(pk=topic.pk).exists()
    decide(Case.objects.get(), by=moderator(), act="keep", rule=1, reason="Fine.")
    topic.refresh_from_db()
    assert (topic.state, topic.is_shown) == ("open", True)
    assert topic.due_at is not None
    assert kinds().count("TopicOpened") == 1


def test_what_waits_and_is_edited_goes_on_waiting_and_what_becomes_an_advertisement_waits():
    post, _case = waiting_ad()
    edit_post(post, by=post.author, text="Sorry. Buy it a seat.")
    post.refresh_from_db()
    assert post.state == "held"
    other = write_answer(post.topic, by=make_member("New One"), text="Buy it a seat.")
    assert other.state == "shown"
    edit_post(other, by=other.author, text=AD + " now")
    other.refresh_from_db()
    assert (other.state, Case.objects.filter(post=other, decided_at=None).count()) == ("held", 1)


def test_limits_are_told_with_the_time_and_staff_have_none_of_a_newcomer():
    make_member("Setup")
    House.objects.update(strictness="lenient")
    noor, topic = make_member("Noor Haddad"), ask(by=make_member("Asker", joined_at=LONG_AGO))
    for number in range(15):
        write_comment(
            topic.said.get(kind="opening"),
            by=noor,
            text=f"Number {number} of {number * 7}: thing {'x' * number}",
        )
    with pytest.raises(TooMuch, match="60 min"):
        write_answer(topic, by=noor, text="One more")
    with pytest.raises(TooMuch, match="6 links"):
        write_answer(
            topic, by=make_member("Linker"), text=" ".join(f"http://a{n}.example.com/" for n in range(6))
        )
    staff = make_member(agent=make_agent())
    assert write_answer(topic, by=staff, text=AD).state == "shown"


# ---- reports ---------------------------------------------------------------------------------------------


def test_a_report_is_once_a_person_never_for_ones_own_and_names_a_rule():
    post = write_answer(ask(), by=make_member("Piet Kuyper"), text="I sell cases.")
    ines = make_member("Ines Rautio")
    first = flag_post(post, by=ines, rule=4, words="sells")
    assert flag_post(post, by=ines, rule=1).pk == first.pk
    with pytest.raises(NotAllowed):
        flag_post(post, by=post.author, rule=4)
    with pytest.raises(NotUnderstood):
        flag_post(post, by=make_member("Other"), rule=99)
    about = flag_member(post.author, by=ines, rule=1)
    assert about.case.post is None
    assert Case.objects.filter(decided_at=None).count() == 2
    assert Event.objects.filter(kind="CaseFlagged").exclude(actor_id=None).count() == 0


def test_three_settled_members_hide_a_post_until_a_look_and_newcomers_never_do():
    post = write_answer(ask(), by=make_member("Piet Kuyper"), text="I sell padded cases.")
    for number in range(6):
        flag_post(post, by=make_member(f"New {number}"), rule=4)
    post.refresh_from_db()
    assert post.state == "shown"
    for number in range(3):
        flag_post(post, by=settled(f"Old {number}"), rule=4)
    post.refresh_from_db()
    assert post.state == "held"
    assert found_posts("padded") == set()
    assert kinds()[-2:] == ["CaseFlagged", "PostRemoved"]
    case = Case.objects.get(post=post)
    decide(case, by=moderator(), act="keep", rule=4, reason="A shop was asked for.")
    post.refresh_from_db()
    assert post.state == "shown"
    assert set(case.flags.values_list("outcome", flat=True)) == {"dismissed"}
    assert kinds().count("PostWritten") == 4  # the settled ones' own and this one's, which is not told anew


def test_a_flood_of_reports_by_one_ends():
    topic, ines = ask(), make_member("Ines Rautio")
    posts = [write_answer(topic, by=make_member(f"M{n}"), text=f"Words {n}") for n in range(21)]
    for post in posts[:20]:
        flag_post(post, by=ines, rule=1)
    with pytest.raises(TooMuch):
        flag_post(posts[20], by=ines, rule=1)


# ---- decisions -------------------------------------------------------------------------------------------


def reported(author: Member | None = None, **how) -> tuple[Post, Case]:
    post = write_answer(
        ask(), by=author or make_member("Piet Kuyper"), text="I sell padded cases, ten off.", **how
    )
    return post, flag_post(post, by=make_member("Ines Rautio"), rule=4).case


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


# ---- appeals ---------------------------------------------------------------------------------------------


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


# ---- rules and votes -------------------------------------------------------------------------------------


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


def test_a_topic_opened_with_a_field_that_nobody_sees_waits():
    make_member("Setup")
    House.objects.update(strictness="normal")
    topic = open_topic(
        make_space(),
        by=make_member("Machine"),
        title="Hello",
        text="A plain question",
        how=Written(is_trapped=True),
    )
    assert topic.state == "held"
