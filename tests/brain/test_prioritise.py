"""Priority is the published sum, explains itself, ignores fame, and stays in order as time passes."""

import inspect
import math
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harken.brain.prioritise import (
    TOP_LANE,
    Priority,
    next_change_at,
    prioritise,
)

LEVELS = ("critical", "high", "normal", "low")
CHANCE = st.floats(0, 1)
URGENCY = st.one_of(
    st.sampled_from(LEVELS), st.tuples(CHANCE, CHANCE, CHANCE, CHANCE).filter(lambda c: sum(c) > 1e-6)
)
MINUTES = st.floats(0, 100_000)
TARGET = st.floats(1, 10_000)
REST = {
    "churn": st.sampled_from([0, 1, 2]),
    "is_repeat": st.booleans(),
    "reach": st.one_of(st.just(0), st.floats(0.01, 1e9)),
    "typical_reach": st.floats(0, 1e6),
    "is_in_incident": st.booleans(),
}
ANY = st.fixed_dictionaries({"urgency": URGENCY, "waited": MINUTES, "target": TARGET, **REST})


def made(given_: dict[str, Any], **changed: Any) -> Priority:
    """`prioritise` with its arguments in one dictionary."""
    arguments = {**given_, **changed}
    return prioritise(arguments.pop("urgency"), **arguments)


def formula(
    urgency: Any,
    waited: float,
    target: float,
    churn: int,
    is_repeat: bool,
    reach: float,
    typical_reach: float,
    is_in_incident: bool,
) -> float:
    """The formula as it is published, written once more without looking at the code."""
    w = {"critical": 10, "high": 10, "normal": 3, "low": 1}
    weight = (
        w[urgency]
        if isinstance(urgency, str)
        else sum(chance * w[level] for chance, level in zip(urgency, LEVELS, strict=True)) / sum(urgency)
    )
    x = waited / target
    return 10 * (
        math.log(weight)
        + 2.5 * min(x, 1) ** 2
        + 0.5 * min(max(x - 1, 0), 2)
        + 0.6 * churn
        + 0.5 * is_repeat
        + min(0.4 * min(math.log10(1 + reach / max(typical_reach, 1)), 2), 0.8)
        + 0.8 * is_in_incident
    )


@given(ANY)
def test_points_are_the_formula(case: dict[str, Any]) -> None:
    assert made(case).points == pytest.approx(formula(**case), abs=1e-5)


@given(ANY, st.randoms())
def test_parts_sum_exactly_in_any_order(case: dict[str, Any], rng: random.Random) -> None:
    priority = made(case)
    points = [part.points for part in priority.parts]
    rng.shuffle(points)
    assert sum(points) == priority.points
    assert len({part.name for part in priority.parts}) == len(priority.parts)


@given(ANY)
def test_what_the_page_shows_adds_up_too(case: dict[str, Any]) -> None:
    priority = made(case)
    assert sum(points for _, points in priority.shown) == priority.rank % TOP_LANE
    for (name, shown), part in zip(priority.shown, priority.parts, strict=True):
        assert name == part.name
        assert abs(shown - part.points) < 1


@pytest.mark.parametrize(
    ("arguments", "points", "shown"),
    [
        ({"urgency": "normal"}, 10.986, {"urgency": 11}),
        ({"urgency": "low"}, 0.0, {"urgency": 0}),
        ({"urgency": "critical"}, 23.026, {"urgency": 23}),
        ({"urgency": "high"}, 23.026, {"urgency": 23}),
        (
            {"urgency": "normal", "waited": 46.8, "target": 60, "is_repeat": True},
            31.196,
            {"urgency": 11, "waiting": 15, "repeat": 5},
        ),
        ({"urgency": "low", "waited": 60, "target": 60}, 25.0, {"urgency": 0, "waiting": 25}),
        ({"urgency": "low", "waited": 120, "target": 60}, 30.0, {"urgency": 0, "waiting": 25, "overdue": 5}),
        ({"urgency": "low", "waited": 600, "target": 60}, 35.0, {"urgency": 0, "waiting": 25, "overdue": 10}),
        ({"urgency": "low", "churn": 1}, 6.0, {"urgency": 0, "churn": 6}),
        ({"urgency": "low", "churn": 2}, 12.0, {"urgency": 0, "churn": 12}),
        ({"urgency": "low", "reach": 90, "typical_reach": 10}, 4.0, {"urgency": 0, "reach": 4}),
        ({"urgency": "low", "reach": 990, "typical_reach": 10}, 8.0, {"urgency": 0, "reach": 8}),
        ({"urgency": "low", "reach": 1e8, "typical_reach": 10}, 8.0, {"urgency": 0, "reach": 8}),
        ({"urgency": "low", "is_in_incident": True}, 8.0, {"urgency": 0, "incident": 8}),
        ({"urgency": (0.5, 0.5, 0.0, 0.0)}, 23.026, {"urgency": 23}),
        ({"urgency": (0.0, 0.2, 0.8, 0.0)}, 10 * math.log(4.4), {"urgency": 15}),
        ({"urgency": "normal", "waited": 46.8}, 10.986, {"urgency": 11}),
    ],
)
def test_worked_examples(arguments: dict[str, Any], points: float, shown: dict[str, int]) -> None:
    priority = made(arguments)
    assert priority.points == pytest.approx(points, abs=1e-3)
    assert dict(priority.shown) == shown


@pytest.mark.parametrize(
    ("waited", "lane"), [(0, "queue"), (60, "queue"), (179.9, "queue"), (180, "top"), (5000, "top")]
)
def test_three_times_the_clock_goes_to_the_top_lane(waited: float, lane: str) -> None:
    late = prioritise("low", waited=waited, target=60)
    assert late.lane == lane
    everything = prioritise(
        "critical", waited=100, target=60, churn=2, is_repeat=True, reach=1e6, is_in_incident=True
    )
    assert (late.rank > everything.rank) is (lane == "top")


def test_an_incident_is_answered_in_the_batch_lane_unless_overdue() -> None:
    assert prioritise("normal", is_in_incident=True).lane == "batch"
    assert prioritise("normal", waited=300, target=60, is_in_incident=True).lane == "top"


def test_nothing_about_the_person_can_be_said() -> None:
    """The whole list of what priority may know. To add to it, think about who would wait longer for it."""
    assert list(inspect.signature(prioritise).parameters) == [
        "urgency",
        "waited",
        "target",
        "churn",
        "is_repeat",
        "reach",
        "typical_reach",
        "is_in_incident",
    ]
    assert not any(
        kind in (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
        for kind in (parameter.kind for parameter in inspect.signature(prioritise).parameters.values())
    )


@given(ANY, MINUTES)
def test_waiting_longer_never_moves_down(case: dict[str, Any], more: float) -> None:
    assert made(case, waited=case["waited"] + more).rank >= made(case).rank


@given(ANY)
def test_the_rank_changes_at_changes_at_and_not_before(case: dict[str, Any]) -> None:
    assume(case["waited"] / case["target"] < 4)
    priority = made(case)
    if priority.changes_at is None:
        assert made(case, waited=case["waited"] * 100 + 1e7).rank == priority.rank
        return
    assert priority.changes_at >= case["waited"] - 1e-6
    assert made(case, waited=priority.changes_at + 1e-6 * case["target"]).rank > priority.rank
    just_before = priority.changes_at - 1e-4 * case["target"]
    if just_before > case["waited"]:
        assert made(case, waited=just_before).rank == priority.rank


@given(ANY)
def test_a_sweep_at_changes_at_always_gets_ahead(case: dict[str, Any]) -> None:
    """A row whose time has come is not due again at the same moment, and comes up some 36 times at most."""
    waited, visits = 0.0, 0
    while (priority := made(case, waited=waited)).changes_at is not None:
        assert priority.changes_at > waited
        waited, visits = priority.changes_at, visits + 1
        assert visits <= 40
    assert priority.lane == "top"


def test_a_stored_order_kept_by_the_sweep_is_the_fresh_order() -> None:
    rng = random.Random(20)
    now = datetime(2024, 3, 1, 9, tzinfo=UTC)

    def fresh(row: dict[str, Any], at: datetime) -> Priority:
        waited = (at - row["since"]).total_seconds() / 60
        return prioritise(row["urgency"], waited=waited, target=row["target"], churn=row["churn"])

    rows: list[dict[str, Any]] = [
        {
            "id": number,
            "urgency": rng.choice(LEVELS),
            "target": rng.choice([15.0, 60.0, 480.0]),
            "churn": rng.choice([0, 0, 1, 2]),
            "since": now - timedelta(minutes=rng.uniform(0, 200)),
        }
        for number in range(200)
    ]
    for row in rows:
        priority = fresh(row, now)
        row["rank"], row["due"] = priority.rank, next_change_at(priority, now=now)
    refreshed = 0
    for _ in range(240):  # two hours of a sweep every 30 seconds
        now += timedelta(seconds=30)
        for row in rows:
            if row["due"] is not None and row["due"] <= now:
                refreshed += 1
                priority = fresh(row, now)
                row["rank"], row["due"] = priority.rank, next_change_at(priority, now=now)
        stored = sorted(rows, key=lambda row: (-row["rank"], row["since"]))
        right = sorted(rows, key=lambda row: (-fresh(row, now).rank, row["since"]))
        assert [row["id"] for row in stored] == [row["id"] for row in right]
    assert 0 < refreshed < 200 * 40  # not 200 rows in each of 240 sweeps


def test_next_change_counts_with_the_calendar_it_is_given() -> None:
    priority = prioritise("normal", waited=10, target=60)
    now = datetime(2024, 3, 1, 17, tzinfo=UTC)
    assert priority.changes_at is not None
    plain = next_change_at(priority, now=now)
    assert plain == now + timedelta(minutes=priority.changes_at - 10)
    assert next_change_at(
        priority, now=now, add_minutes=lambda at, minutes: at + timedelta(days=1)
    ) == now + timedelta(days=1)
    assert next_change_at(prioritise("normal"), now=now) is None
    assert next_change_at(prioritise("normal", waited=999, target=60), now=now) is None


@given(ANY)
def test_moves_tell_the_truth(case: dict[str, Any]) -> None:
    priority = made(case)
    moves = {move.cause: move for move in priority.moves}
    sizes = [abs(move.points) for move in priority.moves]
    assert sizes == sorted(sizes, reverse=True)
    assert all((move.points > 0) == (move.direction == "up") for move in moves.values() if move.points)
    changed = {
        "urgency_high": {"urgency": "high"},
        "urgency_low": {"urgency": "low"},
        "answered": {"waited": None},
        "clock_used_up": {"waited": case["target"]},
        "churn_none": {"churn": 0},
        "churn_higher": {"churn": case["churn"] + 1},
        "repeat": {"is_repeat": True},
        "repeat_none": {"is_repeat": False},
        "reach_none": {"reach": 0},
        "incident": {"is_in_incident": True},
        "incident_closed": {"is_in_incident": False},
    }
    for cause, move in moves.items():
        if cause == "top_lane":
            assert move.in_minutes is not None
            assert made(case, waited=case["waited"] + move.in_minutes * 1.000001 + 1e-6).lane == "top"
            continue
        after = made(case, **changed[cause])
        assert after.points - priority.points == pytest.approx(move.points, abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"urgency": "urgent"}, "critical, high, normal, low"),
        ({"urgency": (0, 0, 0, 0)}, "four chances"),
        ({"urgency": (1, -1, 1, 1)}, "four chances"),
        ({"urgency": (math.nan, 0, 0, 1)}, "four chances"),
        ({"urgency": "low", "waited": 1, "target": 0}, "target > 0"),
        ({"urgency": "low", "waited": -1, "target": 5}, "waited >= 0"),
        ({"urgency": "low", "waited": math.inf, "target": 5}, "waited >= 0"),
        ({"urgency": "low", "churn": 3}, "churn"),
        ({"urgency": "low", "reach": -5}, "reach"),
        ({"urgency": "low", "reach": math.nan}, "reach"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made(arguments)
