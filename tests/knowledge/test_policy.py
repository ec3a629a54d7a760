"""Whether a solution still holds, and why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from harken.knowledge.policy import (
    Reason,
    State,
    Told,
    Why,
    freshness,
    newest_beyond,
    versions_in,
    worth,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def ago(**of: float) -> datetime:
    return NOW - timedelta(**of)


def no(who: str, days: float = 1, version: str = "") -> Told:
    return Told(who, worked=False, at=ago(days=days), version=version)


def yes(who: str, days: float = 1, version: str = "") -> Told:
    return Told(who, worked=True, at=ago(days=days), version=version)


def judged(*told: Told, **more):
    return freshness(**{"chosen_at": ago(days=90), "told": told, "now": NOW, **more})


def test_what_was_chosen_holds_until_something_speaks_against_it():
    found = judged(yes("a", 50, "2.1"), yes("b", 9, "2.2"), no("c", 60))
    assert (found.state, found.reasons, found.confirmed) == (State.FRESH, (), 2)
    assert (found.first_confirmed_at, found.last_confirmed_at) == (ago(days=90), ago(days=9))
    assert found.versions == ("2.1", "2.2")


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ([no("a")], State.DOUBTED),
        ([no("a"), no("b")], State.STALE),
        ([no("a", 70), no("b", 70)], State.DOUBTED),  # 0.45 each
        ([no("a", 89), no("b", 89), no("c", 89), no("d", 89), no("e", 89)], State.STALE),
        ([no("a", 5), no("b", 4), yes("c", 3)], State.FRESH),  # it works again
        ([no("a", 5), yes("c", 3), no("b", 2)], State.DOUBTED),
    ],
)
def test_several_people_lately_make_it_stale_and_one_alone_never_does(told, state):
    assert judged(*told).state == state


def test_one_person_who_says_it_often_is_one_person():
    assert judged(*(no("a", days) for days in range(1, 9))).state == State.DOUBTED


def test_doubt_fades_with_time_and_ends_with_a_look_by_the_company():
    assert judged(no("a", 80), chosen_at=ago(days=85)).state == State.FRESH
    assert judged(no("a", 5), no("b", 4), looked_at=ago(days=3)).state == State.FRESH


def test_the_reasons_are_told_with_their_figures():
    found = judged(yes("x", 20, "2.1"), no("a", 3), no("b", 2, "Wallet 3.0"), edited_at=ago(days=1))
    assert found.state == State.STALE
    assert found.reasons == (
        Reason(Why.FAILED, 2, since=ago(days=3)),
        Reason(Why.VERSION, version="3.0", known="2.1"),
        Reason(Why.EDITED, since=ago(days=1)),
    )


@pytest.mark.parametrize(
    ("days", "state"), [(364, State.FRESH), (366, State.DOUBTED), (729, State.DOUBTED), (731, State.STALE)]
)
def test_what_nobody_confirmed_for_long_is_doubted_then_stale(days, state):
    found = judged(chosen_at=ago(days=days))
    assert found.state == state
    assert [reason.why for reason in found.reasons] == ([] if state == State.FRESH else [Why.AGE])


def test_an_edit_that_somebody_tried_since_is_no_reason():
    assert judged(edited_at=ago(days=5)).state == State.DOUBTED
    assert judged(yes("a", 2), edited_at=ago(days=5)).state == State.FRESH


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("with iOS 17.4.1", [("ios", (17, 4, 1), "17.4.1")]),
        ("version 2.10 and v3.0", [("", (2, 10), "2.10"), ("", (3, 0), "3.0")]),
        (
            "Android 14.1, Firmware 1.2.3.4",
            [("android", (14, 1), "14.1"), ("firmware", (1, 2, 3, 4), "1.2.3.4")],
        ),
        ("on 24.12.2025 I paid 1.299,00", []),
        ("no version here, 17 bags", []),
    ],
)
def test_versions_are_read_and_dates_and_amounts_are_none(text, found):
    assert versions_in(text) == found


@pytest.mark.parametrize(
    ("known", "spoken", "found"),
    [
        (["iOS 17.4"], ["since iOS 17.5 it hangs"], ("17.5", "17.4")),
        (["iOS 17.4"], ["with iOS 17.4 too"], None),
        (["iOS 17.4"], ["Android 19.1 here"], None),
        (["2.9"], ["2.10"], ("2.10", "2.9")),
        (["2.1"], ["2.1.0"], None),
        ([], ["3.0"], None),
        (["2.1", "3.0"], ["2.5"], None),
    ],
)
def test_a_version_beyond_all_that_it_worked_with(known, spoken, found):
    assert newest_beyond(known, spoken) == found


def test_what_helped_where_it_was_sent_comes_first_and_what_is_stale_is_worth_nothing():
    def of(state: str = "fresh", sent: int = 0, solved: int = 0, same: bool = True) -> float:
        return worth(0.5, state, sent=sent, solved=solved, is_same_language=same)

    assert of(sent=12, solved=9) > of(sent=2, solved=2) > of() > of(sent=12, solved=1)
    assert of("doubted") < of()
    assert of(same=False) < of()
    assert of("stale") == of("withdrawn") == 0
