"""Names of eighty letters without a space, in both directions: no page is wider than its window, nothing in it has to be
moved sideways, and what the keyboard is at can be seen, by day and by night."""

from __future__ import annotations

import pytest

from harken.channels.models import Channel
from harken.community.actions.choosing import choose_answer, tell_outcome
from harken.community.actions.inviting import carry
from harken.community.models import Member, Space
from harken.people.models import Handle, Person
from harken.travel.actions.asking import begin_trip
from tests.factories import ask, make_member, make_space
from tests.guests.places import make_place, say
from tests.web.browsing import Served

LONG, OTHER = "Ventilatorenmontage" * 5, "مطاراتبعيدةجدا" * 6
PAGES = {
    "list": "/desk/?view=community",
    "conversation": "/desk/c/{conversation}/",
    "its way": "/desk/c/{conversation}/community/",
    "asking": "/desk/c/{other}/community/",
    "solutions": "/desk/solutions/",
    "other places": "/desk/guests/?similar=1",
    "idea": "/desk/ideas/{idea}/",
    "spaces": "/setup/spaces/",
    "circles": "/setup/circles/",
    "fediverse": "/setup/fediverse/",
    "travel": "/setup/travel/",
    "channels": "/setup/channels/",
    "who carries it": "/reports/people/",
    "figures": "/reports/community/",
    "their rows": "/reports/community/rows/?figure=answers.asked",
}
WIDER = """() => {
  const width = document.documentElement.clientWidth, all = [...document.querySelectorAll("body *")];
  const beyond = (one) => one.getBoundingClientRect().right > width + 1 || one.getBoundingClientRect().left < -1;
  const wide = document.documentElement.scrollWidth > width ? all.filter(beyond) : [];
  const moved = width < 400 ? all.filter((one) => one.matches(".scroll") && one.checkVisibility() && one.scrollWidth > one.clientWidth + 1) : [];
  // parts of the desk stand side by side: nothing of one is drawn over another
  const cut = (one) => one.closest(".cut, .sr, .visually-hidden, [hidden], svg") !== null || !one.checkVisibility();
  const over = [...document.querySelectorAll(".desk .list, .desk .conv, .desk .panel")].flatMap((part) => {
    const room = part.getBoundingClientRect();
    return [...part.querySelectorAll("b, p, span, h1, h2, a")].filter((one) => !cut(one) && (one.getBoundingClientRect().right > room.right + 1 || one.getBoundingClientRect().left < room.left - 1));
  });
  return [...wide.slice(0, 5), ...over.slice(0, 5), ...moved].map((one) => one.outerHTML.slice(0, 90));
}"""
RING = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return "end";
  const shown = [at, at.closest("label"), at.parentElement].some((one) => {
    const look = one && getComputedStyle(one);
    return look && ((look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 1) || look.boxShadow !== "none");
  });
  const box = at.getBoundingClientRect();
  return shown && box.width > 0 ? "" : at.outerHTML.slice(0, 120);
}"""


@pytest.fixture
def addresses(desk: Served) -> dict[str, str]:
    cast = desk.cast
    Person.objects.update(name=LONG)
    Handle.objects.update(name=OTHER)
    Channel.objects.update(name=LONG)
    say(make_place(OTHER[:80], by=cast.admin))
    topic = ask(LONG[:80], by=make_member("Yuki Abe"), space=make_space(OTHER[:80]), tags=["instruments"])
    carry(topic.pk)
    choose_answer(cast.answer, by=cast.topic.author)
    for number in range(2):
        tell_outcome(cast.answer, by=make_member(f"Bo {number}"), worked=False, words=LONG)
    idea = ask(
        OTHER[:80], kind="idea", space=make_space("Ideas", kinds=["idea"]), by=make_member("Rana Aziz")
    ).idea
    begin_trip(
        cast.conversation, by=cast.noor, space=cast.topic.space, title=OTHER, text="In our own words.", request_key="l" * 24
    )  # fmt: skip
    Member.objects.update(name=LONG[:80])
    Space.objects.update(name=LONG[:80])
    other = cast.conversation.__class__.objects.exclude(pk=cast.conversation.pk).first()
    return {
        name: address.format(conversation=cast.conversation.pk, other=other.pk, idea=idea.pk)
        for name, address in PAGES.items()
    }


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_page_is_wider_than_its_window(desk: Served, addresses, language):
    found = {}
    for width in (1280, 390):
        page = desk.page(desk.cast.admin, viewport={"width": width, "height": 844})
        page.context.add_cookies([{"name": "harken_language", "value": language, "url": desk.url}])
        for name, address in addresses.items():
            page.goto(address)
            if wider := page.evaluate(WIDER):
                found[f"{name} {width}"] = wider
    assert found == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_the_keyboard_is_at_can_be_seen(desk: Served, addresses, theme):
    page = desk.page(desk.cast.admin, color_scheme=theme, reduced_motion="reduce")
    unseen: dict[str, set[str]] = {}
    for name, address in addresses.items():
        page.goto(address)
        for _stop in range(60):
            page.keyboard.press("Tab")
            at = page.evaluate(RING)
            if at == "end":
                break
            if at:
                unseen.setdefault(name, set()).add(at)
    assert unseen == {}
