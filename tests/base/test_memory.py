"""The collector passes by what was loaded, and still finds the cycles made afterwards."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from harken.base import memory


@pytest.fixture
def collector() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


class Ring:
    def __init__(self) -> None:
        self.self = self


@pytest.mark.usefixtures("collector")
def test_what_is_loaded_stays_and_is_not_looked_through_again() -> None:
    gc.collect()  # what other tests left behind is garbage, and settling clears it away first
    loaded = len(gc.get_objects())
    memory.settle()
    assert gc.get_freeze_count() >= loaded * 0.9
    assert len(gc.get_objects()) < loaded * 0.1


@pytest.mark.usefixtures("collector")
def test_cycles_made_afterwards_are_freed_without_being_asked() -> None:
    memory.settle()
    ring = weakref.ref(Ring())
    kept = [[] for _ in range(memory.YOUNG * 12)]  # type: ignore[var-annotated]
    assert kept
    assert ring() is None
