"""A whole front, served."""

from collections.abc import Iterator

import pytest

from harken.web.front.app import build

from .places import Place, serving


@pytest.fixture
def place() -> Iterator[Place]:
    with serving(build()) as found:
        yield found
