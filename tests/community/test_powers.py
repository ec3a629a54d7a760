"""What standing opens can be done, by those who hold it and by nobody else; whoever wrote it is told."""

from __future__ import annotations

import pytest

from harken.community.actions.changing import NotAllowed, NotUnderstood
from harken.community.actions.editing import edit_post, remove_post, set_open
from harken.community.actions.tagging import set_tags
from harken.community.actions.writing import write_answer
from harken.community.models import HeldPower, Member, Notice, Post, Revision, Topic
from harken.community.permissions import may_edit, may_in
from tests.factories import ask, make_agent, make_member

pytestmark = pytest.mark.django_db


def holder(*powers: str) -> Member:
    member = make_member("Mateus", powers=list(powers))
    for power in powers:
        HeldPower.objects.create(member=member, power=power)
    return member


def test_tagging_closing_and_editing_are_for_those_who_hold_them():
    topic = ask()
    opening = topic.said.get(kind="opening")
    nobody, mateus = make_member("Yuki"), holder("tag", "edit", "close")
    for act in (
        lambda by: set_tags(topic, ["cello"], by=by),
        lambda by: set_open(topic, is_open=False, by=by),
        lambda by: edit_post(opening, by=by, text="In other words.", reason="clearer"),
    ):
        with pytest.raises(NotAllowed):
            act(nobody)
        act(mateus)
    topic.refresh_from_db()
    assert (topic.tag_names, topic.state) == (["cello"], Topic.State.CLOSED)
    assert Post.objects.get(pk=opening.pk).text == "In other words."
    assert HeldPower.objects.filter(used_at=None).count() == 0, "what is used does not go to rest"
    may = may_in(topic, mateus)
    assert (may.tag, may.close, may.improve) == (True, True, True)
    may = may_in(topic, nobody)
    assert (may.tag, may.close, may.improve) == (False, False, False)


def test_somebody_elses_wording_takes_a_reason_keeps_what_it_was_and_they_are_told():
    noor, mateus = make_member("Noor"), holder("edit")
    opening = ask(by=noor).said.get(kind="opening")
    before = opening.text
    with pytest.raises(NotUnderstood, match="Say why"):
        edit_post(opening, by=mateus, text="In other words.")
    edit_post(opening, by=mateus, text="In other words.", reason="the flight is named")
    assert Revision.objects.values_list("text", "by__name", "reason").get() == (
        before,
        "Mateus",
        "the flight is named",
    )
    told = Notice.objects.get(member=noor, kind="decided")
    assert (told.words, told.address) == (
        "Mateus improved your wording: the flight is named",
        f"/community/history/{opening.pk}/",
    )


def test_nobody_edits_the_words_of_the_company_or_takes_away_what_is_not_theirs():
    staff = make_member(agent=make_agent("Delphine Marsh", role="agent"))
    mateus = holder("edit")
    topic = ask()
    for as_brand in (True, False):
        theirs = write_answer(topic, by=staff, text="Yes.", as_brand=as_brand)
        assert not may_edit(mateus, post=theirs)
        with pytest.raises(NotAllowed):
            edit_post(theirs, by=mateus, text="No.", reason="wrong")
    with pytest.raises(NotAllowed):
        remove_post(topic.said.get(kind="opening"), by=mateus)
