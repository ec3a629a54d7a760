"""A community to read: nothing a process remembers of one test may show in the next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harken.web.knowing import forget_news
from harken.web.portal.around import forget_around


@pytest.fixture(autouse=True)
def _nothing_around() -> Iterator[None]:
    forget_around()
    forget_news()
    yield
    forget_around()
    forget_news()
