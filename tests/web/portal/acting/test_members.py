"""Joining, one's own page, leaving, and notices."""

from __future__ import annotations

import time

import pytest
from django.test import Client

from harken.accounts.models import Attempt, User
from harken.base.models import Event
from harken.community.actions.choosing import choose_answer, thank_post
from harken.community.actions.writing import write_answer, write_comment
from harken.community.models import Member, Notice, Post
from harken.web.portal import form_times
from harken.web.portal.acting import joining
from harken.web.portal.form_times import new_key
from tests.factories import ask, make_agent, make_member
from tests.web.cast import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

GOOD = {"name": "Noor  Haddad", "email": "Noor@Quayside.example", "password": "a cello on the ferry"}


def an_old_key() -> str:
    """The key of a form that was opened a while ago."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(form_times.time, "time", lambda: time.time_ns() / 1e9 - 30)
        return new_key()


def join(client: Client, **fields: str):
    return client.post("/community/join/", {**GOOD, "opened": an_old_key(), **fields})


def test_who_joins_is_a_member_signed_in_at_once_and_led_where_they_wanted(client):
    answer = join(client, next="/community/ask/")
    assert answer["Location"] == "/community/ask/"
    member = Member.objects.get()
    assert (member.name, member.slug, member.user.email) == (
        "Noor Haddad",
        "noor-haddad",
        "noor@quayside.example",
    )
    assert client.get("/community/me/").status_code == 200
    assert client.get("/desk/").status_code == 302, "a member is no agent"
    at_the_desk = client.get("/desk/", follow=True)
    assert (at_the_desk.status_code, len(at_the_desk.redirect_chain)) == (404, 1), "not led about in a circle"
    for wanted, leads in (("/desk/", "/"), ("/setup/people/?q=1", "/"), ("/community/me/", "/community/me/")):
        again = Client().post(
            "/sign-in/", {"username": "noor@quayside.example", "password": GOOD["password"], "next": wanted}
        )
        assert again["Location"] == leads
    assert (
        Client()
        .post("/sign-in/", {"username": "noor@quayside.example", "password": GOOD["password"]})
        .status_code
        == 302
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "  "}, "required"),
        ({"email": "noor"}, "valid email"),
        ({"password": "short"}, "at least 10"),
        ({"password": "1234567890"}, "too common"),
        ({"password": "noorhaddad1"}, "too similar"),
    ],
)
def test_what_is_wrong_is_said_and_the_password_is_not_sent_back(client, wrong, said):
    answer = join(client, **wrong)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert said in html
    assert GOOD["password"] not in html
    assert not User.objects.exists()


def test_a_known_address_is_told_so_with_the_way_in(client):
    make_agent("Noor Bakker")
    answer = join(client, email="NOOR.bakker@larkspur.example")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "This address has an account already." in html
    assert 'href="/sign-in/?next=' in html
    assert not Member.objects.exists()


def test_it_never_leads_to_another_site(client):
    assert join(client, next="https://evil.example/")["Location"] == "/community/"


def test_what_looks_like_a_machine_joins_nothing_and_a_person_is_told_the_way(client):
    trapped = join(client, website="https://pills.example")
    assert trapped.status_code == 422
    assert b'id="website"' in trapped.content  # to be seen now, and emptied
    assert not User.objects.exists()
    for opened in ("", "made up", new_key()):
        quick = join(client, opened=opened)
        assert (quick.status_code, b"type your password again" in quick.content) == (422, True)
    assert not User.objects.exists()
    assert join(client, opened=an_old_key()).status_code == 302


def test_too_many_tries_from_one_place_or_for_one_address_wait(client, monkeypatch):
    monkeypatch.setattr(joining, "MOST_FROM_ONE_PLACE", 3)
    for n in range(3):
        assert join(Client(), email=f"noor{n}@quayside.example").status_code == 302
    refused = join(Client(), email="noor9@quayside.example")
    assert (refused.status_code, refused["Retry-After"]) == (429, "3600")
    assert "noor9@quayside.example" in refused.content.decode()
    assert Client(REMOTE_ADDR="2001:db8::7").get("/community/join/").status_code == 200
    assert join(Client(REMOTE_ADDR="2001:db8::7"), email="a@quayside.example").status_code == 302
    assert not Attempt.objects.filter(who__contains="quayside").exists(), "no address is kept"


def test_the_own_page_changes_what_others_see(client):
    join(client)
    client.post(
        "/community/me/", {"do": "profile", "name": "Noor H.", "line": "has a cello", "about": "Hello"}
    )
    member = Member.objects.get()
    assert (member.name, member.line, member.about) == ("Noor H.", "has a cello", "Hello")
    wrong = client.post("/community/me/", {"do": "profile", "name": "N", "line": "x" * 81})
    assert wrong.status_code == 422
    assert "x" * 81 in wrong.content.decode()
    assert client.post("/community/me/", {"do": "look", "zone": "Mars/Base"}).status_code == 422
    client.post("/community/me/", {"do": "look", "zone": "Europe/Oslo", "language": "de"})
    assert (User.objects.get().zone, User.objects.get().language) == ("Europe/Oslo", "de")


def test_the_password_is_changed_by_who_knows_it_and_other_browsers_are_out(client):
    join(client)
    other = client_of(Member.objects.get())
    assert (
        client.post(
            "/community/me/", {"do": "password", "password": "wrong", "new_password": "another long one"}
        ).status_code
        == 422
    )
    assert (
        client.post(
            "/community/me/", {"do": "password", "password": GOOD["password"], "new_password": "short"}
        ).status_code
        == 422
    )
    client.post(
        "/community/me/", {"do": "password", "password": GOOD["password"], "new_password": "another long one"}
    )
    assert client.get("/community/me/").status_code == 200
    assert other.get("/community/me/").status_code == 302


def test_who_leaves_is_gone_and_what_they_wrote_stays_without_the_name(client):
    join(client)
    member, other = Member.objects.get(), make_member("Ines Rautio")
    topic = ask(by=other)
    write_answer(topic, by=member, text="With a seat of its own.")
    thank_post(write_answer(topic, by=other, text="Thanks all."), by=member)
    assert client.post("/community/me/", {"do": "leave", "password": "wrong"}).status_code == 422
    answer = client.post("/community/me/", {"do": "leave", "password": GOOD["password"]})
    assert "You have left" in answer.content.decode()
    member.refresh_from_db()
    assert (member.state, member.user, member.name) == ("gone", None, "Somebody who left")
    assert not User.objects.filter(email="noor@quayside.example").exists()
    assert (
        Event.objects.filter(kind="MemberChanged", subject_id=member.pk).latest("id").data["what"] == "left"
    )
    html = client_of(other).get(f"/community/t/{topic.pk}/{topic.slug}/").content.decode()
    assert "With a seat of its own." in html
    assert "Noor" not in html
    assert client.get("/community/me/").status_code == 302
    assert join(Client()).status_code == 302, "the address is free again"
    assert Member.objects.get(user__email="noor@quayside.example").pk != member.pk


def test_the_companys_people_do_not_leave_by_themselves():
    client = client_of(make_agent("Delphine Marsh", role="agent"))
    assert "Leave for good" not in client.get("/community/me/").content.decode()
    assert client.post("/community/me/", {"do": "leave", "password": "correct horse"}).status_code == 403
    assert User.objects.count() == 1


def test_notices_lead_to_the_post_and_are_seen_then(client):
    noor, ines = make_member("Noor Haddad"), make_member("Ines Rautio")
    topic = ask(by=noor)
    post = write_answer(topic, by=ines, text="Yes.")
    write_comment(post, by=noor, text="Thank you!")
    thank_post(post, by=noor)
    choose_answer(post, by=noor)
    his, hers = client_of(noor), client_of(ines)
    html = hers.get("/community/notices/").content.decode()
    for words in ("Noor Haddad commented", "Noor Haddad thanked you", "your answer solved it"):
        assert words in html
    one = Notice.objects.get(kind="thanked")
    assert hers.get(f"/community/notices/{one.pk}/")["Location"].endswith(f"#p{post.pk}")
    one.refresh_from_db()
    assert one.seen_at
    assert his.get(f"/community/notices/{one.pk}/")["Location"] == "/community/notices/"
    hers.post("/community/notices/")
    assert not ines.notices.filter(seen_at=None).exists()
    assert "Mark all as seen" not in hers.get("/community/notices/").content.decode()
    assert "Ines Rautio answered" in his.get("/community/notices/").content.decode()


def test_notices_of_what_is_not_there_any_more_are_not_shown(client):
    noor, ines = make_member("Noor Haddad"), make_member("Ines Rautio")
    post = write_answer(ask(by=noor), by=ines, text="Yes.")
    Post.objects.filter(pk=post.pk).update(state="removed")
    client = client_of(noor)
    html = client.get("/community/notices/").content.decode()
    assert "Nothing new for you" in html
    assert "Mark all as seen" in html, "the mark at the bell can be had away"
    assert "has-new" in html
    client.post("/community/notices/")
    assert "has-new" not in client.get("/community/notices/").content.decode()


def test_a_notice_without_a_topic_says_itself_what_happened_and_where_it_leads():
    ines = make_member("Ines Rautio")
    one = Notice.objects.create(
        member=ines,
        kind="standing",
        words="You may tag topics now.",
        address="/community/me/",
        key="standing:1",
    )
    hers = client_of(ines)
    assert "You may tag topics now." in hers.get("/community/notices/").content.decode()
    assert hers.get(f"/community/notices/{one.pk}/")["Location"] == "/community/me/"
    one.refresh_from_db()
    assert one.seen_at


def test_older_notices_are_a_page_further(client):
    noor, ines = make_member("Noor Haddad"), make_member("Ines Rautio")
    topic = ask("A cello?", by=noor)
    for n in range(45):
        write_answer(topic, by=ines, text=f"Answer {n}.")
    mine = client_of(noor)
    html = mine.get("/community/notices/").content.decode()
    assert html.count('class="row is-new"') == 40
    older = html.partition("?before=")[2].partition('"')[0]
    assert mine.get(f"/community/notices/?before={older}").content.decode().count('class="row is-new"') == 5


def test_signing_out_leads_members_back_to_the_community(client):
    join(client)
    assert client.post("/sign-out/")["Location"] == "/community/"
    assert 'href="/community/join/' in client.get("/sign-in/").content.decode()
