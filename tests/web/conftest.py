"""A small company for the tests of the pages: teams that don't see each other, and something to look at."""

from __future__ import annotations

import pytest

from harken.web.desk.surroundings import forget_surroundings
from tests.web.cast import Cast, make_cast


@pytest.fixture(autouse=True)
def _no_surroundings():
    """What a process remembers of an agent's desk must not leak into the next test."""
    forget_surroundings()
    yield
    forget_surroundings()


@pytest.fixture
def quick_passwords(settings):
    """Passwords are hashed in no time; for tests that are not about hashing."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def cast(db: object, quick_passwords: None) -> Cast:
    """The cast in the database of this test."""
    return make_cast()
