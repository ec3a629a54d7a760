"""A space of the community followed from two servers of the Fediverse: what is asked and answered here arrives in their
timelines, what is said there comes back as an answer after a look, and a server that is kept out gets and gives nothing.
In a browser, with real servers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.cli.running import Running, environment, run_python
from tests.peers.customers import FediCustomer, text_of
from tests.peers.places import claimed, is_free, wait_until
from tests.peers.snac import SnacPair

from .conftest import EMAIL, PASSWORD, PATIENCE, make_with_noor

pytestmark = [pytest.mark.timeout(480), pytest.mark.peer("snac")]
INES, WORD = "ines.rautio@travel.example", "a cello and a seat"
TITLE, ANSWER = "A seat for a cello?", "Buy it a seat of its own, by the window."


class Reached(Running):
    """An install at an address of its own: a handle has no room for a port."""

    @property
    def url(self) -> str:
        return self.env["HARKEN_PUBLIC_URL"]


@contextmanager
def an_address() -> Iterator[str]:
    # not 127.0.0.x: to snac2 everything whose address begins like its own is its own
    for last in range(2, 60):
        with claimed(f"harken-127.0.1.{last}") as is_ours:
            if is_ours and is_free(f"127.0.1.{last}", 80):
                yield f"127.0.1.{last}"
                return
    raise RuntimeError("port 80 is taken everywhere")


@pytest.fixture
def place(tmp_path: Path, snac_pair: SnacPair) -> Iterator[Reached]:
    """A community with one space, reached by name; strangers' words may lead to the two servers."""
    with an_address() as address:
        env = environment(
            tmp_path / "home",
            HARKEN_HOST=address,
            HARKEN_PORT="80",
            HARKEN_PUBLIC_URL=f"http://{address}",
            HARKEN_ALLOW_PRIVATE_HOSTS=f"media={snac_pair.brand.address}:80,media={snac_pair.customers.address}:80",
            HARKEN_LOG_LEVEL="WARNING",
        )
        make_with_noor(tmp_path / "home")
        run_python(
            f"""
from harken.accounts.models import Brand, User
from harken.community.actions.joining import join
from harken.community.actions.spaces import keep_space
from harken.community.actions.keeping_rules import first_rules
from harken.community.models import Space
first_rules(by=None)
brand = Brand.objects.get()
join(User.objects.create_user({INES!r}, {WORD!r}, name="Ines Rautio"))
join(User.objects.create_user("tom@travel.example", {WORD!r}, name="Tom Krull"))
keep_space(Space(name="Baggage", brand=brand), by=None)
""",
            env,
        )
        running = Reached("up", env=env, log=tmp_path / "up.log")
        try:
            running.wait_until(running.is_healthy, within=120)
            yield running
        finally:
            running.signal()
            try:
                running.ended(15)
            finally:
                running.kill()


def signed_in(chromium: Browser, place: Reached, email: str, password: str) -> Page:
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(place.url + "/sign-in/")
    page.fill("input[name=username]", email)
    page.fill("input[name=password]", password)
    page.get_by_role("button", name="Sign in").click()
    expect(page).not_to_have_url(re.compile("sign-in"), timeout=PATIENCE)
    return page


def until(question: Callable[[], Any], what: str) -> Any:
    return wait_until(question, seconds=90, what=what, every=1.0)


def home(who: FediCustomer, words: str) -> Any:
    """The post with these words in somebody's timeline, waiting for it."""

    def look() -> Any:
        posts = [one.get("reblog") or one for one in who.api.timeline_home()]
        return next((one for one in posts if words in text_of(one)), None)

    return until(look, f"“{words}” in the timeline of {who.handle}")


def in_thread(who: FediCustomer, status: Any, words: str) -> Any:
    """The post with these words in the thread, also where it stands there as passed on."""

    def look() -> Any:
        posts = [one.get("reblog") or one for one in who.thread(status)]
        return next((one for one in posts if words in text_of(one)), None)

    return until(look, f"“{words}” in the thread of {who.handle}")


def follow(who: FediCustomer, handle: str) -> Any:
    """Search for the space and follow it, as a person does; the account as their server shows it."""
    found = until(
        lambda: who.api.search_v2(handle, resolve=True)["accounts"], f"{handle} found by {who.handle}"
    )
    assert found[0]["display_name"] == "Baggage · Larkspur Air"
    who.api.account_follow(found[0]["id"])
    return found[0]


def test_a_space_is_followed_and_answered_from_two_servers(
    chromium: Browser, place: Reached, snac_pair: SnacPair
) -> None:
    noor = signed_in(chromium, place, EMAIL, PASSWORD)
    noor.goto(place.url + "/setup/spaces/")
    noor.locator("a.btn[href='/setup/spaces/1/']").click()
    noor.get_by_label("Can be followed from the Fediverse").check()
    noor.get_by_role("button", name="Save").click()
    expect(noor).to_have_url(re.compile("/setup/spaces/$"), timeout=PATIENCE)
    noor.goto(place.url + "/community/s/baggage/")
    handle = noor.locator("#handle").inner_text()
    assert handle == f"@baggage@{place.env['HARKEN_HOST']}"

    kim, max_ = FediCustomer(snac_pair.customers, "kim"), FediCustomer(snac_pair.brand, "max")
    space = follow(kim, handle)
    follow(max_, handle)
    noor.goto(place.url + "/setup/fediverse/")

    def followed() -> bool:
        noor.reload()
        return noor.locator("tbody tr").first.locator("td").nth(1).inner_text() == "2"

    until(followed, "two followers")

    ines = signed_in(chromium, place, INES, WORD)
    ines.goto(place.url + "/community/ask/?space=1")
    ines.locator("#title").fill(TITLE)
    ines.locator("#text").fill("Can it fly in the **cabin**?")
    time.sleep(3)  # as long as a person needs: what is sent at once waits for a look
    ines.get_by_role("button", name="Ask the community").click()
    expect(ines).to_have_url(re.compile("/community/t/"), timeout=PATIENCE)
    run_python(SHOW_ALL, place.env)  # her first words waited for a look, too
    asked = {who.handle: home(who, TITLE) for who in (kim, max_)}
    assert "Ines R., a customer, asks:" in text_of(asked[kim.handle])
    assert "Rautio" not in str(asked)

    # an answer from elsewhere: seen by nobody before somebody looked at it, then by everybody
    said = kim.reply(asked[kim.handle], f"{handle} Mine flew twice, with a strap.")
    until(lambda: run_python(HELD, place.env) == "1", "Kim's answer, held")
    ines.reload()
    expect(ines.locator("main")).not_to_contain_text("Mine flew twice")
    noor.goto(place.url + "/community/house/")
    expect(noor.locator("#case")).to_contain_text("Mine flew twice", timeout=PATIENCE)
    noor.locator("#reason").fill("Fine, and helpful.")
    noor.locator(".judge button[name=act][value=keep]").click()
    expect(noor.locator("#house")).not_to_contain_text("Mine flew twice", timeout=PATIENCE)
    until(lambda: run_python(HELD, place.env) == "0", "Kim's answer, shown")
    ines.reload()
    expect(ines.locator("main")).to_contain_text("Mine flew twice", timeout=PATIENCE)
    until(lambda: "reblog" in [one["type"] for one in kim.notifications()], "Kim hears that it was passed on")
    in_thread(max_, asked[max_.handle], "Mine flew twice")

    # Ines reports it and has Kim's server told: it takes the call, and snac2 makes nothing of it
    ines.goto(f"{place.url}/community/posts/{run_python(KIMS, place.env)}/flag/")
    ines.locator("input[name=rule]").first.check()
    ines.get_by_label(f"Tell their server too ({snac_pair.customers.address})").check()
    ines.get_by_role("button", name="Report", exact=True).click()
    expect(ines.locator("main")).to_contain_text("A moderator looks at it", timeout=PATIENCE)
    until(lambda: run_python(FLAGGED, place.env) == f"sent {snac_pair.customers.address}", "the report taken")
    assert "Mine flew twice" in text_of(in_thread(kim, asked[kim.handle], "Mine flew twice"))

    # an answer of a member, in both threads; thanks from there
    run_python(ANSWERED, place.env)
    for who in (kim, max_):
        in_thread(who, asked[who.handle], ANSWER)
    answer = in_thread(kim, asked[kim.handle], ANSWER)
    assert "Tom K., a customer, answers:" in text_of(answer)
    kim.api.status_favourite(answer["id"])
    until(lambda: run_python(THANKS, place.env) == "1", "Kim's thanks")

    # edits and removals, both ways
    run_python(EDITED, place.env)
    for who in (kim, max_):
        in_thread(who, asked[who.handle], "by the aisle")
    kim.api.status_update(said["id"], f"{handle} Mine flew three times.")
    until(lambda: "three times" in run_python(TEXTS, place.env), "Kim's edit")
    run_python(REMOVED, place.env)
    until(
        lambda: not any("by the aisle" in text_of(one) for one in max_.thread(asked[max_.handle])),
        "the answer gone from the other server",
    )

    # kept out: nothing comes, nothing goes
    noor.goto(place.url + "/setup/fediverse/")
    noor.get_by_label("Server or person").fill(snac_pair.customers.address)
    noor.get_by_role("button", name="Keep out").click()
    expect(noor.get_by_role("region", name="Kept out")).to_contain_text(snac_pair.customers.address)
    time.sleep(6)  # the door remembers for five seconds
    kim.reply(asked[kim.handle], f"{handle} Hello from outside")
    run_python(ASKED_AGAIN, place.env)
    home(max_, "And a double bass?")
    assert not any("double bass" in text_of(one) for one in kim.api.timeline_home())
    until(lambda: run_python(REFUSED, place.env) != "0", "Kim's words refused at the door")
    assert "from outside" not in run_python(TEXTS, place.env)
    assert space["acct"] == handle.removeprefix("@")


_USES = "from harken.community.models import *\n"
KIMS = _USES + "print(Post.objects.get(said_on='activitypub').pk)"
FLAGGED = (
    "from harken.federation.models import *\n"
    "print(*Parcel.objects.filter(activity__body__type='Flag').values_list('state', 'host').first() or ())"
)
HELD = _USES + "print(Post.objects.filter(state='held', said_on='activitypub').count())"
TEXTS = _USES + "print(list(Post.objects.values_list('text', flat=True)))"
THANKS = _USES + "print(Thanks.objects.count())"
REFUSED = "from harken.channels.models import *\nprint(DoorRefusal.objects.filter(reason='blocked').count())"
ANSWERED = (
    _USES
    + f"""
from harken.community.actions.writing import write_answer
House.objects.update_or_create(defaults={{"strictness": "off"}})
write_answer(Topic.objects.get(), by=Member.objects.get(name="Tom Krull"), text={ANSWER!r})
"""
)
EDITED = (
    _USES
    + """
from harken.community.actions.editing import edit_post
post = Post.objects.get(author__name="Tom Krull")
edit_post(post, by=post.author, text="Buy it a seat of its own, by the aisle.")
"""
)
REMOVED = (
    _USES
    + """
from harken.community.actions.editing import remove_post
post = Post.objects.get(author__name="Tom Krull")
remove_post(post, by=post.author)
"""
)
ASKED_AGAIN = (
    _USES
    + """
from harken.community.actions.writing import open_topic
open_topic(Space.objects.get(), by=Member.objects.get(name="Ines Rautio"), title="And a double bass?", text="Can it?")
"""
)
SHOW_ALL = (
    _USES
    + """
from harken.community.actions.deciding import decide
from harken.team.models import Agent
from harken.community.actions.joining import join
for case in Case.objects.filter(decided_at=None):
    decide(case, by=join(Agent.objects.get().user), act="keep", rule=1, reason="Fine.")
"""
)
