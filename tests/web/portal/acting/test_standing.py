"""The pages of standing: one's own, whom somebody helped, and how it works; what they show and what they cost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from harken.community.actions.changing import NotAllowed, Overtaken
from harken.community.actions.choosing import choose_answer, tell_outcome
from harken.community.actions.super_users import answer_call, invite_super_user, step_down, withdraw_call
from harken.community.actions.writing import write_answer
from harken.community.models import HeldPower, Member, Notice, SuperUserCall
from harken.community.tasks import keep_standing
from tests.factories import ask, make_agent, make_member, make_space
from tests.web.cast import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
MINE = "/community/me/standing/"


def solved(helper: Member, *, times: int = 1, **fields) -> None:
    for n in range(times):
        topic = ask(f"Can a cello fly on day {n}?", by=make_member(f"Asker {n}"), tags=["cello"], **fields)
        answer = write_answer(topic, by=helper, text="Yes.")
        choose_answer(answer, by=topic.author)
        tell_outcome(answer, by=make_member(f"Other {n}"), worked=True, words="It fitted.")


def night() -> None:
    while keep_standing():
        pass


@pytest.fixture
def ines():
    member = make_member("Ines Rautio", joined_at=now() - timedelta(days=40))
    solved(member, times=3)
    night()
    return Member.objects.select_related("user").get(pk=member.pk)


def test_a_member_sees_what_they_have_why_and_what_comes_next(ines):
    page = client_of(ines).get(MINE).content.decode()
    for words in (
        "3 people helped",
        "Help credit today",
        "others helped later by the same answers",
        "You can put tags on the topics of others.",
        "Next: Closing",
        "of 60 days here",
        "It fitted.",
        "Helped 3 people",
    ):
        assert words in page, words


def test_the_figure_opens_to_its_rows_and_only_to_what_the_reader_may_read(ines):
    lounge = make_space("Lounge", audience="lounge")
    solved(ines, space=lounge)
    assert "3 people helped" in client_of(None).get(f"/community/p/{ines.slug}/").content.decode()
    rows = client_of(None).get(f"/community/p/{ines.slug}/helped/").content.decode()
    assert "3 people helped" in rows
    assert rows.count('class="row-title"') == 3
    assert "Lounge" not in rows
    assert "What they know" in client_of(None).get(f"/community/p/{ines.slug}/").content.decode()


def test_the_formulas_are_public_with_the_figures_of_this_community(ines):
    page = client_of(None).get("/community/how-standing-works/").content.decode()
    assert "1 members helped somebody" in page
    assert "ln(1 +" in page
    assert "super user" in page.lower()


def test_who_works_for_the_company_has_no_standing():
    staff = make_member(agent=make_agent("Delphine Marsh", role="agent"))
    page = client_of(staff).get(MINE).content.decode()
    assert "there is no rank for you" in page
    assert "Help credit today" not in page


@pytest.mark.parametrize("count", [1, 6])
def test_the_pages_cost_the_same_for_one_person_helped_and_for_many(count):
    member = make_member("Ines Rautio", joined_at=now() - timedelta(days=40))
    solved(member, times=count)
    night()
    for address, most in (
        (MINE, 22),
        (f"/community/p/{member.slug}/helped/", 6),
        (f"/community/p/{member.slug}/", 8),
    ):
        client = client_of(member)
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        assert len(asked) <= most, (address, len(asked))


def test_a_power_at_rest_is_taken_up_with_one_press(ines):
    HeldPower.objects.filter(member=ines, power="tag").update(state="resting", why="unused")
    Member.objects.filter(pk=ines.pk).update(powers=[])
    client = client_of(ines)
    assert "Take it up again" in client.get(MINE).content.decode()
    assert client.post(MINE, {"do": "take_up", "power": "tag"}).status_code == 302
    assert "tag" in Member.objects.get(pk=ines.pk).powers


def test_a_super_user_is_one_from_their_own_yes_on_and_until_they_step_down(ines):
    staff = make_member(agent=make_agent("Delphine Marsh", role="lead"))
    with pytest.raises(NotAllowed):
        invite_super_user(ines, by=make_member("Yuki"), words="Please.")
    call = invite_super_user(ines, by=staff, words="You have helped so many.")
    with pytest.raises(Overtaken):
        invite_super_user(ines, by=staff, words="Again.")
    assert not Member.objects.get(pk=ines.pk).is_super_user
    assert Notice.objects.filter(member=ines, kind="standing", key=f"call:{call.pk}").exists()
    client = client_of(ines)
    assert "You have helped so many." in client.get(MINE).content.decode()
    client.post(MINE, {"do": "yes"})
    assert Member.objects.get(pk=ines.pk).is_super_user
    assert "Step down" in client.get(MINE).content.decode()
    client.post(MINE, {"do": "step_down"})
    assert not Member.objects.get(pk=ines.pk).is_super_user
    assert SuperUserCall.objects.values_list("state", "ended_why").get() == ("ended", "stepped_down")


def test_an_invitation_is_declined_or_withdrawn_and_then_open_no_more(ines):
    staff = make_member(agent=make_agent("Delphine Marsh", role="lead"))
    call = invite_super_user(ines, by=staff, words="Would you?")
    withdraw_call(call, by=staff)
    assert not Notice.objects.filter(key=f"call:{call.pk}").exists()
    with pytest.raises(Overtaken):
        answer_call(call, by=ines, is_yes=True)
    again = invite_super_user(ines, by=staff, words="Would you?")
    answer_call(again, by=ines, is_yes=False)
    assert not Member.objects.get(pk=ines.pk).is_super_user
    with pytest.raises(Overtaken):
        step_down(Member.objects.get(pk=ines.pk))


def test_the_lounge_is_offered_lists_who_is_there_and_is_closed_to_others(ines):
    admin = make_agent("Oskar Lind", role="admin")
    setup = client_of(admin)
    assert "/setup/spaces/new/?for=lounge" in setup.get("/setup/spaces/").content.decode()
    form = setup.get("/setup/spaces/new/?for=lounge").content.decode()
    assert 'value="lounge" checked' in " ".join(form.replace("\n", " ").split()) or "The lounge" in form
    lounge = make_space("The lounge", audience="lounge")
    assert "for=lounge" not in setup.get("/setup/spaces/").content.decode()
    make_member(agent=make_agent("Delphine Marsh", role="agent"))
    address = f"/community/s/{lounge.slug}/"
    assert client_of(ines).get(address).status_code == 404
    Member.objects.filter(pk=ines.pk).update(is_super_user=True)
    page = client_of(ines).get(address).content.decode()
    assert "Who is here" in page
    assert "Delphine Marsh" in page
    assert address in client_of(ines).get(MINE).content.decode(), "the door from one's standing"


def test_whoever_may_improve_the_wording_of_others_finds_the_button_and_the_form_asks_why(ines):
    Member.objects.filter(pk=ines.pk).update(powers=["edit"])
    topic = ask("May I bring a ladder?", by=make_member("Noor"))
    opening = topic.said.get(kind="opening")
    client = client_of(ines)
    where = f"/community/t/{topic.pk}/{topic.slug}/"
    assert "Improve the wording" in client.get(where).content.decode()
    assert "Improve the wording" not in client_of(make_member("Yuki")).get(where).content.decode()
    form = f"/community/posts/{opening.pk}/edit/"
    assert "they are told" in client.get(form).content.decode()
    sent = {"text": "A ladder of two metres.", "title": topic.title, "seen": 0}
    assert client.post(form, sent).status_code == 422
    assert client.post(form, {**sent, "reason": "its length"}).status_code == 302
    assert "A ladder of two metres." in client.get(where).content.decode()
