"""The house's decisions, pure: what reports weigh, who may decide, what a reason may say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from harken.community.judging import (
    Barrier,
    Reporter,
    barrier,
    differences,
    holds,
    is_accepted,
    may_vote,
    need,
    tells_too_much,
    weight_of,
)

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def reporter(number: int = 1, **of) -> Reporter:
    return Reporter(**{"member_id": number, "days": 100, "shown": 1, "upheld": 0, "dismissed": 0, **of})


def test_a_report_weighs_by_how_often_its_giver_was_right():
    assert weight_of(reporter()) == 0.5
    assert weight_of(reporter(upheld=8, dismissed=0)) == 0.9
    assert weight_of(reporter(upheld=0, dismissed=8)) == 0.1
    assert weight_of(reporter(days=2)) == 0.25
    assert weight_of(reporter(is_staff=True)) == 1


def test_only_several_trusted_people_hide_something_until_a_look():
    three = [reporter(n) for n in (1, 2, 3)]
    assert holds(three, author_helped=0)
    assert not holds(three, author_helped=10)
    assert holds([reporter(n) for n in range(5)], author_helped=10)
    assert not holds(three[:2], author_helped=0)
    assert not holds([reporter(1), reporter(1), reporter(1)], author_helped=0)  # one person thrice
    assert not holds([reporter(n, days=3) for n in range(50)], author_helped=0)  # a wave of new accounts
    assert not holds([reporter(n, dismissed=2, upheld=1) for n in range(50)], author_helped=0)
    assert not holds([reporter(1), reporter(2), reporter(3, is_staff=True)], author_helped=0)


def test_what_is_overdue_or_much_reported_comes_first():
    def of(weights, opened, is_held=False):
        return need(
            weights=weights, is_held=is_held, opened_at=AT - timedelta(hours=opened),
            due_at=AT - timedelta(hours=opened) + timedelta(hours=6), at=AT,
        )  # fmt: skip

    assert of([0.5], 5) > of([0.5], 1)
    assert of([1, 1, 1, 1], 1) > of([0.5], 3)
    assert of([], 1, is_held=True) > of([], 1)


def test_nobody_decides_about_themselves_what_they_reported_or_what_they_decided():
    free = {"member_id": 1, "is_staff": False, "about_id": 2, "is_about_company": False}
    assert barrier(**free) is None
    assert barrier(**free | {"about_id": 1}) is Barrier.OWN
    assert barrier(**free, reporter_ids=[3, 1]) is Barrier.REPORTED
    assert barrier(**free, decider_id=1) is Barrier.DECIDED


def test_the_companys_posts_are_for_member_moderators_while_there_is_one_who_could():
    staff = {"member_id": 1, "is_staff": True, "about_id": 2, "is_about_company": True}
    assert barrier(**staff, member_moderators=[7]) is Barrier.COMPANY
    assert barrier(**staff, member_moderators=[]) is None
    assert barrier(**staff, member_moderators=[7], reporter_ids=[7]) is None  # the one there is reported it
    assert barrier(**staff | {"is_staff": False}, member_moderators=[1, 7]) is None
    assert barrier(**staff | {"is_about_company": False}, member_moderators=[7]) is None


def test_who_may_vote_and_how_a_vote_ends():
    able = {"days": 30, "shown": 1, "is_staff": False, "is_active": True}
    assert may_vote(**able)
    for one in ({"days": 29}, {"shown": 0}, {"is_staff": True}, {"is_active": False}):
        assert not may_vote(**able | one)
    assert is_accepted(voted_for=2, voted_against=1)
    assert not is_accepted(voted_for=1, voted_against=1)
    assert not is_accepted(voted_for=0, voted_against=0)


def test_a_reason_for_the_public_log_repeats_neither_name_nor_words():
    text = "You are a liar and everybody at your desk knows it, Tom."
    assert tells_too_much("Piet Kuyper was rude", text=text, name="Piet Kuyper") == "name"
    assert (
        tells_too_much("Please take out: liar and everybody at your desk knows it", text=text, name="Piet")
        == "words"
    )
    assert tells_too_much("About the person, not the flight (rule 1).", text=text, name="Piet Kuyper") == ""
    assert tells_too_much("A pietist is fine", text=text, name="Piet") == ""


def test_versions_of_the_rules_are_compared_rule_by_rule():
    found = differences({1: "a", 2: "b", 3: "c"}, {1: "a", 2: "B", 4: "d"})
    assert [(one.number, one.what) for one in found] == [(1, "same"), (2, "changed"), (3, "gone"), (4, "new")]
