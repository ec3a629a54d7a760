"""What every test stands on; its home and settings are made in tests/home.py, before Django reads them."""

import gc
import os
from collections.abc import Generator
from datetime import UTC, datetime, timedelta

import hypothesis
import pytest

pytest_plugins = ["tests.peers.plugin"]

if os.environ.get("HARKEN_TEST_DATABASE_URL"):
    from tests.flushing import delete_rows

    delete_rows()

# how long one example takes says more about the machine than about the code
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """Short memories of a process (doors, promises, what is around a page) must not leak from one test into the next."""
    from harken.channels import doors
    from harken.clocks import promises
    from harken.community.queries import spreads, suggesting
    from harken.web import knowing
    from harken.web.desk import surroundings
    from harken.web.portal import around
    from harken.web.portal.acting import mail

    doors.forget_doors()
    suggesting.forget_suggestions()
    mail.forget_mailbox()
    spreads.forget_spreads()
    promises.forget_promises()
    surroundings.forget_surroundings()
    around.forget_around()
    knowing.forget_news()


@pytest.fixture
def quick_passwords(settings):
    """Passwords are hashed in no time; for tests that are not about hashing."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def rules():
    """The first house rules, in force for a month."""
    from harken.community.actions.keeping_rules import first_rules

    return first_rules(by=None, at=datetime.now(UTC) - timedelta(days=30))


@pytest.fixture
def network():
    """A network that records what it is told."""
    from harken.base.net import guard
    from harken.drills.network import RecordingNetwork

    running = RecordingNetwork()
    guard.configure(allow_private_hosts=f"127.0.0.1:{running.port}")
    yield running
    guard.configure()
    running.stop()


# Tests that mostly wait for something outside: begun first, they leave the processors to the others.
WAITING = (
    "tests/base/test_on_postgres",
    "tests/journeys/",
    "tests/machines/",
    "tests/drills/",
    "tests/peers/",
    "tests/connectors/",
)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """While all test modules are read nothing becomes unused: the collector would look through them hundreds of times,
    which is near to half of what reading them costs, in each worker."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker waits for real servers from the beginning while the others work."""
    items.sort(
        key=lambda item: next((n for n, w in enumerate(WAITING) if item.nodeid.startswith(w)), len(WAITING))
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: see above."""
    return (os.cpu_count() or 1) + 1
