"""What every test stands on; its home and settings are made in tests/home.py, before Django reads them."""

import hypothesis
import pytest

pytest_plugins = ["tests.peers.plugin"]

# how long one example takes says more about the machine than about the code
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """Short memories of a process (doors, promises) must not leak from one test into the next."""
    from harken.channels import doors
    from harken.clocks import promises
    from harken.community.queries import routing, suggesting
    from harken.web.portal.acting import mail

    doors.forget_doors()
    suggesting.forget_suggestions()
    mail.forget_mailbox()
    routing.forget_routing()
    promises.forget_promises()
