"""Small things that were seen on the pages: where a heading stands, what is underlined, what a minute is called."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import translation

from harken.community.models import Decision, Post
from harken.web.portal.house.words import reversed_words
from harken.web.portal.words import clock_shown
from tests.factories import make_member
from tests.web.browsing import Served
from tests.web.cast import client_of

ASKED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DUE = ASKED + timedelta(hours=1)


def arabic(page):
    page.context.add_cookies([{"name": "harken_language", "value": "ar", "url": page.url}])
    page.reload()


def test_a_heading_stands_at_the_edge_where_lines_begin_from_right_to_left(desk: Served):
    page = desk.page(desk.cast.customer, viewport={"width": 390, "height": 800})
    page.goto("/community/me/")
    edges = "[...document.querySelectorAll('.list-head, .list-head h1')].map((e) => e.getBoundingClientRect().right)"
    arabic(page)
    around, heading = page.evaluate(edges)
    assert around == heading


def test_no_line_is_drawn_under_the_dot_behind_a_link(desk: Served):
    opening = Post.objects.get(topic=desk.cast.topic, kind="opening")
    Post.objects.filter(pk=opening.pk).update(url="https://social.example/@yuki/1", edits=1)
    page = desk.page(None)
    page.goto(f"/community/t/{desk.cast.topic.pk}/{desk.cast.topic.slug}/")
    page.wait_for_selector(f"#p{opening.pk} .post-note a[href^=https]")
    # a line under a link is drawn under its boxes, but not under one that stands in its line as a block of its own
    dots = page.evaluate(
        "[...document.querySelectorAll('.post-note > a:not(:last-child)')].map((a) => "
        "[getComputedStyle(a).display, getComputedStyle(a, '::after').display])"
    )
    assert set(map(tuple, dots)) == {("block", "inline-block")}, dots


@pytest.mark.django_db
@pytest.mark.usefixtures("quick_passwords")
@pytest.mark.parametrize(
    "address", ["/community/me/", "/passkeys/", "/second-step/", "/sign-in/", "/community/join/"]
)
def test_every_form_with_a_password_says_whose_it_is(address):
    """So that a browser that keeps passwords knows which one to offer, and keeps a new one with its name."""
    client = (
        Client() if address in ("/sign-in/", "/community/join/") else client_of(make_member("Ines Rautio"))
    )
    forms = re.findall(r"<form.*?</form>", client.get(address).content.decode(), re.DOTALL)
    asking = [form for form in forms if 'type="password"' in form]
    assert asking
    assert all('autocomplete="username"' in form for form in asking)


@pytest.mark.parametrize(
    ("seconds", "number", "sentence"),
    [(90, "1", "1 min left"), (59, "<1", "due now"), (-1, "<1", "just late"), (-61, "+1", "1 min late")],
)
def test_under_a_minute_no_clock_says_nought(seconds, number, sentence):
    shown = clock_shown(ASKED, DUE, at=DUE - timedelta(seconds=seconds))
    assert (shown.number, shown.sentence) == (number, sentence)


def test_under_a_minute_no_clock_of_the_desk_says_nought(desk: Served):
    page = desk.page(desk.cast.noor)
    page.goto("/desk/?view=all")
    row = f"document.getElementById('c{desk.cast.conversation.pk}')"
    said = {}
    for name, seconds in {"left": 30, "late": -30, "minutes": -90}.items():
        page.evaluate(f"{row}.dataset.due = Date.now() / 1000 + {seconds}")
        page.evaluate(
            "document.dispatchEvent(new Event('visibilitychange'))"
        )  # whoever comes back reads it anew
        said[name] = page.inner_text(f"#c{desk.cast.conversation.pk} .left")
    assert said == {"left": "due now", "late": "just late", "minutes": "1 late"}


@pytest.mark.parametrize("chosen", ["dark", ""], ids=["dark chosen", "dark by the system"])
def test_what_is_printed_is_dark_on_white_whatever_the_screen_shows(desk: Served, chosen):
    page = desk.page(desk.cast.noor, color_scheme="dark")
    page.context.add_cookies([{"name": "harken_theme", "value": chosen, "url": desk.url}] if chosen else [])
    ink_and_paper = (
        "(([style]) => [style.color, style.getPropertyValue('--paper')])([getComputedStyle(document.body)])"
    )
    seen = set()
    for address in (f"/desk/c/{desk.cast.conversation.pk}/", "/community/", "/reports/community/"):
        page.emulate_media(media="print")
        page.goto(address)
        seen.add(tuple(page.evaluate(ink_and_paper)))
    assert seen == {("rgb(26, 29, 33)", "#fff")}


@pytest.mark.parametrize(
    ("language", "told"), [("en", "taken back: Too fast."), ("ar", "\u2068Too fast.\u2069")]
)
def test_a_reason_keeps_its_end_in_a_line_from_right_to_left(language, told):
    with translation.override(language):
        assert told in reversed_words(Decision(undone_at=ASKED, undone_why="Too fast."))
