"""Take the pictures in docs/screenshots from a running demo: python tools/screenshots.py ADDRESS EMAIL PASSWORD.

Start one with `make run` first; the picture shows what is there.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

OUT = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]
PAGES = {
    "reports": "/reports/first-answer/",
    "ledger": "/ledger/",
    "channels": "/setup/channels/",
    "connect": "/setup/channels/connect/?kind=email",
    "promises": "/setup/promises/",
    "search": "/desk/search/?q=suitcase",
    "community": "/community/",
    "topic": "/community/search/?q=cello+cabin",
}
SIZES = {"": (1440, 900), "-phone": (390, 844)}


def take(page: Page, name: str, *, is_whole: bool = False) -> None:
    """One picture; whole pages are cut at what a reader scrolls through."""
    page.wait_for_timeout(900)
    page.screenshot(path=OUT / f"{name}.jpg", type="jpeg", quality=72, full_page=is_whole)
    print(name)


def tour(browser: Browser, address: str, email: str, password: str, look: str) -> None:
    """Every page in one look, wide and on a phone."""
    for ending, (width, height) in SIZES.items():
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=look)
        page = context.new_page()
        page.goto(address + "/sign-in/")
        if look == "light":
            take(page, f"sign-in{ending}-{look}")
        page.fill("input[name=username]", email)
        page.fill("input[name=password]", password)
        page.keyboard.press("Enter")
        page.wait_for_url("**/desk/**")
        take(page, f"list{ending}-{look}")
        page.locator("li.row a").filter(has_text="Carvalhal").first.click()
        page.locator("#composer").wait_for()
        take(page, f"desk{ending}-{look}")
        for name, path in PAGES.items():
            page.goto(address + path)
            if name == "topic":
                page.locator(".row-title a").first.click()
                page.locator(".solved-band").first.wait_for()
            take(page, f"{name}{ending}-{look}", is_whole=name in ("reports", "ledger") and not ending)
        context.close()


def main() -> None:
    """Both looks."""
    address, email, password = sys.argv[1:4]
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        for look in ("light", "dark"):
            tour(browser, address, email, password, look)
        browser.close()


if __name__ == "__main__":
    main()
