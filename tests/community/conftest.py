"""What several tests of the community stand on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import now

from harken.community.actions.keeping_rules import first_rules


@pytest.fixture
def rules():
    """The first house rules, in force for a month."""
    return first_rules(by=None, at=now() - timedelta(days=30))
