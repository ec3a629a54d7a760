"""Mail to members: gathered, only to whom it may go, only what may stand in it; and what they reply."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from django.test import Client
from django.utils.timezone import now

from harken.channels import dispatching, hot
from harken.channels.contract import RawItem, Refused, Sent
from harken.channels.ledger import ledger
from harken.channels.models import Delivery, Dispatch
from harken.community.actions.choosing import thank_post
from harken.community.actions.joining import leave
from harken.community.actions.writing import write_answer, write_comment
from harken.community.intake.filing import file_waiting
from harken.community.letters import boxes, sending, tokens, writing
from harken.community.models import File, Letter, LetterBox, Member, Notice, Post
from harken.connectors.email.envelopes import wrap
from harken.connectors.email.identifiers import own_id
from tests.factories import ask, make_agent, make_channel, make_member, make_space
from tests.pictures import PHOTOS, PLACE, PNG
from tests.web.portal.acting.test_members import an_old_key

pytestmark = pytest.mark.django_db
BOX = "club@larkspur.example"
_ids = itertools.count(1)


@pytest.fixture
def channel():
    return make_channel(
        "email",
        purpose="space",
        settings={"address": BOX, "name": "Larkspur Club", "authserv_id": "mx.larkspur.example"},
        secrets={"password": "x"},
    )


def reader(name: str = "Noor Haddad", **fields) -> Member:
    """A member whose address is confirmed."""
    member = make_member(name, **fields)
    LetterBox.objects.create(member=member, email=member.user.email, confirmed_at=now())
    return member


def write(*, after: timedelta = timedelta(minutes=4)) -> list[Dispatch]:
    """What the lane puts into the way out some minutes later."""
    known = set(Dispatch.objects.values_list("pk", flat=True))
    at = now() + after
    while sending.write_letters(at=at):
        pass
    return list(Dispatch.objects.exclude(pk__in=known).order_by("pk"))


def send(channel, dispatch: Dispatch) -> str:
    """As if the server had taken it; returns its Message-ID."""
    name = own_id(dispatch.key, channel.pk, BOX)
    Dispatch.objects.filter(pk=dispatch.pk).update(state="requesting", fence=1)
    dispatch.refresh_from_db()
    assert dispatching.settle(dispatch, Sent(name, now()), fence=1)
    return name


def mail(text: str, *, of: str, to: str, **headers: str) -> bytes:
    found = EmailMessage()
    found["From"], found["To"] = of, to
    found["Subject"] = headers.pop("subject", "Re: Cello")
    found["Message-ID"] = headers.pop("message_id", f"<m{next(_ids)}@fjord.example>")
    found["Date"] = datetime.now(UTC)
    for name, value in headers.items():
        found[name.replace("_", "-")] = value
    found.set_content(text)
    return found.as_bytes()


def arrive(channel, raw: bytes) -> Delivery:
    hot.store([hot.NewDelivery(channel.pk, RawItem(f"1:{next(_ids)}", wrap(raw, datetime.now(UTC))))])
    while file_waiting():
        pass
    (account,) = ledger([channel])
    assert account.is_balanced
    assert account.waiting == 0
    return Delivery.objects.latest("pk")


def reply_to(dispatch: Dispatch) -> str:
    return f"{BOX.replace('@', '+' + dispatch.body['circular']['reply_tag'] + '@')}"


def answered(channel) -> tuple[Member, Dispatch]:
    """Noor asked, Ines answered, Noor has the mail."""
    noor = reader()
    topic = ask("Can a cello fly?", by=noor)
    write_answer(topic, by=make_member("Ines Rautio"), text="Yes: **buy it a seat**.")
    (dispatch,) = write()
    return noor, dispatch


# ---- out -------------------------------------------------------------------------------------------------


def test_what_happened_within_some_minutes_is_one_mail_a_topic_in_one_thread(channel):
    noor, ines = reader(), make_member("Ines Rautio")
    topic = ask("Can a cello fly?", by=noor)
    first = write_answer(topic, by=ines, text="Yes: **buy it a seat**.")
    write_comment(first, by=ines, text="Row 2 is best.")
    assert write(after=timedelta(minutes=1)) == []
    (one,) = write()
    body, notice = one.body, one.body["circular"]
    assert (one.channel, one.state, body["to"]["key"]) == (channel, "queued", noor.user.email)
    assert body["subject"] == "Can a cello fly?"
    assert "Ines Rautio answered" in body["text"]
    assert "Row 2 is best." in body["text"]
    assert "<strong>buy it a seat</strong>" in notice["html"]
    assert f"/community/t/{topic.pk}/" in body["text"]
    assert notice["unsubscribe_url"] in body["text"]
    assert write() == []
    name = send(channel, one)
    write_answer(topic, by=make_member("Mateus"), text="Ask at the gate.")
    assert write() == []  # not again so soon
    (two,) = write(after=timedelta(minutes=30))
    assert two.body["subject"] == "Re: Can a cello fly?"
    assert (two.body["in_reply_to"], two.body["references"][0]) == (name, one.body["references"][0])


def test_only_a_confirmed_working_own_address_that_was_not_silenced_gets_mail(channel):
    topic_of = {}
    for name, change in (
        ("nobody", None),
        ("unconfirmed", {"confirmed_at": None}),
        ("failing", {"failing_since": now()}),
        ("off", {"off_at": now()}),
        ("other", {"email": "another@fjord.example"}),
    ):
        member = make_member(name) if change is None else reader(name)
        if change is not None:
            LetterBox.objects.filter(member=member).update(**change)
        topic_of[name] = ask(f"Of {name}", by=member)
        write_answer(topic_of[name], by=make_member("Ines"), text="Yes")
    assert write() == []
    assert not Notice.objects.filter(mail_at__isnull=False).exists()
    LetterBox.objects.update(confirmed_at=now(), failing_since=None, off_at=None)
    assert write() == []  # what was settled does not come late


def test_without_a_mailbox_of_the_community_nothing_is_sent_and_nothing_waits():
    topic = ask(by=reader())
    write_answer(topic, by=make_member("Ines"), text="Yes")
    assert write() == []
    assert not Notice.objects.filter(mail_at__isnull=False).exists()
    assert not boxes.ask_confirmation(topic.author)


def test_what_was_seen_taken_away_or_is_not_wanted_is_not_mailed(channel):
    noor, ines = reader(), make_member("Ines")
    topic = ask(by=noor)
    seen = write_answer(topic, by=ines, text="Seen on the page")
    Notice.objects.filter(post=seen).update(seen_at=now())
    gone = write_answer(topic, by=ines, text="Taken away")
    Post.objects.filter(pk=gone.pk).update(state="removed")
    assert write() == []
    boxes.choose_rhythms(noor, {"said": "none", "what": "else"})
    write_answer(topic, by=ines, text="Not wanted")
    assert write() == []
    assert noor.box.__class__.objects.get(member=noor).rhythms == {"said": "none"}


def test_thanks_come_once_a_day_together(channel):
    ines, noor = reader("Ines"), make_member("Noor")
    topic = ask("Can a cello fly?", by=noor)
    answer = write_answer(topic, by=ines, text="Yes")
    thank_post(answer, by=noor)
    thank_post(answer, by=make_member("Mateus"))
    assert write() == []
    (day,) = write(after=timedelta(hours=25))
    assert day.body["subject"] == "2 things in the community"
    assert "Noor thanked you: Can a cello fly?" in day.body["text"]
    assert "reply_tag" not in day.body["circular"]


@pytest.mark.parametrize("audience", ["lounge", "members"])
def test_nothing_of_a_closed_space_stands_in_a_mail_and_who_may_not_read_gets_none(channel, audience):
    canary = "CANARY-7731"
    staff = make_member(agent=make_agent("Delphine Marsh"))
    LetterBox.objects.create(member=staff, email=staff.user.email, confirmed_at=now())
    super_user, plain = reader("Ines", is_super_user=True), reader("Noor")
    topic = ask(
        f"{canary} title",
        by=super_user,
        space=make_space(canary, audience=audience),
        text=canary,
        tags=[canary],
    )
    topic.followers.create(member=staff)
    topic.followers.create(member=plain)  # who may not read it any more, perhaps
    write_answer(topic, by=make_member(canary, is_super_user=True), text=f"{canary} @{plain.slug}")
    found = write()
    wanted = {super_user.user.email, staff.user.email} | (
        {plain.user.email} if audience == "members" else set()
    )
    assert {one.body["to"]["key"] for one in found} == wanted
    for one in found:
        assert canary.lower() not in str(one.body).lower()
        assert f"/community/t/{topic.pk}/" in one.body["text"]


def test_two_processes_at_once_write_one_mail(channel, monkeypatch):
    noor = reader()
    write_answer(ask(by=noor), by=make_member("Ines"), text="Yes")
    real, inner = writing.news, []

    def both(*args, **values):
        if not inner:
            inner.append(True)
            sending.write_letters(at=now() + timedelta(minutes=4))  # the other one, a moment earlier
        return real(*args, **values)

    monkeypatch.setattr(writing, "news", both)  # between looking and taking
    sending.write_letters(at=now() + timedelta(minutes=4))
    assert Dispatch.objects.count() == Letter.objects.count() == 1


# ---- the address -----------------------------------------------------------------------------------------


def test_joining_mails_a_link_and_only_its_button_confirms(channel, client):
    client.post(
        "/community/join/",
        {
            "name": "Ines",
            "email": "ines@fjord.example",
            "password": "a cello in row two",
            "opened": an_old_key(),
        },
    )
    dispatch = Dispatch.objects.get()
    assert dispatch.body["to"]["key"] == "ines@fjord.example"
    assert "unsubscribe_url" not in dispatch.body["circular"]
    path = re.search(r"(/community/mail/confirm/\S+/)", dispatch.body["text"])[1]
    stranger = Client()
    assert stranger.get(path).status_code == 200
    box = LetterBox.objects.get()
    assert box.confirmed_at is None  # programs that look at links confirm nothing
    assert stranger.post(path).status_code == 200
    box.refresh_from_db()
    assert box.confirmed_at is not None
    assert stranger.post(path.replace("confirm/", "confirm/9")).status_code == 404
    box.member.user.email = "other@fjord.example"
    box.member.user.save()
    assert stranger.post(path).status_code == 404
    assert tokens.box_of_confirm(path.split("/")[-2], at=now() + timedelta(days=8)) is None


def test_one_click_ends_all_mail_also_what_waits_and_a_get_ends_nothing(channel):
    noor, dispatch = answered(channel)
    path = "/" + dispatch.body["circular"]["unsubscribe_url"].split("/", 3)[3]
    program = Client(enforce_csrf_checks=True)
    assert "End all mail" in program.get(path).content.decode()
    assert boxes.may_mail(LetterBox.objects.get(member=noor))
    assert program.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    dispatch.refresh_from_db()
    assert dispatch.state == "cancelled"
    write_answer(ask(by=noor), by=make_member("Ines"), text="Yes")
    assert write() == []
    assert program.post(path).status_code == 200  # twice is once
    forged = path.replace(f"off/{noor.pk}-", f"off/{noor.pk + 1}-")
    assert program.post(forged).status_code == 404
    boxes.turn_on(noor)
    write_answer(ask(by=noor), by=make_member("Ines"), text="Yes")
    assert len(write()) == 1


def test_an_address_that_bounces_twice_is_given_up_and_told_on_the_own_page(channel):
    noor, first = answered(channel)
    for number, soft in ((1, True), (1, False), (2, False)):
        dispatch = first if number == 1 else write(after=timedelta(hours=number))[0]
        name = send(channel, dispatch) if not dispatch.external_id else dispatch.external_id
        code = "4.2.2" if soft else "5.1.1"
        report = "\r\n".join(
            (
                "From: mailer-daemon@fjord.example", f"To: {BOX}", f"Message-ID: <b{next(_ids)}@x>", "MIME-Version: 1.0",
                'Content-Type: multipart/report; report-type=delivery-status; boundary="e"', "",
                "--e", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx", "", "Action: failed",
                f"Status: {code}", "Diagnostic-Code: smtp; 550 no such user", "",
                "--e", "Content-Type: text/rfc822-headers", "", f"Message-ID: {name}", "", "--e--", "",
            )
        )  # fmt: skip
        assert arrive(channel, report.encode()).state == "merged"
        assert (LetterBox.objects.get(member=noor).failing_since is not None) is (number == 2)
        write_answer(ask(by=noor), by=make_member("Ines"), text="Yes")
    assert write() == []
    browser = Client()
    browser.force_login(noor.user)
    assert "came back" in browser.get("/community/me/").content.decode()
    boxes.confirm(LetterBox.objects.get(member=noor))
    assert boxes.may_mail(LetterBox.objects.get(member=noor))


def test_a_mail_that_the_server_refuses_counts_as_a_bounce(channel):
    noor, dispatch = answered(channel)
    Dispatch.objects.filter(pk=dispatch.pk).update(state="requesting", fence=1)
    dispatch.refresh_from_db()
    dispatching.settle(dispatch, Refused("550 no such user"), fence=1)
    assert LetterBox.objects.get(member=noor).bounces == 1


def test_who_leaves_leaves_no_address_and_no_mail_behind(channel):
    noor, dispatch = answered(channel)
    email = noor.user.email
    leave(noor)
    dispatch.refresh_from_db()
    assert dispatch.state == "cancelled"
    assert email not in str(dispatch.body)
    assert not LetterBox.objects.exists()
    assert not Letter.objects.exists()


# ---- replies ---------------------------------------------------------------------------------------------


def test_a_reply_stands_in_the_topic_once_with_its_own_words_only(channel):
    noor, dispatch = answered(channel)
    raw = mail(
        "Thank you, which row?\n\nOn Tue, 3 Mar 2026 at 10:00, Larkspur Club <club@larkspur.example> wrote:\n> Yes: buy it a seat.\n",
        of=f"Noor <{noor.user.email}>",
        to=reply_to(dispatch).upper(),
        message_id="<r1@fjord.example>",
    )
    assert arrive(channel, raw).state == "shown"
    post = Post.objects.get(author=noor, kind="comment")
    assert (post.text, post.parent.text) == ("Thank you, which row?", "Yes: **buy it a seat**.")
    assert (post.said_on, post.voice) == ("", "customer")
    assert arrive(channel, raw).state == "duplicate"
    assert Post.objects.filter(author=noor, kind="comment").count() == 1
    assert not Dispatch.objects.exclude(pk=dispatch.pk).exists()


def test_files_of_a_reply_stand_in_the_topic_and_what_cannot_be_added_is_named(channel):
    noor, dispatch = answered(channel)
    found = EmailMessage()
    found["From"], found["To"], found["Subject"] = noor.user.email, reply_to(dispatch), "Re: Cello"
    found["Message-ID"], found["Date"] = "<f1@fjord.example>", datetime.now(UTC)
    found.set_content("Like this?")
    logo = {"maintype": "image", "subtype": "png", "disposition": "inline", "cid": "<logo@fjord.example>"}
    found.add_attachment(PNG, **logo)
    found.add_attachment(PHOTOS["image/jpeg"], maintype="image", subtype="jpeg", filename="my [seat].jpg")
    found.add_attachment("no signal\n", filename="router.log")
    found.add_attachment(b"PK\3\4\0", maintype="application", subtype="zip", filename="all_of_it_.zip")
    forwarded = EmailMessage()
    forwarded["From"] = "somebody.else@fjord.example"
    forwarded.set_content("between us")
    found.add_attachment(forwarded)
    found.add_attachment("BEGIN:VCARD", subtype="vcard", filename="me.vcf")
    assert arrive(channel, found.as_bytes()).state == "shown"
    post = Post.objects.get(author=noor, kind="comment")
    at = "/community/files/[0-9a-f]{40}"
    assert re.fullmatch(
        rf"Like this\?\n\n!\[my \(seat\)\]\({at}\)\n\[router\.log \(10 B\)\]\({at}\)\n"
        r"\(all\\_of\\_it\\_\.zip came along by mail and can't be added here\.\)\n"
        r"\(mail\.eml came along by mail and can't be added here\.\)",
        post.text,
    )
    assert "(all_of_it_.zip came" in post.html
    assert post.html.count("<img") == post.html.count('class="file"') == 1
    assert {one.member for one in File.objects.all()} == {noor}
    for one in File.objects.all():
        answer = Client().get(f"/community/files/{one.stored_as}")
        assert PLACE not in b"".join(answer.streaming_content)
    assert "between us" not in post.html
    assert arrive(channel, found.as_bytes()).state == "duplicate"
    assert File.objects.count() == 2


def test_a_reply_that_is_a_picture_only_is_taken(channel):
    noor, dispatch = answered(channel)
    found = EmailMessage()
    found["From"], found["To"], found["Subject"] = noor.user.email, reply_to(dispatch), "Re: Cello"
    found["Message-ID"], found["Date"] = "<f2@fjord.example>", datetime.now(UTC)
    found.add_attachment(PNG, maintype="image", subtype="png", filename="seat.png")
    assert arrive(channel, found.as_bytes()).state == "shown"
    assert "<img" in Post.objects.get(author=noor, kind="comment").html


def test_a_reply_whose_address_lost_its_tail_is_found_by_our_message_id_and_held_unless_proven(channel):
    noor, dispatch = answered(channel)
    name = send(channel, dispatch)
    first = arrive(channel, mail("Which row?", of=noor.user.email, to=BOX, In_Reply_To=name))
    assert (first.state, first.reason) == ("shown", "held for a look: unproven")
    proven = mail("And which side?", of=noor.user.email, to=BOX, In_Reply_To=name)
    border = b"Authentication-Results: mx.larkspur.example; dmarc=pass header.from=travel.example\r\n"
    assert arrive(channel, border + proven).state == "shown"
    assert list(Post.objects.filter(author=noor, kind="comment").order_by("pk").values_list("state", flat=True)) == [
        "held", "shown",
    ]  # fmt: skip


def test_what_is_not_surely_theirs_is_refused_with_one_polite_word_and_machines_get_none(channel):
    noor, dispatch = answered(channel)
    to = reply_to(dispatch)

    def notes() -> list[Dispatch]:
        return list(Dispatch.objects.exclude(pk=dispatch.pk))

    away = mail("I am away", of=noor.user.email, to=to, Auto_Submitted="auto-replied")
    assert arrive(channel, away).reason == "written by a machine"
    fail = b"Authentication-Results: mx.larkspur.example; dmarc=fail\r\n"
    assert "proven wrong" in arrive(channel, fail + mail("Me", of=noor.user.email, to=to)).reason
    assert notes() == []
    other = mail("From my work address", of="noor@work.example", to=to)
    assert arrive(channel, other).reason == "not from the address it was sent to"
    (note,) = notes()
    assert (note.body["is_automatic"], note.body["to"]["key"]) == (True, "noor@work.example")
    assert "buy it a seat" not in str(note.body)
    arrive(channel, mail("Again", of="noor@work.example", to=to))
    assert len(notes()) == 1
    tag = to.split("+")[1].split("@")[0]
    forged = to.replace(tag, tag[:-1] + ("a" if tag[-1] != "a" else "b"))
    assert arrive(channel, mail("Guessed", of="mallory@evil.example", to=forged)).state == "ignored"
    assert arrive(channel, mail("Hello?", of="stranger@evil.example", to=BOX)).state == "ignored"
    assert len(notes()) == 1
    for _ in range(2):
        assert arrive(channel, mail("A new question", of=noor.user.email, to=BOX)).state == "ignored"
    assert len(notes()) == 2  # a member is told where to write, once a day
    assert Post.objects.exclude(kind="opening").count() == 1


def test_a_reply_to_a_closed_topic_or_an_old_mail_says_so(channel):
    noor, dispatch = answered(channel)
    Letter.objects.update(at=now() - timedelta(days=91))
    assert "too old" in arrive(channel, mail("Hm", of=noor.user.email, to=reply_to(dispatch))).reason
    Letter.objects.update(at=now(), noted_at=None)
    letter = Letter.objects.get()
    letter.topic.state = "closed"
    letter.topic.save()
    assert "closed" in arrive(channel, mail("Hm", of=noor.user.email, to=reply_to(dispatch))).reason
    assert Dispatch.objects.filter(body__is_automatic=True).count() == 2
    Member.objects.filter(pk=noor.pk).update(state="suspended")
    assert arrive(channel, mail("Hm", of=noor.user.email, to=reply_to(dispatch))).state == "ignored"
    assert Dispatch.objects.filter(body__is_automatic=True).count() == 2


def test_one_members_mail_that_can_not_be_written_keeps_nobody_elses_waiting(channel, monkeypatch):
    first, second = reader("Noor Haddad"), reader("Tom Krull")
    first.user.zone = "Mars/Olympus"  # not known any more: the install's own holds
    first.user.save()
    topic = ask(by=first)
    write_comment(topic.said.get(kind="opening"), by=second, text="Me too.")
    other = ask(by=second)
    write_answer(topic, by=make_member("Ines"), text="Yes.")
    write_answer(other, by=make_member("Yuki"), text="No.")
    real = writing.news

    def news(channel, member, *given, **more):
        return 1 / 0 if member.pk == second.pk else real(channel, member, *given, **more)

    monkeypatch.setattr(sending.writing, "news", news)
    write()
    assert set(Letter.objects.values_list("member_id", flat=True)) == {first.pk}
    waiting = Notice.objects.filter(member=second, mail_at__isnull=False)
    assert waiting.exists()
    assert all(one.mail_at > now() + timedelta(minutes=8) for one in waiting), "not at once again"
    monkeypatch.setattr(sending.writing, "news", real)
    write(after=timedelta(minutes=30))
    assert Letter.objects.filter(member=second).exists()
