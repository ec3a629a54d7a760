"""A moderator at work without a mouse: walking, reasons, slips, a wave, and somebody who was faster."""

from __future__ import annotations

from datetime import timedelta

from django.utils.timezone import now
from playwright.sync_api import expect

from harken.community.actions.deciding import decide
from harken.community.actions.flagging import flag_post
from harken.community.actions.writing import write_answer
from harken.community.models import Case, Decision, House, Post
from tests.factories import make_member
from tests.web.browsing import Served, until

AD = "Hey guys, check out my channel and subscribe to me http://a{}.example.com"


def test_a_morning_of_moderation_by_keyboard_only(desk: Served):
    cast = desk.cast
    tomasz = make_member("Sunniva Dahl", powers=["moderate"], joined_at=now() - timedelta(days=400))
    seller = write_answer(cast.topic, by=make_member("Piet Kuyper"), text="I sell padded cases, ten off.")
    flag_post(seller, by=make_member("Yuki Sato"), rule=4, words="an offer")
    House.objects.update(strictness="normal")
    wave = [write_answer(cast.topic, by=make_member(f"Ad Vert {n}"), text=AD.format(n)) for n in range(3)]
    House.objects.update(strictness="off")
    page = desk.page(tomasz)
    page.goto("/community/house/")
    picks = page.locator("#pick li")
    expect(picks).to_have_count(5)
    press = page.keyboard.press

    def here(text: str) -> None:
        expect(page.locator("#case")).to_contain_text(text)
        until(page, "document.activeElement?.id === 'case' || document.activeElement === document.body")

    def walk_to(text: str) -> None:
        page.locator("#pick li").first.wait_for()
        for _ in range(6):
            if text in page.locator("#case .post").inner_text():
                return
            before = page.locator("#pick [aria-current]").get_attribute("href")
            press("j")
            until(page, f"document.querySelector('#pick [aria-current]').getAttribute('href') !== '{before}'")
        raise AssertionError(f"{text} never came")

    # the seller is asked to edit: the reason follows the rule and the act, Enter does what the letter chose
    for _ in range(4):
        press("k")
    walk_to("padded cases")
    reason = page.locator("#reason")
    expect(reason).to_have_value(
        "The rest is good and stays. Please take out what goes against “No selling”."
    )
    press("1")
    expect(reason).to_have_value(
        "The rest is good and stays. Please take out what goes against “Be kind first”."
    )
    press("4")
    press("d")
    expect(page.locator("button[data-key=d]")).to_be_focused()
    expect(reason).to_have_value("It goes against “No selling” as a whole.")
    press("e")
    assert Decision.objects.count() == 1  # the cast's own: letters alone do nothing
    press("Enter")
    expect(picks).to_have_count(4)
    expect(page.locator("#said")).to_contain_text("Asked to edit")
    assert Decision.objects.order_by("-pk")[0].act == "ask_edit"

    # a slip is undone, and stands there again
    press("z")
    expect(picks).to_have_count(5)
    here("padded cases")
    press("r")
    expect(reason).to_be_focused()
    page.keyboard.type(" You may link a shop from your profile.")
    press("Escape")
    press("e")
    press("Enter")
    expect(picks).to_have_count(4)
    assert Decision.objects.order_by("-pk")[0].reason.endswith("from your profile.")

    # the wave goes at once, with a preview
    page.goto("/community/house/")
    walk_to("check out my channel")
    expect(page.locator(".alike label")).to_have_count(2)
    press("x")
    press("2")
    press("d")
    press("Enter")
    expect(picks).to_have_count(1)
    expect(page.locator("#said")).to_contain_text("3 at once")
    assert set(Post.objects.filter(pk__in=[post.pk for post in wave]).values_list("state", flat=True)) == {
        "removed"
    }

    # somebody was faster: told by whom, and what is left stands there
    last = Case.objects.get(decided_at=None)
    decide(
        last, by=make_member("Wanjiru Kamau", powers=["moderate"]), act="keep", rule=1, reason="It is fine."
    )
    press("d")
    press("Enter")
    expect(page.locator("#problem")).to_contain_text("Wanjiru Kamau decided this meanwhile: Keep.")
    expect(page.get_by_text("Nothing waits for a look")).to_be_visible()
    assert desk.complaints == []
