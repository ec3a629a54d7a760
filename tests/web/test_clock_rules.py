"""Who sets the promises can read by which rules their clocks run."""

import pytest
from django.utils.html import escape

from harken.clocks.policy import RULES
from tests.web.cast import client_of


@pytest.mark.django_db
def test_every_rule_stands_on_the_page_of_promises(cast):
    page = client_of(cast.admin).get("/setup/promises/").content.decode()
    assert [rule.name for rule in RULES if escape(rule.sentence) not in page] == []
