"""What every test stands on: a home of its own, and the peers that are really there."""

import os
import tempfile

# Before Django's settings are read: tests never touch the data of an install on this machine.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
os.environ["HARKEN_HOME"] = tempfile.mkdtemp(prefix=f"harken-test-{_worker}-")
os.environ["HARKEN_DEMO"] = "0"
for name in [n for n in os.environ if n.startswith("HARKEN_") and n not in {"HARKEN_HOME", "HARKEN_DEMO"}]:
    if not name.startswith(("HARKEN_TEST_", "HARKEN_REQUIRE_", "HARKEN_PEERS_")):
        del os.environ[name]
if os.environ.get("HARKEN_TEST_DATABASE_URL"):
    os.environ["HARKEN_DATABASE_URL"] = os.environ["HARKEN_TEST_DATABASE_URL"]

import pytest  # noqa: E402 - after the environment is set

pytest_plugins = ["tests.peers.plugin"]


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """Short memories of a process (doors, promises) must not leak from one test into the next."""
    from harken.channels import doors
    from harken.clocks import promises

    doors.forget_doors()
    promises.forget_promises()
    yield
