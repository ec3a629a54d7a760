"""The community's spaces in the setup: made, changed, ordered, closed, and for whom."""

from __future__ import annotations

import pytest

from harken.base.models import Event
from harken.community.models import Rules, Space
from harken.community.queries.ruling import current_rules
from tests.factories import make_agent, make_brand, make_member, make_space
from tests.web.cast import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]


def given(**fields: object) -> dict[str, object]:
    return {
        "name": "Trains and coaches", "brand": make_brand().pk, "intro": "By rail.", "audience": "everyone",
        "kinds": ["question"], "icon": "message-circle", "is_open": "on", **fields,
    }  # fmt: skip


@pytest.fixture
def admin():
    return client_of(make_agent("Ines Moreau", role="admin"))


def test_a_space_is_made_with_an_address_of_its_own_and_stands_last(admin):
    make_space("Baggage", position=4)
    assert admin.post("/setup/spaces/new/", given())["Location"] == "/setup/spaces/"
    space = Space.objects.get(name="Trains and coaches")
    assert (space.slug, space.kinds, space.position) == ("trains-and-coaches", ["question"], 5)
    assert "Trains and coaches" in admin.get("/setup/spaces/").content.decode()
    assert Event.objects.filter(kind="SpaceChanged", subject_id=space.pk).exists()


def test_the_house_has_rules_from_its_first_space_on_and_keeps_its_own(admin):
    admin.post("/setup/spaces/new/", given())
    assert current_rules().rules.count() == 5
    admin.post("/setup/spaces/new/", given(name="Ferries"))
    assert Rules.objects.count() == 1


def test_a_changed_space_keeps_its_address_and_is_closed_to_new_topics(admin):
    space = make_space("Baggage")
    admin.post(f"/setup/spaces/{space.pk}/", given(name="Bags", is_open="", audience="lounge"))
    space.refresh_from_db()
    assert (space.name, space.slug, space.is_open, space.audience) == ("Bags", "baggage", False, "lounge")
    member = client_of(make_member())
    assert member.get("/community/s/baggage/").status_code == 404
    assert "Bags" not in member.get("/community/ask/").content.decode()


@pytest.mark.parametrize("wrong", [{"name": " "}, {"kinds": []}, {"audience": "nobody"}, {"brand": 0}])
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_changed(admin, wrong):
    answer = admin.post("/setup/spaces/new/", given(**wrong))
    assert answer.status_code == 422
    assert f'id="id_{next(iter(wrong))}_error"' in answer.content.decode()
    assert not Space.objects.exists()


def test_the_order_is_changed_a_place_at_a_time(admin):
    one, two, three = (make_space(name) for name in ("One", "Two", "Three"))
    admin.post(f"/setup/spaces/{three.pk}/move/", {"do": "up"})
    admin.post(f"/setup/spaces/{one.pk}/move/", {"do": "down"})
    admin.post(f"/setup/spaces/{three.pk}/move/", {"do": "up"})
    assert list(Space.objects.order_by("position").values_list("name", flat=True)) == ["Three", "One", "Two"]
    assert admin.post("/setup/spaces/987654/move/", {"do": "up"}).status_code == 404
    assert two.pk
