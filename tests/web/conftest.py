"""A small company for the tests of the pages: teams that don't see each other, and something to look at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.web.cast import Cast, make_cast

if TYPE_CHECKING:
    from tests.web.browsing import Served


@pytest.fixture
def cast(db: object, quick_passwords: None) -> Cast:
    """The cast in the database of this test."""
    return make_cast()


@pytest.fixture
def desk(transactional_db: None, quick_passwords: None, chromium: object) -> Iterator[Served]:
    """The desk served as in production, with the cast; what a browser complains of fails the test."""
    from tests.web.browsing import served

    with served(chromium, make_cast()) as found:
        yield found
    assert found.complaints == []
