"""What axe has to say against a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # what passed is not described, node by node: that is most of the time on a long page, and nobody reads it
    "resultTypes": ["violations"],
}


def serious(page: Page) -> list[str]:
    """What is more than minor, each as a line with the element and why."""
    found = axe.Axe().run(page, options=OPTIONS)
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for one in found.response["violations"]
        if one["impact"] in ("moderate", "serious", "critical")
        for node in one["nodes"]
    ]
