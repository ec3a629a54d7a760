"""Who hears of what on the live line: agents by their channels, members of their own notices and of what they may read."""

from __future__ import annotations

import pytest

from harken.base.live import Change
from harken.community.models import Space
from harken.web.front.viewers import Viewer, find_viewer
from tests.factories import make_agent, make_member, make_space
from tests.web.front.listening import sign_in

AGENT = Viewer(1, "a", None, None, 7)
PLAIN = Viewer(1, "a", frozenset({5}), None, 7)
MEMBER = Viewer(2, "b", frozenset(), frozenset({3}), 8)
MODERATOR = Viewer(3, "c", frozenset(), frozenset({3}), 9, moderates=True)


@pytest.mark.parametrize(
    ("viewer", "change", "hears"),
    [
        (MEMBER, Change("notice", 8, 1), True),
        (MEMBER, Change("notice", 7, 1), False),
        (MEMBER, Change("topic", 1, 1, 3), True),
        (MEMBER, Change("topic", 1, 1, 4), False),
        (MEMBER, Change("topic", 1, 1), False),
        (MEMBER, Change("conversation", 1, 1, 3), False),
        (MEMBER, Change("person", 1, 1), False),
        (MEMBER, Change("user", 2, 1), False),
        (MEMBER, Change("house", 1, 1, 3), False),
        (MEMBER, Change("house", 1, 1), False),
        (MODERATOR, Change("house", 1, 1, 3), True),
        (MODERATOR, Change("house", 1, 1), True),
        (MODERATOR, Change("house", 1, 1, 4), False),
        (MODERATOR, Change("conversation", 1, 1, 3), False),
        (AGENT, Change("house", 1, 1, 4), True),
        (AGENT, Change("notice", 7, 1), True),
        (AGENT, Change("notice", 8, 1), False),
        (AGENT, Change("topic", 1, 1, 4), True),
        (PLAIN, Change("conversation", 1, 1, 6), False),
        (PLAIN, Change("conversation", 1, 1, 5), True),
    ],
)
def test_who_hears_of_what(viewer, change, hears):
    assert viewer.may_hear(change) is hears


@pytest.mark.django_db
def test_a_member_listens_for_what_they_may_read_until_they_leave(quick_passwords):
    ines = make_member("Ines Rautio")
    space, lounge = make_space(), make_space("Lounge", audience=Space.Audience.LOUNGE)
    key = sign_in(ines)
    found = find_viewer(key)
    assert (found.member_id, found.spaces, found.channels) == (ines.pk, frozenset({space.pk}), frozenset())
    ines.is_super_user = True
    ines.save()
    assert find_viewer(key).spaces == {space.pk, lounge.pk}
    assert not find_viewer(key).moderates
    ines.powers = ["moderate"]
    ines.save()
    assert find_viewer(key).moderates
    ines.state = "gone"
    ines.save()
    assert find_viewer(key) is None


@pytest.mark.django_db
def test_an_agent_hears_of_their_own_notices_too(quick_passwords):
    agent = make_agent()
    assert find_viewer(sign_in(agent)).member_id is None
    member = make_member(agent=agent)
    found = find_viewer(sign_in(agent))
    assert (found.member_id, found.spaces, found.channels) == (member.pk, None, None)
