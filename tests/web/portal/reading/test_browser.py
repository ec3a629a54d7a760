"""The community's pages in a real browser, under their real policy: nothing overflows, nothing complains, axe is content."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from harken.community.actions.choosing import choose_answer, tell_outcome
from harken.community.actions.editing import edit_post
from harken.community.actions.writing import write_answer, write_comment
from harken.community.models import Member, Topic
from tests.factories import ask, make_member, make_space
from tests.web.browsing import Served, until
from tests.web.faults import serious

LONG = "Anantharamakrishnan Venkataraghavan-Subramaniam-of-the-Upper-Harbour-Road"
WIDTHS = (1280, 390, 320)


def fill(desk: Served) -> list[str]:
    """Something of everything; the addresses of the pages that show it."""
    topic, space = desk.cast.topic, desk.cast.topic.space
    asker = Member.objects.select_related("user").get(pk=topic.author_id)
    helper = make_member(LONG, is_super_user=True, line="speaks in one long sentence, always")
    staff = make_member(agent=desk.cast.noor)
    text = f"Yes:\n\n1. `{'x' * 200}`\n2. **Measure** it.\n\n> quoted\n\n{'unbroken' * 30}"
    answer = write_answer(topic, by=helper, text=text)
    edit_post(answer, by=helper, text=f"{text} Now shorter.", reason="measured again")
    write_comment(answer, by=asker, text="Thank you </script><b>so</b> much.")
    write_answer(topic, by=staff, text="Word from us.")
    write_answer(topic, by=staff, text="News.", as_update=True)
    for n in range(6):
        tell_outcome(
            answer, by=make_member(f"Traveller {n}"), worked=n > 1, words="Too wide." if n < 2 else ""
        )
    choose_answer(answer, by=asker)
    at = datetime.now(UTC)
    for n, minutes in enumerate((5, 51, 75, 3000)):
        ask(f"Waiting number {n}", by=asker, space=space, at=at - timedelta(minutes=minutes))
    ask("هل أحتاج إلى تقرير طبي؟", by=make_member("سلمى الشرقاوي"), space=space, text="والدي يسافر معي.")
    make_space("A space with nothing in it and a name that is rather long for its place", brand=space.brand)
    endless = ask("W" * 200, by=make_member("W" * 80), space=space, at=at - timedelta(minutes=9))
    write_answer(endless, by=make_member("M" * 80), text="In one word.")
    topic.refresh_from_db()
    return [
        "/community/",
        f"/community/t/{endless.pk}/{endless.slug}/",
        "/community/questions/",
        "/community/questions/?show=waiting",
        "/community/questions/?show=never",
        f"/community/s/{space.slug}/",
        "/community/s/a-space-with-nothing-in-it-and-a-name-that-is/",
        "/community/tags/instruments/",
        f"/community/t/{topic.pk}/{topic.slug}/",
        f"/community/p/{helper.slug}/",
        f"/community/history/{answer.pk}/",
        "/community/search/?q=cello",
        "/community/search/?q=nothingatall",
        "/community/who-speaks/",
        "/community/t/999999/gone/",
    ]


def wider_than_the_screen(page) -> list[str]:
    return page.evaluate(
        "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :"
        " [...document.querySelectorAll('main *, header *, footer *')].filter(e => e.getBoundingClientRect().right"
        " > innerWidth + 1).slice(0, 3).map(e => e.outerHTML.slice(0, 120))"
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_a_serious_fault(desk: Served, theme):
    addresses, faults = fill(desk), {}
    nobody = desk.page(None, color_scheme=theme, bypass_csp=True)  # axe is put into the page by the test
    member = desk.page(desk.cast.customer, color_scheme=theme, bypass_csp=True)
    for address in addresses:
        nobody.goto(address)
        if found := serious(nobody):
            faults[address] = found
    for address in (addresses[0], addresses[7]):
        member.goto(address)
        if found := serious(member):
            faults[f"{address} for a member"] = found
    desk.complaints[:] = [said for said in desk.complaints if "404" not in said]
    assert faults == {}


@pytest.mark.parametrize("locale", ["en-GB", "ar"])
def test_nothing_is_wider_than_the_screen(desk: Served, locale):
    addresses, found = fill(desk), {}
    for width in WIDTHS:
        page = desk.page(None, viewport={"width": width, "height": 800}, locale=locale)
        for address in addresses:
            page.goto(address)
            if wide := wider_than_the_screen(page):
                found[f"{address} at {width}"] = wide
    desk.complaints[:] = [said for said in desk.complaints if "404" not in said]
    assert found == {}


def test_without_scripts_all_can_be_read_and_the_look_be_changed(desk: Served):
    addresses = fill(desk)
    page = desk.page(None, java_script_enabled=False, color_scheme="light")
    for address in addresses[:-1]:
        assert page.goto(address).status == 200
        assert page.locator("h1").count() == 1
    page.goto("/community/questions/")
    page.locator("button[name=theme]").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.url.endswith("/community/questions/")
    page.get_by_role("button", name="العربية").click()
    assert page.locator("html").get_attribute("dir") == "rtl"
    page.locator("#find-top").fill("cello")
    page.keyboard.press("Enter")
    page.wait_for_url("**/community/search/?q=cello")
    assert page.locator("li.row mark").first.text_content() == "cello"


def test_the_structured_data_is_read_by_a_browser_under_the_strict_policy(desk: Served):
    fill(desk)
    topic: Topic = desk.cast.topic
    page = desk.page(None)
    page.goto(f"/community/t/{topic.pk}/{topic.slug}/")
    data = json.loads(page.locator('script[type="application/ld+json"]').text_content())
    assert data["mainEntity"]["acceptedAnswer"]["text"].startswith("Yes:")


def test_clocks_and_times_go_on_by_themselves(desk: Served):
    fill(desk)
    page = desk.page(None)
    page.clock.install()
    page.goto("/community/")
    row = "[...document.querySelectorAll('li.row')].find(r => r.textContent.includes('Waiting number 0'))"
    until(page, f"{row}?.querySelector('[data-number]').textContent === '54'")
    page.clock.fast_forward(60 * 60_000)
    until(page, f"{row}.querySelector('[data-unit]').textContent === 'min late'")
    until(page, f"{row}.querySelector('.state').classList.contains('state-late')")
    until(page, f"{row}.querySelector('[data-number]').textContent.startsWith('+')")


def test_the_whole_row_is_the_link_and_its_button_is_on_top(desk: Served):
    fill(desk)
    page = desk.page(desk.cast.customer)
    page.goto("/community/")
    row = page.locator("li.row", has_text="Waiting number 1")
    row.locator(".row-meta").click(force=True)  # the link lies over it
    page.wait_for_selector("#answers")
    assert "waiting-number-1" in page.url
    page.go_back()
    row.get_by_role("link", name="I can help").click()
    page.wait_for_selector("#write")
    assert page.url.endswith("#write")


@pytest.mark.parametrize(("language", "side"), [("en", "left"), ("ar", "right")])
def test_a_title_in_another_direction_begins_where_the_lines_around_it_begin(desk: Served, language, side):
    space = desk.cast.topic.space
    titles = ("هل أحتاج إلى تقرير طبي؟", "Does a harp fly?")
    page = desk.page(None)
    page.context.add_cookies([{"name": "harken_language", "value": language, "url": desk.url}])
    for one in [ask(title, by=make_member(title[:9]), space=space) for title in titles]:
        page.goto(f"/community/t/{one.pk}/{one.slug}/")
        assert page.evaluate("getComputedStyle(document.querySelector('h1')).textAlign") == side
