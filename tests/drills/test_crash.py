"""Kill -9 at every point of intake, polling and sending: nothing lost, nothing double, nothing hidden."""

import pytest

from harken.drills.running import run_drill

pytestmark = pytest.mark.timeout(600)


def check(found: dict) -> None:
    assert found["problems"] == []
    assert {name: found[name] for name in ("lost", "stored_twice", "sent_twice", "stuck", "unbalanced", "corrupt", "unknown_hidden")} == {
        "lost": 0, "stored_twice": 0, "sent_twice": 0, "stuck": 0, "unbalanced": 0, "corrupt": 0, "unknown_hidden": 0,
    }  # fmt: skip


def test_every_point_on_sqlite():
    found = run_drill("points")
    check(found)
    assert found["points"] >= 60
    assert found["unknown"] >= 5


@pytest.mark.peer("postgres")
def test_every_point_on_postgres(postgres_url):
    found = run_drill("points", database="postgres", postgres=postgres_url)
    check(found)
    assert found["points"] >= 60
    assert found["unknown"] >= 5


@pytest.mark.parametrize("seed", [1, 2])
def test_random_moments(seed):
    found = run_drill("random", kills=25, seed=seed)
    check(found)
    assert found["kills"] >= 20
