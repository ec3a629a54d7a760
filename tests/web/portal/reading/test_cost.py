"""What a reading page may cost: statements, however many rows there are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from harken.community.actions.choosing import choose_answer, thank_post
from harken.community.actions.writing import write_answer, write_comment
from harken.web.knowing import forget_news
from tests.factories import ask, make_agent, make_brand, make_member, make_space
from tests.web.cast import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

NOBODY, SIGNED_IN = 3, 4


def statements_of(client, address: str) -> int:
    client.get(address)  # what is around a page is read once in a while
    if (
        "search" not in address and "history" not in address
    ):  # they go by what another page found, for a minute
        forget_news()
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200, address
    return len(found)


@pytest.mark.parametrize("count", [1, 30])
def test_a_page_takes_few_statements_however_long_it_is(count):
    space = make_space(brand=make_brand())
    asker, helper = make_member("Noor Haddad"), make_member("Ines Rautio")
    agent = make_agent("Delphine Marsh", role="agent")
    at = datetime.now(UTC)
    topic = ask(by=asker, space=space, tags=["instruments"], at=at - timedelta(days=1))
    for n in range(count):
        answer = write_answer(topic, by=helper, text=f"Word {n}.")
        write_comment(answer, by=asker, text="Thank you.")
        thank_post(answer, by=asker)
        other = ask(
            f"Question {n}", by=asker, space=space, tags=["instruments"], at=at - timedelta(minutes=n)
        )
        if n % 2:
            choose_answer(write_answer(other, by=helper, text="So."), by=asker)
    topic.refresh_from_db()
    addresses = (
        "/community/",
        "/community/questions/",
        "/community/questions/?show=waiting",
        "/community/questions/?show=hour",
        "/community/s/baggage/",
        "/community/tags/instruments/",
        f"/community/t/{topic.pk}/{topic.slug}/",
        "/community/p/ines-rautio/",
        f"/community/history/{topic.said.first().pk}/",
        "/community/who-speaks/",
        "/community/search/",
        "/community/search/?q=word",
    )
    for who, most in ((None, NOBODY), (asker, SIGNED_IN), (agent, SIGNED_IN)):
        client = client_of(who)
        taken = {address: statements_of(client, address) for address in addresses}
        over = {address: count for address, count in taken.items() if count > most}
        assert over == {}, (who, taken)
