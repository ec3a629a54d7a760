"""What axe finds on each page, by day and by night: nothing serious."""

from __future__ import annotations

import pytest

from harken.community.actions.choosing import choose_answer, tell_outcome
from harken.travel.actions.asking import begin_trip
from tests.factories import ask, make_member, make_space
from tests.guests.places import make_place, say
from tests.web.browsing import Served
from tests.web.faults import serious

PAGES = {
    "sign-in": "/sign-in/",
    "list": "/desk/",
    "conversation": "/desk/c/{conversation}/",
    "search": "/desk/search/?q=suitcase",
    "closed": "/desk/?view=closed",
    "nothing here": "/nowhere/",
    "person": "/people/{person}/",
    "ledger": "/ledger/",
    "rows": "/ledger/rows/",
    "delivery": "/ledger/delivery/{delivery}/",
    "solutions": "/desk/solutions/",
    "other places": "/desk/guests/?similar=1",
    "question's way": "/desk/c/{conversation}/community/",
    "questions": "/desk/?view=community",
    "idea": "/desk/ideas/{idea}/",
    "connect a place": "/setup/channels/connect/?kind=feed",
    "what has left": "/desk/m/{reply}/amend/",
    "channels": "/setup/channels/",
    "connect": "/setup/channels/connect/?kind=email",
    "channel": "/setup/channels/{channel}/",
    "people": "/setup/people/",
    "agent": "/setup/agents/new/",
    "promises": "/setup/promises/",
    "calendar": "/setup/calendars/new/",
    "brands": "/setup/brands/",
    "spaces": "/setup/spaces/",
    "asking members": "/setup/circles/",
    "how members are asked": "/setup/circles/all/",
    "space": "/setup/spaces/{space}/",
    "answers that travel": "/setup/travel/",
    "fediverse": "/setup/fediverse/",
    "queue": "/community/queue/",
    "claim": "/community/claim/",
    "house": "/community/house/",
    "join": "/community/join/",
    "ask": "/community/ask/",
    "own page": "/community/me/",
    "notices": "/community/notices/",
    "who carries it": "/reports/people/",
    "groups": "/reports/people/credit/",
    "community figures": "/reports/community/",
    "their rows": "/reports/community/rows/?figure=answers.asked",
    "following": "/community/following/",
    "passkeys": "/passkeys/",
    "how standing works": "/community/how-standing-works/",
}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_a_serious_fault(desk: Served, theme):
    cast = desk.cast
    say(make_place(by=cast.admin))
    say(make_place("Bare"), html="<p>long</p>" * 200)
    idea = ask("Quiet rows", kind="idea", space=make_space("Ideas", kinds=["idea"]), by=cast.customer).idea
    choose_answer(cast.answer, by=cast.topic.author)
    for number in range(2):
        tell_outcome(cast.answer, by=make_member(f"Bo {number}"), worked=False, words="gone since spring")
    begin_trip(
        cast.conversation,
        by=cast.noor,
        space=cast.topic.space,
        title="A torn tag?",
        text="What then?",
        request_key="a" * 24,
    )
    page = desk.page(
        cast.admin, color_scheme=theme, reduced_motion="reduce", bypass_csp=True
    )  # axe is put into the page by the test
    faults = {}
    for name, address in PAGES.items():
        where = (
            page
            if name not in ("sign-in", "join")
            else desk.page(None, color_scheme=theme, reduced_motion="reduce", bypass_csp=True)
        )
        where.goto(
            address.format(
                conversation=cast.conversation.pk,
                person=cast.person.pk,
                delivery=cast.delivery.pk,
                channel=cast.channel.pk,
                reply=cast.reply.pk,
                idea=idea.pk,
                space=cast.topic.space_id,
            )
        )
        where.wait_for_timeout(150)
        if found := serious(where):
            faults[name] = found
    desk.complaints[:] = [said for said in desk.complaints if "404" not in said]
    assert faults == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_opens_over_the_conversation_has_no_serious_fault(desk: Served, theme):
    page = desk.page(desk.cast.noor, color_scheme=theme, reduced_motion="reduce", bypass_csp=True)
    page.goto(f"/desk/c/{desk.cast.conversation.pk}/")
    faults = {}
    for key in ("a", "z", "t"):
        page.keyboard.press(key)
        page.wait_for_selector("details.menu[open]")
        if found := serious(page):
            faults[key] = found
        page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette .hit")
    faults |= {"palette": found} if (found := serious(page)) else {}
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    faults |= {"keys": found} if (found := serious(page)) else {}
    assert faults == {}
