"""What members' own pages cost in statements, at one row and at thirty."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from harken.community.actions.choosing import choose_answer
from harken.community.actions.writing import write_answer
from tests.factories import ask, make_member, make_space
from tests.web.cast import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

MOST = {
    "/community/notices/": 4,
    "/community/me/": 4,
    "/community/ask/": 5,  # one asks whether the house rules were shown
    "/community/suggest/?q=Can a cello fly in the cabin": 4,
}


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize(("address", "most"), MOST.items())
def test_pages_cost_the_same_at_thirty_rows_as_at_one(address, most, count):
    noor, ines = make_member("Noor Haddad"), make_member("Ines Rautio")
    for n in range(count):
        topic = ask(f"Can a cello fly in the cabin on day {n}?", by=noor, space=make_space(f"Space {n}"))
        choose_answer(write_answer(topic, by=ines, text="Yes."), by=noor)
    client = client_of(ines)
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    said = [one["sql"][:150] for one in asked]
    assert len(said) <= most, said
