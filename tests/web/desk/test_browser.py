"""The desk in a real browser, under its real policy: by keyboard, live, without scripts, on a phone, right to left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harken.channels import dispatching
from harken.inbox.actions.replying import send_reply
from harken.inbox.models import Conversation, Draft, Message
from tests.factories import echo_post, receive
from tests.web.browsing import Served, until


def ask(desk: Served, count: int = 1, *, first: int = 0, minutes: int = 10) -> None:
    """So many customers ask, the later ones a little less long ago."""
    receive(
        desk.cast.channel,
        *(
            echo_post(
                f"Question {n}: where is my bag?",
                author=f"asker{n}",
                thread=f"asked{n}",
                at=datetime.now(UTC) - timedelta(minutes=minutes, seconds=-n),
            )
            for n in range(first, first + count)
        ),
    )


def rows(page) -> list[str]:
    return [
        one.removeprefix("c")
        for one in page.eval_on_selector_all("ol.rows > li.row", "all => all.map(r => r.id)")
    ]


def test_an_agent_answers_by_keyboard_takes_it_back_and_sends_it(desk: Served):
    ask(desk, 3)
    page = desk.page(desk.cast.noor)
    page.goto("/desk/")
    page.wait_for_selector("html.js li.row")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#composer")
    opened = rows(page)[1]
    assert f"/desk/c/{opened}/" in page.url
    until(page, "document.activeElement.matches('.msg.unanswered')")
    page.keyboard.press("r")
    page.keyboard.type("It is in Porto.")
    until(page, "document.querySelector('.count').textContent.includes('15 /')")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".undo[data-until]")
    sent = Message.objects.get(text="It is in Porto.")
    assert (sent.is_public, sent.conversation_id) == (True, int(opened))
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")
    until(page, "document.querySelector('#composer textarea').value === 'It is in Porto.'")
    sent.refresh_from_db()
    assert sent.dispatch.state == "cancelled"
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Send now").click()
    page.wait_for_selector(".undo", state="detached")
    dispatching.send_due()
    page.wait_for_selector("#thread .fate.sent")
    assert Message.objects.filter(text="It is in Porto.", dispatch__state="sent").count() == 1


def test_new_ones_gather_and_never_push_and_the_open_one_changes_live(desk: Served):
    ask(desk, 6)
    page = desk.page(desk.cast.noor)
    page.goto("/desk/")
    page.wait_for_selector("li.row")
    page.evaluate(
        "() => { window.moved = 0; new PerformanceObserver(list => { for (const e of list.getEntries()) window.moved += e.value; })"
        ".observe({ type: 'layout-shift' }); }"
    )
    page.hover("ol.rows")
    before = rows(page)
    ask(desk, 2, first=20, minutes=50)  # they belong on top
    until(page, "document.querySelector('#newbar').textContent.includes('2 new since you looked')")
    assert rows(page) == before
    assert page.evaluate("window.moved") < 0.001  # a pixel of a word that ticked, no row
    page.click("#newbar")
    assert len(rows(page)) == len(before) + 2
    assert rows(page) != before
    page.click("li.row >> nth=0")
    page.wait_for_selector("#thread .msg")
    opened = Conversation.objects.get(pk=page.get_attribute("#main", "data-id"))
    receive(
        desk.cast.channel, echo_post("Hello? Anybody?", author=opened.handle.key, thread=opened.thread_key)
    )
    page.wait_for_selector("#thread .msg >> text=Hello? Anybody?")
    page.wait_for_selector(f"#c{opened.pk} >> text=Hello? Anybody?")


def test_a_send_is_stopped_shown_inside_the_composer_and_can_go_on(desk: Served):
    ask(desk)
    c = Conversation.objects.get(preview__startswith="Question 0")
    page = desk.page(desk.cast.noor)
    page.goto(f"/desk/c/{c.pk}/")
    page.fill("#composer textarea", "Yes, it is booked.")
    send_reply(c, by=desk.cast.tomas, text="Done, it comes at one.", is_public=True, request_key="t" * 32)
    page.wait_for_selector("#thread >> text=Done, it comes at one.")
    page.click("#composer button.public")
    page.wait_for_selector("#composer [role=alert] >> text=Not sent: Tomas Ek answered meanwhile.")
    assert page.input_value("#composer textarea") == "Yes, it is booked."
    assert page.inner_text("#composer [role=alert]").count("Done, it comes at one.") == 1
    page.get_by_role("button", name="Send mine as well, in public").click()
    page.wait_for_selector(".undo[data-until]")
    assert Message.objects.filter(text="Yes, it is booked.").count() == 1


def test_what_is_typed_is_kept_and_private_looks_unlike_public(desk: Served):
    page = desk.page(desk.cast.noor)
    page.goto(f"/desk/c/{desk.cast.conversation.pk}/")
    page.fill("#composer textarea", "Where shall the courier go?")
    public = page.evaluate("getComputedStyle(document.querySelector('#composer')).borderTopColor")
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    until(page, "document.activeElement.tagName === 'TEXTAREA'")
    private = page.evaluate("getComputedStyle(document.querySelector('#composer')).borderTopColor")
    assert public != private
    assert page.is_visible("text=Send privately to")
    assert not page.is_visible("text=Reply publicly on")
    assert page.input_value("#composer textarea") == "Where shall the courier go?"
    page.wait_for_timeout(900)
    assert Draft.objects.get(agent=desk.cast.noor, mode="private").text == "Where shall the courier go?"
    page.reload()
    assert page.input_value("#composer textarea") == "Where shall the courier go?"
    assert page.is_checked("[name=mode][value=private]")


def test_two_agents_see_each_other(desk: Served):
    address = f"/desk/c/{desk.cast.conversation.pk}/"
    noor, tomas = desk.page(desk.cast.noor), desk.page(desk.cast.tomas)
    noor.goto(address)
    tomas.goto(address)
    noor.wait_for_selector("#presence >> text=Tomas Ek is reading this too")
    tomas.fill("#composer textarea", "I am on it")
    noor.wait_for_selector("#presence >> text=Tomas Ek is writing")
    tomas.goto("/desk/")
    noor.wait_for_selector("#presence >> text=Tomas Ek", state="detached")


def test_acts_from_the_keyboard_the_row_and_the_palette(desk: Served):
    ask(desk, 3)
    page = desk.page(desk.cast.noor)
    page.goto("/desk/")
    first, second, third = rows(page)[:3]
    page.hover(f"#c{first}")
    page.click(f"#c{first} [data-act=close]")
    until(page, "document.querySelector('#announce').textContent === 'Closed.'")
    assert Conversation.objects.get(pk=first).state == "closed"
    page.click(f"#c{second} > a")
    page.wait_for_selector("#composer")
    page.keyboard.press("a")
    page.locator("#assign-menu").get_by_role("button", name="Take it", exact=True).click()
    page.wait_for_selector("text=Noor Bakker took it")
    page.keyboard.press("Control+k")
    page.keyboard.type("refunds")
    page.wait_for_selector("#palette .hit >> text=Give to the team Refunds")
    page.keyboard.press("Escape")
    page.wait_for_selector("#palette", state="hidden")
    page.keyboard.press("w")
    page.wait_for_selector("#why-menu[open] >> text=Not counted: followers")
    page.keyboard.press("Escape")
    page.wait_for_selector("#why-menu[open]", state="detached")
    page.set_viewport_size({"width": 1200, "height": 420})  # so that the thread scrolls
    page.evaluate("document.getElementById('thread').scrollTop = 20")
    page.keyboard.press("x")
    page.wait_for_selector("text=Noor Bakker said that it needs no answer")
    page.wait_for_timeout(900)  # the news of one's own act has come by then
    assert page.is_visible("text=takes that back")
    assert page.evaluate("document.getElementById('thread').scrollTop") == 20
    assert not Conversation.objects.get(pk=second).needs_answer
    page.keyboard.press("x")
    page.wait_for_selector("text=Noor Bakker said that it needs an answer")
    assert Conversation.objects.get(pk=second).needs_answer
    page.focus(f"#c{third} > a")
    page.keyboard.press("x")
    until(page, "document.querySelector('#announce').textContent === 'It needs no answer now.'")
    assert not Conversation.objects.get(pk=third).needs_answer
    page.click("#conv-head h2")
    page.keyboard.press("e")
    page.wait_for_selector("#conv-head >> text=Reopen")
    assert Conversation.objects.get(pk=second).state == "closed"
    assert Conversation.objects.get(pk=third).state == "open"


def test_what_comes_late_neither_closes_a_menu_nor_brings_back_what_was(desk: Served):
    ask(desk)
    page = desk.page(desk.cast.noor)
    page.goto("/desk/")
    page.wait_for_selector("html.js li.row")
    page.click("li.row > a >> text=Question 0")
    page.wait_for_selector("#composer")
    # a dialog was closed that was opened with nothing in focus, as after a menu's button is gone: its field has the
    # focus until the browser paints again
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette[open] .hit")
    had = page.evaluate(
        """() => { document.getElementById('palette').close(); const had = document.activeElement;
        had.dispatchEvent(new KeyboardEvent('keydown', { key: 'w', bubbles: true, cancelable: true })); return had.tagName; }"""
    )
    assert had == "INPUT"
    page.wait_for_selector("#why-menu[open] >> text=Not counted: followers")
    page.keyboard.press("Escape")
    # the page looked before the act, and hears of it after
    old, acts = [], []

    def hold_what_was(route):
        if old:
            route.continue_()
        else:
            old.append((route, route.fetch()))

    page.route("**/now/", hold_what_was)
    page.evaluate("document.getElementById('main').dataset.etag = ''")
    page.evaluate("document.dispatchEvent(new CustomEvent('harken:stale', { detail: {} }))")
    while not old:
        page.wait_for_timeout(20)
    page.route("**/assign/", lambda route: acts.append(route))
    page.keyboard.press("a")
    page.locator("#assign-menu").get_by_role("button", name="Take it", exact=True).click()
    while not acts:
        page.wait_for_timeout(20)
    # the answer to the act comes when another menu is open
    page.keyboard.press("t")
    page.wait_for_selector("#tag-menu[open]")
    page.fill("#tag-name", "bag")
    acts[0].continue_()
    page.wait_for_selector("text=Noor Bakker took it")
    page.wait_for_selector("#conv-head summary[title*='Noor']", state="attached")
    assert page.is_visible("#tag-menu[open] #tag-name")
    assert page.input_value("#tag-name") == "bag"
    page.keyboard.press("Escape")
    page.wait_for_selector("#tag-menu[open]", state="detached")
    route, answer = old[0]
    route.fulfill(response=answer)
    page.wait_for_timeout(700)
    assert page.is_visible("text=Noor Bakker took it")
    assert page.locator("#conv-head summary[title*='Noor']").count() == 1


def test_single_keys_can_be_switched_off(desk: Served):
    page = desk.page(desk.cast.noor)
    page.goto(f"/desk/c/{desk.cast.conversation.pk}/")
    page.keyboard.press("?")
    page.check("#keys [name=off]")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.keyboard.press("n")
    page.wait_for_timeout(300)
    assert Conversation.objects.get(pk=desk.cast.conversation.pk).state == "open"
    assert page.evaluate("document.activeElement.tagName") != "TEXTAREA"


def test_everything_needed_works_without_scripts(desk: Served):
    ask(desk)
    page = desk.page(None, java_script_enabled=False)
    page.goto("/desk/")
    page.fill("#username", desk.cast.noor.user.email)
    page.fill("#password", "correct horse")
    page.click("button.go")
    page.click("li.row a >> text=Question 0")
    page.fill("#composer textarea", "It is in Porto.")
    page.click("#composer button.public")
    m = Message.objects.get(text="It is in Porto.")
    assert m.dispatch.state == "queued"
    page.click(".undo >> text=Undo")
    m.refresh_from_db()
    assert m.dispatch.state == "cancelled"
    assert page.input_value("#composer textarea") == "It is in Porto."
    page.check("[name=mode][value=note]", force=True)
    page.fill("#composer textarea", "ask Porto")
    page.click("#composer button.note")
    assert Message.objects.get(direction="note").text == "ask Porto"
    page.click("#assign-menu > summary")
    page.click("#assign-menu >> text=Tomas Ek")
    page.click("#close-button")
    c = Conversation.objects.get(pk=m.conversation_id)
    assert (c.state, c.assignee_id) == ("closed", desk.cast.tomas.pk)
    page.click("summary[title=You] >> nth=0") if page.is_visible("summary[title=You]") else page.click(".me")
    page.click("text=Sign out")
    assert "/sign-in/" in page.url


def test_a_mail_s_layout_is_shown_and_nothing_in_it_runs_or_is_fetched(desk: Served):
    Message.objects.filter(pk=desk.cast.asked.pk).update(
        html="<p id=here>Laid <b>out</b></p><img src='https://tracker.example/x.gif'><script>parent.broken = 1</script>"
        "<img src=x onerror='parent.broken = 1'>"
    )
    Conversation.objects.filter(pk=desk.cast.conversation.pk).update(version=99)
    desk.cast.channel.settings = {"is_public": False}  # mail, in all that matters here
    desk.cast.channel.save()
    page = desk.page(desk.cast.noor)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/desk/c/{desk.cast.conversation.pk}/")
    page.click("text=Show as it was laid out")
    page.frame_locator("iframe.mailframe").locator("b >> text=out").wait_for()
    assert page.evaluate("window.broken") is None
    assert all(url.startswith((desk.url, "data:")) for url in asked)


@pytest.mark.parametrize("width", [390, 768, 1024, 1440, 1920])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_nothing_sticks_out_at_any_width_in_either_direction(desk: Served, width, language):
    ask(desk, 4)
    page = desk.page(desk.cast.admin, viewport={"width": width, "height": 844})
    page.context.add_cookies([{"name": "harken_language", "value": language, "url": desk.url}])
    for address in (
        "/desk/",
        f"/desk/c/{desk.cast.conversation.pk}/",
        "/setup/channels/",
        "/ledger/",
        "/setup/people/",
    ):
        page.goto(address)
        page.wait_for_timeout(100)
        wide, room = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= room, f"{address} at {width}: {wide} > {room}"


def test_on_a_phone_one_pane_shows_at_a_time(desk: Served):
    ask(desk, 3)
    page = desk.page(desk.cast.noor, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto("/desk/")
    assert page.is_visible(".list")
    assert not page.is_visible(".conv")
    page.tap("li.row >> nth=0")
    page.wait_for_selector("#composer", state="visible")
    assert not page.is_visible(".list")
    page.tap("a[title^='Customer']")
    page.wait_for_selector("#person", state="visible")
    assert not page.is_visible("#composer")
    page.tap("#person a:has-text('Close')")
    page.wait_for_selector("#composer", state="visible")
    page.tap("a.back")
    page.wait_for_selector(".list", state="visible")
    page.tap(".phonebar >> text=More")
    page.wait_for_selector(".views >> text=Snoozed", state="visible")


def test_on_a_phone_the_customer_stays_when_what_we_know_of_them_comes_late(desk: Served):
    ask(desk, 1)
    page = desk.page(desk.cast.noor, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    held: list[Any] = []
    page.route("**/person/", lambda route: held.append(route))
    page.goto("/desk/")
    page.tap("li.row >> nth=0")
    page.wait_for_selector("#composer", state="visible")
    page.tap("a[title^='Customer']")
    page.wait_for_selector("#person", state="visible")
    held[0].continue_()
    page.wait_for_selector("#person >> text=Before this", state="visible")
    assert page.is_visible("#person")


def test_why_first_is_one_hover_away_in_the_list(desk: Served):
    ask(desk, 3, minutes=40)
    page = desk.page(desk.cast.noor)
    page.goto("/desk/")
    page.hover("li.row >> nth=1 >> .ring")
    page.wait_for_selector("#peek >> text=promised minutes used")
    page.mouse.move(900, 700)
    page.wait_for_selector("#peek", state="hidden")
    page.keyboard.press("j")
    page.keyboard.press("w")
    page.wait_for_selector("#peek >> text=Not counted: followers")
    page.keyboard.press("Escape")
    page.wait_for_selector("#peek", state="hidden")


def test_the_rail_counts_live(desk: Served):
    page = desk.page(desk.cast.noor)
    page.goto("/desk/")
    before = (
        page.locator("[data-count=needs]").inner_text() if page.locator("[data-count=needs]").count() else "0"
    )
    ask(desk, 3)
    until(
        page, f"document.querySelector('[data-count=needs]')?.textContent == '{int(before) + 3}'", timeout=20
    )
