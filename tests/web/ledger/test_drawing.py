"""The ledger's bars add up to their full width, and a single failed delivery can be seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.channels.ledger import FATES
from harken.web.ledger.drawing import LEAST, WIDTH, parts_of

counts = st.fixed_dictionaries({fate: st.integers(0, 10**7) for fate in FATES})


@given(counts)
def test_parts_fill_the_bar_in_order_and_none_that_is_there_vanishes(sums):
    parts = parts_of(sums)
    assert [part.fate for part in parts] == [fate for fate in FATES if sums[fate]]
    if parts:
        end = 0.0
        for part in parts:
            assert float(part.x) == pytest.approx(end, abs=0.4)
            assert float(part.width) >= min(LEAST, WIDTH / len(parts)) - 0.1
            end = float(part.x) + float(part.width)
        assert end == pytest.approx(WIDTH, abs=1)


def test_a_bar_is_to_scale():
    parts = {
        part.fate: float(part.width)
        for part in parts_of({**dict.fromkeys(FATES, 0), "shown": 600, "merged": 400})
    }
    assert parts == {"shown": 600.0, "merged": 400.0}
