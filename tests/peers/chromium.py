"""A real browser: Debian's Chromium, driven by Playwright. Nothing is downloaded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.peers.places import PROVIDE, find_command

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAME = "chromium"
COMMAND = f"{PROVIDE} chromium"

# Nothing but the page under test may talk to the network, and a container has neither a GPU nor a sandbox.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def available() -> str | None:
    """None when a browser can be started here, else why not."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "the Python package playwright is not installed (make dev)"
    return None if executable() else "chromium is not installed"


def executable() -> str | None:
    """The browser's path."""
    return find_command("chromium") or find_command("chromium-browser")


@contextmanager
def browser() -> Iterator[Browser]:
    """A running browser without a window; make a context per person who is to be signed in."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable(), args=list(ARGUMENTS))
        try:
            yield running
        finally:
            running.close()
