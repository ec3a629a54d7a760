"""The community's pages are run in steps, frame and all, and say what Django would make of their templates."""

from __future__ import annotations

import re

import pytest
from django.template import Engine

from harken.community.actions.choosing import choose_answer
from harken.community.actions.writing import write_answer, write_comment
from harken.web import folding
from harken.web.stepping import Steps
from tests.factories import ask, make_agent, make_brand, make_member, make_space
from tests.web.cast import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

# of every request another
OF_ITS_OWN = re.compile(
    r'data-now="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"|data-live-since="[^"]*"|="[0-9a-f]{32}"'
)
PAGES = ("home", "list", "topic", "profile", "search")


def test_pages_say_the_same_in_steps_as_django_makes_of_them(monkeypatch):
    space = make_space(brand=make_brand())
    asker, helper = make_member("Noor <b> Haddad"), make_member("Ines Rautio")
    topic = ask(by=asker, space=space, tags=["instruments"])
    answer = write_answer(topic, by=helper, text="Say **so**.")
    write_comment(answer, by=asker, text="Thank you.")
    choose_answer(answer, by=asker)
    ask("Who waits?", by=asker, space=space, tags=["instruments"])
    addresses = (
        "/community/",
        "/community/questions/?show=waiting",
        "/community/s/baggage/",
        "/community/tags/instruments/",
        f"/community/t/{topic.pk}/{topic.slug}/",
        "/community/p/ines-rautio/",
        "/community/search/?q=so",
        "/community/me/",
        "/community/ask/",
        "/community/notices/",
        "/community/how-standing-works/",
        "/community/nothing-here/",
    )
    for who in (None, asker, make_agent("Delphine Marsh", role="agent")):
        client = client_of(who)

        def read(client=client) -> list[str]:
            return [
                OF_ITS_OWN.sub("", client.get(address, follow=True).content.decode()) for address in addresses
            ]

        read()  # some pages mark what is seen
        ours = read()
        with monkeypatch.context() as patched:
            patched.setattr(folding, "folded", lambda name: Engine.get_default().get_template(name))
            theirs = read()
        for address, one, other in zip(addresses, ours, theirs, strict=True):
            assert one == other, (who, address)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_with_its_frame_is_one_node_of_steps(name):
    (node,) = folding.folded(f"portal/{name}.html").nodelist
    assert isinstance(node, Steps)
