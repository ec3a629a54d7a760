"""How members are asked is set for all spaces and for one, and holds for the next step."""

from __future__ import annotations

import pytest

from harken.community.models import Circles
from harken.community.queries.plans import circles_of, plan_of
from tests.factories import make_agent, make_brand, make_space
from tests.web.cast import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]


def test_circles_for_all_and_for_one_space():
    admin = make_agent("Ines Moreau")
    space, other = make_space("Baggage", brand=make_brand()), make_space("Seats")
    client = client_of(admin)
    page = client.get("/setup/circles/").content.decode()
    assert page.count("as for all spaces") == 2
    form = {"is_on": "on", "first": "2", "more": "4", "widen_percent": "40", "staff_percent": "80", "takes": str(admin.pk)}  # fmt: skip
    assert client.post("/setup/circles/all/", form)["Location"] == "/setup/circles/"
    assert client.post(f"/setup/circles/{space.pk}/", {**form, "first": "1", "is_on": ""}).status_code == 302
    assert client.post(f"/setup/circles/{space.pk}/", {**form, "first": "0"}).status_code == 422
    for_all, own = plan_of(circles_of(other.pk)), plan_of(circles_of(space.pk))
    assert (for_all.first, for_all.more, for_all.widen_at, for_all.staff_at, for_all.is_on) == (
        2,
        4,
        0.4,
        0.8,
        True,
    )
    assert (own.first, own.is_on) == (1, False)
    page = client.get("/setup/circles/").content.decode()
    assert "members are not asked" in page
    assert "Ines Moreau" in page
    client.post(f"/setup/circles/{space.pk}/", {"do": "delete"})
    assert Circles.objects.count() == 1
    assert client.get("/setup/circles/98765/").status_code == 404
    assert client_of(make_agent("Otto Berg", role="agent")).get("/setup/circles/").status_code == 404
