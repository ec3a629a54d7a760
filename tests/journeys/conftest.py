"""A whole install in processes of its own, and a person at its desk in a real browser."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import homes
from tests.cli.running import Running, environment, run_harken, run_python
from tests.peers.customers import authorize

EMAIL, PASSWORD = "noor@larkspur.example", "a long enough password"
PATIENCE = 60_000  # ms; the machine may be busy


def email_fields(mail_server, address: str) -> dict[str, str]:  # type: ignore[no-untyped-def]  # of tests.peers
    """What is typed to connect a mailbox of the test's own mail server."""
    return {
        "name": "Care mail", "address": address, "imap_host": "127.0.0.1", "imap_port": str(mail_server.imap),
        "imap_security": "none", "smtp_host": "127.0.0.1", "smtp_port": str(mail_server.submission),
        "smtp_security": "none", "user": address, "password": mail_server.password,
    }  # fmt: skip


def mastodon_fields(server, brand) -> dict[str, str]:  # type: ignore[no-untyped-def]  # of tests.peers
    """What is typed to connect an account on a Mastodon-compatible server."""
    token = authorize(brand).access_token
    return {"name": "Help on the Fediverse", "server": server.url, "access_token": token}


def bluesky_fields(network, brand) -> dict[str, str]:  # type: ignore[no-untyped-def]  # of tests.peers
    """What is typed to connect an account on the test's own Bluesky network."""
    return {
        "name": "Larkspur on Bluesky", "host": network.pds, "identifier": brand.handle,
        "app_password": brand.app_password(),
    }  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Desk:
    """Noor at her desk: what she does, in the words of the page."""

    page: Page
    url: str

    def connect(self, kind: str, fields: dict[str, str]) -> None:
        """Connect a channel in the browser: fill the form, test, connect."""
        self.page.goto(f"{self.url}/setup/channels/connect/?kind={kind}")
        for name, value in fields.items():
            field = self.page.locator(
                f"form.form [name={name if name in ('name', 'purpose') else 's_' + name}]"
            )
            if field.evaluate("e => e.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        self.page.get_by_role("button", name="Test", exact=True).click()
        expect(self.page.get_by_role("button", name="Test again")).to_be_visible(timeout=PATIENCE)
        # secrets are not sent back to the browser in the clear; what was typed is carried along sealed
        self.page.get_by_role("button", name="Connect", exact=True).click()
        expect(self.page).not_to_have_url(re.compile("connect"), timeout=PATIENCE)

    def wait_for(self, words: str) -> None:
        """Stay on the desk, touching nothing, until a row with these words has come by itself."""
        row = self.page.locator("#list li.row, li.row").filter(has_text=words)
        expect(row.first).to_be_visible(timeout=PATIENCE)

    def open(self, words: str) -> None:
        self.page.locator("li.row a").filter(has_text=words).first.click()
        expect(self.page.locator("#composer")).to_be_visible(timeout=PATIENCE)

    def answer(self, text: str, *, mode: str = "") -> None:
        """Type the answer and send it by the button that says where it goes."""
        if mode:
            self.page.locator(f"#composer input[name=mode][value={mode}]").check(force=True)
        self.page.locator("#composer textarea").fill(text)
        self.page.locator("#composer button[type=submit].for:visible").first.click()
        expect(self.page.locator("main")).to_contain_text(text[:40], timeout=PATIENCE)

    def sees_sent(self) -> None:
        """The sending state came back by itself."""
        expect(self.page.get_by_text(re.compile(r"^\s*Sent\b")).first).to_be_visible(timeout=PATIENCE)


@pytest.fixture
def install(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    """`harken up`, empty, allowed to reach the hosts that the test's mark `reaches` names."""
    mark = request.node.get_closest_marker("reaches")
    names = [request.getfixturevalue(name) for name in mark.args] if mark else []
    hosts = ",".join(host for found in names for host in _hosts(found))
    port = free_port()
    env = environment(
        tmp_path / "home",
        HARKEN_PORT=str(port),
        HARKEN_ALLOW_PRIVATE_HOSTS=hosts,
        HARKEN_UNDO_SECONDS="1",
        HARKEN_NOTICE_SECONDS="1",
        HARKEN_LOG_LEVEL="WARNING",
    )
    make_with_noor(tmp_path / "home")
    running = Running("up", env=env, log=tmp_path / "up.log")
    try:
        running.wait_until(running.is_healthy, within=120)
        yield running
    finally:
        running.signal()
        try:
            running.ended(15)
        finally:
            running.kill()


def make_with_noor(home: Path) -> None:
    """An install in which nothing has happened yet but that Noor can sign in and there is a brand."""
    shutil.copytree(homes.made_once("with-noor", _with_noor), home)


def _with_noor(home: Path) -> None:
    env = environment(home)
    done = run_harken(
        "createagent", EMAIL, "--name", "Noor Bakker", "--role", "admin", "--password", PASSWORD, env=env
    )
    assert done.returncode == 0, done.stderr
    run_python(
        "from harken.accounts.models import Brand; Brand.objects.create(name='Larkspur Air', slug='larkspur')",
        env,
    )


def _hosts(peer: object) -> list[str]:
    kind = type(peer).__name__
    if kind == "MailServer":
        return [f"127.0.0.1:{peer.imap}", f"127.0.0.1:{peer.submission}"]  # type: ignore[attr-defined]
    if kind == "SnacPair":
        return [one.url.removeprefix("http://") + ":80" for one in (peer.brand, peer.customers)]  # type: ignore[attr-defined]
    if kind == "BlueskyNetwork":
        return [peer.pds.removeprefix("http://"), peer.appview.removeprefix("http://")]  # type: ignore[attr-defined]
    raise AssertionError(kind)


@pytest.fixture
def desk(install: Running, chromium: Browser) -> Iterator[Desk]:
    """Noor, signed in, with nothing on her desk yet. A page that fails or a refused script fails the test."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None
    )
    page.goto(install.url + "/sign-in/")
    page.fill("input[name=username]", EMAIL)
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/desk/"), timeout=PATIENCE)
    yield Desk(page, install.url)
    context.close()
    assert wrong == []
