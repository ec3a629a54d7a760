"""Ways round the house that must lead nowhere: putting back what waits, opening what is locked, outliving a decision."""

from __future__ import annotations

import pytest
from django.test import Client

from harken.community.actions.changing import NotUnderstood, Overtaken
from harken.community.actions.deciding import decide
from harken.community.actions.editing import edit_post, remove_post, restore_post
from harken.community.actions.flagging import flag_post
from harken.community.actions.joining import change_travel_name, leave
from harken.community.actions.undoing import reverse_decision
from harken.community.actions.writing import write_answer
from harken.community.models import Case, Member, Notice, Post
from harken.community.policy import NAMELESS
from tests.community.house_cast import moderator, settled, waiting_ad
from tests.factories import ask, make_agent, make_member, make_space

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]


def test_what_waits_for_a_look_waits_again_when_it_is_taken_away_and_put_back():
    post, case = waiting_ad()
    remove_post(post, by=post.author)
    assert restore_post(post, by=post.author)
    post.refresh_from_db()
    assert post.state == "held"
    decide(case, by=moderator(), act="keep", rule=1, reason="It is fine.")
    post.refresh_from_db()
    assert post.state == "shown"
    remove_post(post, by=post.author)
    restore_post(post, by=post.author)
    post.refresh_from_db()
    assert post.state == "shown", "somebody has looked"


def test_what_reports_have_hidden_is_not_shown_by_taking_it_away_and_putting_it_back():
    post = write_answer(ask(), by=make_member("Ad Vert"), text="Buy from me")
    for name in ("Anna", "Bjarne", "Chidi"):
        flag_post(post, by=settled(name), rule=1)
    remove_post(post, by=post.author)
    restore_post(post, by=post.author)
    post.refresh_from_db()
    assert post.state == "held"


def test_what_one_person_reported_comes_back_as_it_was():
    post = write_answer(ask(), by=make_member("Piet"), text="Buy it a seat")
    flag_post(post, by=make_member("Anna"), rule=1)
    remove_post(post, by=post.author)
    restore_post(post, by=post.author)
    post.refresh_from_db()
    assert post.state == "shown"


def decided_on_opening(act: str) -> Post:
    opening = ask().said.get()
    flag_post(opening, by=make_member("Anna"), rule=1)
    decide(Case.objects.get(), by=moderator(), act=act, rule=1, reason="It belongs elsewhere.")
    return opening


def test_a_topic_that_was_closed_for_good_is_not_opened_by_taking_it_away_and_putting_it_back():
    opening = decided_on_opening("lock")
    remove_post(opening, by=opening.author)
    restore_post(opening, by=opening.author)
    opening.topic.refresh_from_db()
    assert (opening.topic.state, opening.topic.is_locked) == ("closed", True)


@pytest.mark.parametrize("act", ["close", "lock"])
def test_what_its_author_took_away_meanwhile_is_not_closed(act):
    opening = ask().said.get()
    flag_post(opening, by=make_member("Anna"), rule=1)
    remove_post(opening, by=opening.author)
    with pytest.raises(Overtaken):
        decide(Case.objects.get(), by=moderator(), act=act, rule=1, reason="It belongs elsewhere.")


def suspended(*spans: int) -> tuple[Member, list]:
    """A member about whom this was decided, one after the other: days, 0 for good."""
    member, topic, by = make_member("Piet"), ask(), moderator()
    made = []
    for number, days in enumerate(spans):
        post = write_answer(topic, by=make_member("Somebody"), text=f"Rude {number}")
        Post.objects.filter(pk=post.pk).update(author=member)
        post.refresh_from_db()
        case = flag_post(post, by=make_member("Anna"), rule=1).case
        act = "suspend" if days else "ban"
        made.append(decide(case, by=by, act=act, rule=1, reason="Again and again.", days=days))
    member.refresh_from_db()
    return member, made


def test_taking_an_earlier_suspension_back_leaves_a_later_one():
    member, (first, second) = suspended(3, 0)
    by = moderator("Another")
    reverse_decision(first, by=by, reason="It was not so bad.")
    member.refresh_from_db()
    assert (member.state, member.suspended_until) == ("suspended", None)
    reverse_decision(second, by=by, reason="It was not so bad.")
    member.refresh_from_db()
    assert (member.state, member.suspended_until) == ("active", None)


def test_a_short_suspension_ends_no_longer_one():
    member, (_ban, second) = suspended(0, 1)
    assert (member.state, member.suspended_until) == ("suspended", None)
    reverse_decision(second, by=moderator("Another"), reason="It was not so bad.")
    member.refresh_from_db()
    assert (member.state, member.suspended_until) == ("suspended", None)
    member, (first, second) = suspended(7, 1)
    assert member.suspended_until == first.until
    reverse_decision(first, by=moderator("Third"), reason="It was not so bad.")
    member.refresh_from_db()
    assert member.suspended_until == second.until


def test_who_leaves_leaves_no_name_for_other_networks():
    member = make_member("Ines Rautio")
    change_travel_name(member, travels_as="Ines from Turku")
    leave(member)
    assert Member.objects.get(pk=member.pk).travels_as == ""


# ---- what it said before -------------------------------------------------------------------------------------


def history(post: Post, member: Member | None = None) -> str:
    client = Client()
    if member is not None:
        client.force_login(member.user)
    return client.get(f"/community/history/{post.pk}/").content.decode()


def test_what_was_changed_before_anybody_looked_is_in_no_history_but_its_authors_and_the_moderators():
    post, case = waiting_ad()
    edit_post(post, by=post.author, text="A text about cellos then.")
    decide(case, by=moderator(), act="keep", rule=1, reason="It is fine now.")
    assert "subscribe" not in history(post)
    assert "subscribe" not in history(post, make_member("Reader"))
    for knows in (post.author, moderator("Another"), make_member(agent=make_agent("Delphine Marsh"))):
        assert "subscribe" in history(post, knows)
    edit_post(post, by=post.author, text="A text about violins then.")
    assert "cellos" in history(post), "what was shown stays to be read"


@pytest.mark.parametrize("act", ["ask_edit", "hold"])
def test_what_a_moderator_asked_to_change_is_not_read_on_in_the_history(act):
    post = write_answer(ask(), by=make_member("Piet"), text="Call my neighbour: 0123 456789")
    case = flag_post(post, by=make_member("Anna"), rule=1).case
    made = decide(case, by=moderator(), act=act, rule=1, reason="No numbers of others, please.")
    edit_post(post, by=post.author, text="Ask somebody near you.")
    for case in Case.objects.filter(decided_at=None):
        decide(case, by=moderator("Another"), act="keep", rule=1, reason="It is fine now.")
    assert "456789" not in history(post)
    assert "456789" in history(post, post.author)
    if act == "ask_edit":
        reverse_decision(made, by=moderator("Third"), reason="It was the number of the hotline.")
        assert "456789" in history(post)


def test_a_notice_leads_to_no_address_that_tells_the_title_of_what_is_hidden():
    lounge = make_space("The lounge", audience="lounge")
    guide = make_member("Wren", is_super_user=True)
    topic = ask("Layoffs in spring", by=make_member("Ines", is_super_user=True), space=lounge)
    Notice.objects.create(member=guide, kind="opened", topic=topic)
    client = Client()
    client.force_login(guide.user)
    address = f"/community/notices/{Notice.objects.get().pk}/"
    assert "layoffs" in client.get(address)["Location"]
    Member.objects.filter(pk=guide.pk).update(is_super_user=False)
    assert client.get(address)["Location"] == "/community/notices/"


@pytest.mark.parametrize(
    "name", ["@larkspur@social.example", "#boycott", "spam.example", "https://spam.example"]
)
def test_nobody_is_called_and_no_link_is_set_by_a_name_for_other_networks(name):
    member = make_member("Ines Rautio")
    with pytest.raises(NotUnderstood):
        change_travel_name(member, travels_as=name)
    assert Member.objects.get(pk=member.pk).travels_as == ""
    change_travel_name(member, travels_as="Ines from Turku, 5 o\u2019clock")
    change_travel_name(member, travels_as=NAMELESS)
