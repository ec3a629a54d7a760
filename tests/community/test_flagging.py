"""Reports: once a person, never for one's own; what three settled members can do, and what a flood cannot."""

from __future__ import annotations

import pytest

from harken.base.models import Event
from harken.community.actions.changing import NotAllowed, NotUnderstood, TooMuch
from harken.community.actions.deciding import decide
from harken.community.actions.flagging import flag_member, flag_post
from harken.community.actions.writing import write_answer
from harken.community.models import Case
from tests.community.house_cast import kinds, moderator, settled
from tests.community.test_writing import found_posts
from tests.factories import ask, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]


def test_a_report_is_once_a_person_never_for_ones_own_and_names_a_rule():
    post = write_answer(ask(), by=make_member("Piet Kuyper"), text="I sell cases.")
    ines = make_member("Ines Rautio")
    first = flag_post(post, by=ines, rule=4, words="sells")
    assert flag_post(post, by=ines, rule=1).pk == first.pk
    with pytest.raises(NotAllowed):
        flag_post(post, by=post.author, rule=4)
    with pytest.raises(NotUnderstood):
        flag_post(post, by=make_member("Other"), rule=99)
    about = flag_member(post.author, by=ines, rule=1)
    assert about.case.post is None
    assert Case.objects.filter(decided_at=None).count() == 2
    assert Event.objects.filter(kind="CaseFlagged").exclude(actor_id=None).count() == 0


def test_three_settled_members_hide_a_post_until_a_look_and_newcomers_never_do():
    post = write_answer(ask(), by=make_member("Piet Kuyper"), text="I sell padded cases.")
    for number in range(6):
        flag_post(post, by=make_member(f"New {number}"), rule=4)
    post.refresh_from_db()
    assert post.state == "shown"
    for number in range(3):
        flag_post(post, by=settled(f"Old {number}"), rule=4)
    post.refresh_from_db()
    assert post.state == "held"
    assert found_posts("padded") == set()
    assert kinds()[-2:] == ["CaseFlagged", "PostRemoved"]
    case = Case.objects.get(post=post)
    decide(case, by=moderator(), act="keep", rule=4, reason="A shop was asked for.")
    post.refresh_from_db()
    assert post.state == "shown"
    assert set(case.flags.values_list("outcome", flat=True)) == {"dismissed"}
    assert kinds().count("PostWritten") == 4  # the settled ones' own and this one's, which is not told anew


def test_a_flood_of_reports_by_one_ends():
    topic, ines = ask(), make_member("Ines Rautio")
    posts = [write_answer(topic, by=make_member(f"M{n}"), text=f"Words {n}") for n in range(21)]
    for post in posts[:20]:
        flag_post(post, by=ines, rule=1)
    with pytest.raises(TooMuch):
        flag_post(posts[20], by=ines, rule=1)
