"""The moderators' queue changes by itself: what comes, who looks and what others decided, without a look every few seconds."""

from __future__ import annotations

from datetime import timedelta

from django.utils.timezone import now
from playwright.sync_api import expect

from harken.community.actions.deciding import decide
from harken.community.actions.flagging import flag_post
from harken.community.actions.writing import write_answer
from harken.community.models import Case
from tests.factories import make_member
from tests.web.browsing import Served


def test_what_comes_and_what_others_do_stands_there_at_once_and_what_is_typed_stays(desk: Served):
    cast = desk.cast
    tomasz, sunniva = (
        make_member(name, powers=["moderate"], joined_at=now() - timedelta(days=400))
        for name in ("Tomasz Vik", "Sunniva Dahl")
    )
    page = desk.page(tomasz)
    asked: list[float] = []
    page.on("request", lambda r: asked.append(1) if "/community/house/" in r.url else None)
    page.goto("/community/house/")
    picks = page.locator("#pick li")
    expect(picks).to_have_count(1)
    page.locator("#reason").fill("Words of my own, half written")
    seller = write_answer(cast.topic, by=make_member("Piet Seller"), text="I sell padded cases, ten off.")
    case = flag_post(seller, by=make_member("Yuki Sato"), rule=4).case
    expect(picks).to_have_count(2, timeout=5_000)  # before, a look came every ten seconds
    expect(page.locator(".tabs .count").first).to_have_text("2")
    expect(page.locator("#reason")).to_have_value("Words of my own, half written")

    other = desk.page(sunniva)
    other.goto(f"/community/house/c{case.pk}/")
    expect(picks.filter(has_text="Sunniva Dahl is looking at this")).to_have_count(1, timeout=5_000)

    # what is open here is decided there: said beside it, and the list goes on
    mine = Case.objects.exclude(pk=case.pk).get(decided_at=None)
    decide(mine, by=sunniva, act="keep", rule=4, reason="Fine.")
    expect(page.locator("#problem")).to_contain_text(
        "Sunniva Dahl decided this meanwhile: Keep.", timeout=5_000
    )
    expect(picks).to_have_count(1)
    assert len(asked) <= 8, asked
