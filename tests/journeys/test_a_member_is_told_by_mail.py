"""A member is told by mail that somebody answered, replies by mail, and ends the mails with one click. On real mail servers."""

from __future__ import annotations

import json
import re
import time
from email.message import EmailMessage

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.cli.running import Running, run_harken, run_python
from tests.peers.customers import MailCustomer, unique

from .conftest import PATIENCE, Desk

pytestmark = pytest.mark.timeout(420)

ANSWER = "Yes: buy it a seat of its own, by the window."


def words_of(mail: EmailMessage) -> str:
    """The plain words of a mail."""
    part = mail.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def path_in(mail: EmailMessage, kind: str) -> str:
    found = re.search(rf"/community/mail/{kind}/\S+/", words_of(mail))
    assert found, words_of(mail)
    return found[0]


@pytest.mark.reaches("mail_server")
def test_told_by_mail_answered_by_mail_ended_by_one_click(
    desk: Desk, install: Running, chromium: Browser, mail_server
):
    club = mail_server.address(unique("club"))
    desk.connect(
        "email",
        {
            "name": "Community mail", "purpose": "space", "address": club, "imap_host": "127.0.0.1",
            "imap_port": str(mail_server.imap), "imap_security": "none", "smtp_host": "127.0.0.1",
            "smtp_port": str(mail_server.submission), "smtp_security": "none", "user": club,
            "password": mail_server.password,
        },
    )  # fmt: skip
    expect(desk.page.locator("header .lead")).to_contain_text("for the community")
    run_python(
        "from harken.accounts.models import Brand\n"
        "from harken.community.actions.spaces import keep_space\n"
        "from harken.community.models import Space\n"
        "keep_space(Space(name='Baggage', brand=Brand.objects.get()), by=None)",
        install.env,
    )
    noor = MailCustomer(mail_server, "noor")
    context = chromium.new_context(viewport={"width": 390, "height": 844}, is_mobile=True)
    page = context.new_page()
    page.goto(install.url + "/community/join/")
    page.get_by_label("Your name").fill("Noor Haddad")
    page.get_by_label("Mail address").fill(noor.address)
    page.get_by_label("Password").fill("a cello in row two")
    page.wait_for_timeout(2500)  # a form that is sent faster is taken for a machine's
    page.get_by_role("button", name="Join").click()
    expect(page).to_have_url(re.compile("/community/$"), timeout=PATIENCE)
    asked = noor.wait_for(lambda mail: "Is this your address?" in str(mail["Subject"]), seconds=60)
    page.goto(install.url + path_in(asked, "confirm"))
    page.get_by_role("button", name="Yes, it is mine").click()
    expect(page.locator("main")).to_contain_text("gets mail now", timeout=PATIENCE)

    page.goto(install.url + "/community/ask/")
    page.get_by_label("What do you want to know?").fill("Can a cello fly in the cabin?")
    page.locator("textarea#text").fill("Bergen to Porto, with my daughter and her cello.")
    page.get_by_role("button", name="Ask the community").click()
    expect(page).to_have_url(re.compile(r"/community/t/\d+/"), timeout=PATIENCE)
    topic = page.url
    answer = (
        "from harken.accounts.models import User\n"
        "from harken.community.actions.joining import join\n"
        "from harken.community.actions.writing import write_answer\n"
        "from harken.community.models import Topic\n"
        "user = User.objects.filter(email='ines@travel.example').first() or User.objects.create_user('ines@travel.example', name='Ines Rautio')\n"
        "write_answer(Topic.objects.get(), by=join(user), text={text!r})"
    )
    run_python(answer.format(text=ANSWER), install.env)
    told = noor.wait_for(lambda mail: ANSWER in words_of(mail).replace("\n", " "), seconds=90)
    assert told["Subject"] == "Can a cello fly in the cabin?"
    assert "Ines Rautio answered" in words_of(told)
    assert told["Auto-Submitted"] == "auto-generated"
    assert told["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    reply_to = told["Reply-To"].addresses[0].addr_spec
    assert reply_to.startswith(club.split("@")[0] + "+t.")
    quoted = "\n".join(f"> {line}" for line in words_of(told).splitlines())
    noor.send(
        reply_to,
        "Re: Can a cello fly in the cabin?",
        f"Which airline lets it?\n\nOn Tue, 3 Mar 2026 at 10:00, Club <{club}> wrote:\n{quoted}\n",
        answers=told,
    )
    end = time.monotonic() + 90
    while "Which airline lets it?" not in page.locator("main").inner_text():
        assert time.monotonic() < end, run_harken("ledger", "--json", env=install.env).stdout
        time.sleep(2)
        page.goto(topic)
    time.sleep(3)  # a second copy would have come by now
    page.goto(topic)
    assert page.locator("main").inner_text().count("Which airline lets it?") == 1
    assert "wrote:" not in page.locator("main").inner_text()

    one_click = path_in(told, "off")
    assert one_click in told["List-Unsubscribe"]
    done = httpx.post(install.url + one_click, data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    before = len(noor.inbox())
    run_python(answer.format(text="Also ask at the gate."), install.env)
    open_ones = "from harken.community.models import Notice; print(Notice.objects.filter(mail_at__isnull=False).count())"
    install.wait_until(lambda: run_python(open_ones, install.env) == "0", within=60)
    assert len(noor.inbox()) == before
    context.close()
    ledger = json.loads(run_harken("ledger", "--json", env=install.env).stdout)
    assert [(c["shown"], c["balanced"]) for c in ledger["channels"]] == [(1, True)]
