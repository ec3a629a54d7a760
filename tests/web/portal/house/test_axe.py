"""What axe finds on the house's pages, by day and by night: nothing serious."""

from __future__ import annotations

import pytest

from tests.web.browsing import Served
from tests.web.faults import serious


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_of_the_house_has_a_serious_fault(desk: Served, theme):
    cast, faults = desk.cast, {}
    page = desk.page(cast.admin, color_scheme=theme, reduced_motion="reduce", bypass_csp=True)
    for address in (
        "/community/house/",
        "/community/rules/",
        "/community/rules/draft/",
        "/community/log/",
        f"/community/house/decisions/{cast.decision.pk}/",
        f"/community/posts/{cast.answer.pk}/flag/",
    ):
        page.goto(address)
        page.wait_for_timeout(150)
        if found := serious(page):
            faults[address] = found
    assert faults == {}
