"""A customer asks on their network; it appears on the desk by itself; a person answers; the customer reads it, once.

Who writes the moment the channel is connected is heard: nothing here waits until the channel is read."""

from __future__ import annotations

import json
import re
import time

import pytest
from playwright.sync_api import expect

from tests.cli.running import Running, run_harken
from tests.peers.customers import BlueskyCustomer, FediCustomer, MailCustomer, text_of, unique

from .conftest import Desk, bluesky_fields, email_fields, mastodon_fields

pytestmark = pytest.mark.timeout(420)


def balanced(install: Running) -> bool:
    done = run_harken("ledger", "--json", env=install.env)
    return done.returncode == 0 and all(c["balanced"] for c in json.loads(done.stdout)["channels"])


@pytest.mark.reaches("mail_server")
def test_by_mail(desk: Desk, install: Running, mail_server):
    brand = mail_server.address(unique("care"))
    desk.connect("email", email_fields(mail_server, brand))
    ines = MailCustomer(mail_server)
    desk.page.goto(desk.url + "/desk/")
    sent = ines.send(
        brand,
        "Suitcase in Porto",
        "Where is my suitcase? I need it tomorrow.",
        files=[("tag.txt", "text/plain", b"LK 322")],
    )
    desk.wait_for("Where is my suitcase?")
    desk.open("Where is my suitcase?")
    desk.answer("Dear Ines, it lands at 22:40 and comes by courier. Noor")
    answer = ines.wait_for(lambda mail: "22:40" in str(mail.get_content()))
    assert answer["In-Reply-To"] == sent["Message-ID"]
    assert answer["Subject"] == "Re: Suitcase in Porto"
    desk.sees_sent()
    ines.send(brand, "Re: Suitcase in Porto", "Thank you! Which courier will it be?", answers=answer)
    desk.page.get_by_text("Which courier will it be?").first.wait_for(timeout=60_000)
    time.sleep(3)
    assert sum("22:40" in str(mail.get_content()) for mail in ines.inbox()) == 1
    assert balanced(install)


@pytest.mark.reaches("snac_pair")
def test_on_the_fediverse(desk: Desk, install: Running, snac_pair):
    brand = snac_pair.brand.add_user(unique("help"))
    desk.connect("mastodon", mastodon_fields(snac_pair.brand, brand))
    gethin = FediCustomer(snac_pair.customers, "gethin")
    desk.page.goto(desk.url + "/desk/")
    question = gethin.post(f"{brand.handle} three hours on the tarmac and not one word. Why?")
    desk.wait_for("three hours on the tarmac")
    desk.open("three hours on the tarmac")
    desk.answer("Gethin, I am sorry. The crew ran out of hours; a new one is on its way. Noor", mode="public")
    reply = gethin.wait_for_reply(question, seconds=90)
    assert "a new one is on its way" in text_of(reply)
    desk.sees_sent()
    time.sleep(8)  # a second copy would have come by now: the server sends every three seconds
    assert sum("a new one is on its way" in text_of(s) for s in gethin.thread(question)) == 1
    assert balanced(install)


@pytest.mark.reaches("snac_pair")
def test_on_the_fediverse_let_in_by_a_code(desk: Desk, install: Running, snac_pair):
    """No token is pasted: the server asks its person, and its code is brought back."""
    brand = snac_pair.brand.add_user(unique("help"))
    page = desk.page
    page.goto(f"{desk.url}/setup/channels/connect/?kind=mastodon")
    page.fill("[name=name]", "Help on the Fediverse")
    page.fill("[name=s_server]", snac_pair.brand.url)
    page.get_by_role("button", name="Ask for a code").click()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open 127.0.0.2").click()
    theirs = opened.value
    theirs.fill("[name=login]", brand.name)
    theirs.fill("[name=passwd]", brand.password)
    theirs.locator("input[type=submit], button[type=submit]").first.click()
    theirs.wait_for_load_state()
    code = theirs.inner_text("body").strip()
    theirs.close()
    page.get_by_label("The code it shows").fill(code)
    page.get_by_role("button", name="Use the code").click()
    expect(page.locator("#sign-in")).to_contain_text("Harken was let in", timeout=60_000)
    expect(page.locator("#test")).to_contain_text(f"as {brand.handle}")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page).not_to_have_url(re.compile("connect"), timeout=60_000)
    gethin = FediCustomer(snac_pair.customers, "gethin")
    page.goto(desk.url + "/desk/")
    gethin.post(f"{brand.handle} is anybody there at the gate?")
    desk.wait_for("is anybody there at the gate?")


@pytest.mark.reaches("bluesky_network")
def test_on_bluesky(desk: Desk, install: Running, bluesky_network):
    brand = BlueskyCustomer(bluesky_network, "larkspur")
    desk.connect("bluesky", bluesky_fields(bluesky_network, brand))
    wren = BlueskyCustomer(bluesky_network, "wren")
    desk.page.goto(desk.url + "/desk/")
    question = wren.post(
        "Gate 41 says boarding, the app says cancelled. Which one is it?", mention=[brand.handle]
    )
    desk.wait_for("Gate 41 says boarding")
    desk.open("Gate 41 says boarding")
    desk.answer("The board is right: please go to gate 41 now, they wait for you. Noor", mode="public")
    reply = wren.wait_for_reply(question, seconds=90)
    assert "please go to gate 41 now" in reply.record.text
    desk.sees_sent()
    time.sleep(5)
    assert sum("please go to gate 41 now" in p.record.text for p in wren.thread(question)) == 1
    assert balanced(install)
