"""One conversation: what opening it costs, and what an agent can do with it."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from harken.base import presence
from harken.channels.files import file_path
from harken.channels.models import Channel
from harken.inbox.actions.assigning import set_tags
from harken.inbox.models import Conversation, Draft, Mention, Message
from harken.people.models import Handle
from harken.web.desk.surroundings import forget_surroundings
from harken.web.models import KeptThread
from tests.factories import echo_post, receive
from tests.web.cast import client_of

FRAGMENT = {"HX-Request": "true"}


def address(c: Conversation, what: str = "") -> str:
    return f"/desk/c/{c.pk}/{what}"


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["noor", "lead", "admin"])
@pytest.mark.parametrize("count", [1, 3, 50])
def test_opening_a_kept_conversation_costs_three_queries_however_long_it_is(cast, role, count):
    posts = [echo_post(f"And what about bag {n}?", author="ines", thread="t1") for n in range(count)]
    receive(cast.channel, *posts)
    client = client_of(getattr(cast, role))
    client.get("/desk/")
    client.get(address(cast.conversation), headers={"HX-Target": "pane"})
    with CaptureQueriesContext(connection) as found:
        answer = client.get(address(cast.conversation), headers={"HX-Target": "pane"})
    assert answer.content.decode().count("And what about bag") >= count
    assert len(found) <= 3
    with CaptureQueriesContext(connection) as found:
        client.get(address(cast.conversation, "now/"))
    assert len(found) <= 3


@pytest.mark.django_db
def test_a_thread_is_rendered_once_per_change_and_kept(cast):
    client = client_of(cast.noor)
    client.get(address(cast.conversation))
    kept = KeptThread.objects.get()
    client_of(cast.admin).get(address(cast.conversation))
    assert KeptThread.objects.get().kept_at == kept.kept_at
    set_tags(cast.conversation, ["Porto"], by=cast.noor)
    html = client.get(address(cast.conversation)).content.decode()
    assert "set the tags: Porto" in html
    again = KeptThread.objects.get()
    assert again.version > kept.version
    assert "csrf" not in again.html


@pytest.mark.django_db
def test_what_has_not_changed_under_a_reader_is_not_sent_again(cast):
    client = client_of(cast.noor)
    first = client.get(address(cast.conversation, "now/"))
    assert (
        client.get(address(cast.conversation, "now/"), headers={"If-None-Match": first["ETag"]}).status_code
        == 304
    )
    receive(cast.channel, echo_post("Hello?", author="ines", thread="t1"))
    answer = client.get(address(cast.conversation, "now/"), headers={"If-None-Match": first["ETag"]})
    assert answer.status_code == 200
    assert "Hello?" in answer.content.decode()


@pytest.mark.django_db
def test_the_fragment_is_the_pane_and_the_address_is_the_whole_desk(cast):
    client = client_of(cast.noor)
    pane = client.get(address(cast.conversation), headers={"HX-Target": "pane"}).content.decode()
    assert pane.lstrip().startswith("<main")
    page = client.get(address(cast.conversation) + "?view=all").content.decode()
    assert '<section class="list"' in page
    assert "/desk/?view=all" in page
    assert "<main" in page


@pytest.mark.django_db
def test_a_reply_waits_can_be_taken_back_and_its_text_is_there_again(cast):
    client = client_of(cast.noor)
    receive(cast.channel, echo_post("Still nothing?", author="ines", thread="t1"))
    c = Conversation.objects.get(pk=cast.conversation.pk)
    sent = client.post(
        address(c, "reply/"),
        {"mode": "public", "text": "It is in Porto.", "version": c.version, "key": "q" * 32},
        headers=FRAGMENT,
    )
    assert sent.status_code == 200
    html = sent.content.decode()
    assert "Leaves for" in html
    assert json.loads(sent["HX-Trigger-After-Settle"])["harken:acted"]["act"] == "reply"
    m = Message.objects.get(text="It is in Porto.")
    assert m.dispatch.state == "queued"
    assert m.dispatch.not_before > datetime.now(UTC)
    undone = client.post(f"/desk/m/{m.pk}/undo/", headers=FRAGMENT).content.decode()
    assert re.search(r"<textarea[^>]*>It is in Porto\.</textarea>", undone)
    m.refresh_from_db()
    assert m.dispatch.state == "cancelled"
    assert "took a reply back; nothing left" in undone


@pytest.mark.django_db
def test_the_same_form_sent_twice_is_one_reply(cast):
    client = client_of(cast.noor)
    form = {"mode": "public", "text": "Once only.", "version": cast.conversation.version, "key": "z" * 32}
    for _ in range(2):
        assert client.post(address(cast.conversation, "reply/"), form, headers=FRAGMENT).status_code == 200
    assert Message.objects.filter(text="Once only.").count() == 1


@pytest.mark.django_db
def test_a_send_is_stopped_when_something_was_said_meanwhile_and_nothing_typed_is_lost(cast):
    client, c = client_of(cast.noor), cast.conversation
    read = c.version
    receive(cast.channel, echo_post("Never mind, it came!", author="ines", thread="t1"))
    form = {"mode": "public", "text": "We look for it in Porto.", "version": read, "key": "s" * 32}
    stopped = client.post(address(c, "reply/"), form, headers=FRAGMENT)
    assert stopped.status_code == 409
    html = stopped.content.decode()
    assert "Not sent: Ines wrote meanwhile." in html
    assert "Never mind, it came!" in html
    assert re.search(r"<textarea[^>]*>We look for it in Porto\.</textarea>", html)
    assert not Message.objects.filter(text="We look for it in Porto.").exists()
    assert Draft.objects.get(agent=cast.noor).text == "We look for it in Porto."
    for way in ("Drop mine", "Keep as draft", "Send mine as well, in public"):
        assert way in html
    # kept: still a draft, nothing sent
    client.post(address(c, "reply/"), {**form, "way": "keep"}, headers=FRAGMENT)
    assert not Message.objects.filter(text="We look for it in Porto.").exists()
    # sent as well: with the version that was shown with the new message
    fresh = re.search(r'name="version" id="read-version" value="(\d+)"', html)
    assert (
        client.post(address(c, "reply/"), {**form, "version": fresh[1]}, headers=FRAGMENT).status_code == 200
    )
    assert Message.objects.filter(text="We look for it in Porto.").count() == 1


@pytest.mark.django_db
def test_files_of_a_send_that_is_stopped_are_not_kept_and_those_of_one_that_leaves_are(cast):
    client, c = client_of(cast.noor), cast.conversation
    read = c.version
    receive(cast.channel, echo_post("Never mind, it came!", author="ines", thread="t1"))
    before = {one.name for one in Path(settings.MEDIA_ROOT).rglob("*") if one.is_file()}

    def send(version: int) -> int:
        plan = SimpleUploadedFile("plan.pdf", b"%PDF-1.7", "application/pdf")
        form = {"mode": "public", "text": "Here is the plan.", "key": "p" * 32, "files": plan}
        return client.post(address(c, "reply/"), {**form, "version": version}, headers=FRAGMENT).status_code

    assert send(read) == 409
    version = Conversation.objects.get(pk=c.pk).version
    assert send(version) == 422  # this network takes no files
    assert {one.name for one in Path(settings.MEDIA_ROOT).rglob("*") if one.is_file()} == before
    Channel.objects.filter(pk=cast.channel.pk).update(connector="bluesky")
    assert send(version) == 200
    sent = Message.objects.get(text="Here is the plan.")
    (kept,) = sent.attachments.all()
    assert file_path(kept.stored_as).read_bytes() == b"%PDF-1.7"
    assert [one["stored_as"] for one in sent.dispatch.body["attachments"]] == [kept.stored_as]


@pytest.mark.django_db
def test_a_colleague_s_answer_stops_mine_and_tagging_does_not(cast):
    c = cast.conversation
    read = c.version
    set_tags(c, ["Porto"], by=cast.tomas)
    form = {"mode": "public", "text": "One.", "version": read, "key": "1" * 32}
    assert client_of(cast.noor).post(address(c, "reply/"), form, headers=FRAGMENT).status_code == 200
    c.refresh_from_db()
    form = {"mode": "public", "text": "Two.", "version": read, "key": "2" * 32}
    stopped = client_of(cast.tomas).post(address(c, "reply/"), form, headers=FRAGMENT)
    assert stopped.status_code == 409
    assert "Not sent: Noor Bakker answered meanwhile." in stopped.content.decode()


@pytest.mark.django_db
def test_dropping_mine_empties_the_composer_and_the_draft(cast):
    client, c = client_of(cast.noor), cast.conversation
    client.post(address(c, "draft/"), {"mode": "public", "text": "half a"})
    html = client.post(
        address(c, "reply/"), {"mode": "public", "text": "half a", "way": "drop"}, headers=FRAGMENT
    )
    assert re.search(r"<textarea[^>]*></textarea>", html.content.decode())
    assert not Draft.objects.exists()


@pytest.mark.django_db
def test_a_draft_is_there_again_in_its_mode_for_its_writer_alone(cast):
    client, c = client_of(cast.noor), cast.conversation
    assert client.post(address(c, "draft/"), {"mode": "note", "text": "ask Porto"}).status_code == 204
    html = client.get(address(c)).content.decode()
    assert re.search(r"<textarea[^>]*>ask Porto</textarea>", html)
    assert re.search(r'value="note" checked', html)
    assert "ask Porto" not in client_of(cast.tomas).get(address(c)).content.decode()


@pytest.mark.django_db
def test_a_note_stays_in_the_house_and_calls_who_is_named(cast):
    client, c = client_of(cast.noor), cast.conversation
    client.post(address(c, "reply/"), {"mode": "note", "text": "@Tomas please ring Porto"}, headers=FRAGMENT)
    note = Message.objects.get(direction="note")
    assert note.dispatch is None
    assert list(Mention.objects.values_list("agent__user__name", flat=True)) == ["Tomas Ek"]
    assert "please ring Porto" in client_of(cast.tomas).get("/desk/?view=mentions").content.decode() or c.pk
    assert f'id="c{c.pk}"' in client_of(cast.tomas).get("/desk/list/?view=mentions").content.decode()
    forget_surroundings()
    assert f'id="c{c.pk}"' not in client_of(cast.noor).get("/desk/list/?view=mentions").content.decode()


@pytest.mark.django_db
def test_an_empty_reply_is_refused_in_place(cast):
    answer = client_of(cast.noor).post(
        address(cast.conversation, "reply/"), {"mode": "public", "text": "  "}, headers=FRAGMENT
    )
    assert answer.status_code == 422
    assert "Write something first." in answer.content.decode()


@pytest.mark.django_db
def test_without_scripts_each_act_leads_back_to_the_conversation(cast):
    client, c = client_of(cast.noor), cast.conversation
    for what, form in (
        ("assign/", {"agent": "me"}),
        ("tag/", {"add": "Porto"}),
        ("snooze/", {"until": "tomorrow"}),
        ("reopen/", {}),
        ("close/", {}),
        ("reopen/", {}),
        ("reply/", {"mode": "note", "text": "done"}),
    ):
        answer = client.post(address(c, what), form)
        assert answer.status_code == 302, what
        assert answer["Location"] == address(c)
    c.refresh_from_db()
    assert (c.assignee_id, c.tag_names, c.state) == (cast.noor.pk, ["Porto"], "open")


@pytest.mark.django_db
def test_assigning_tagging_snoozing_closing_and_reopening_show_in_head_and_thread(cast):
    client, c = client_of(cast.noor), cast.conversation
    given = client.post(address(c, "assign/"), {"agent": cast.tomas.pk}, headers=FRAGMENT).content.decode()
    assert "Taken care of by Tomas Ek" in given
    assert "Noor Bakker gave it to Tomas Ek" in given
    assert 'id="thread"' in given
    assert 'hx-swap-oob="true"' in given
    assert "<textarea" not in given, "what is being typed stays untouched"
    tagged = client.post(address(c, "tag/"), {"add": "  Porto   station "}, headers=FRAGMENT).content.decode()
    assert "Take off Porto station" in tagged
    off = client.post(address(c, "tag/"), {"remove": "Porto station"}, headers=FRAGMENT).content.decode()
    assert "Take off Porto station" not in off
    late = client.post(address(c, "snooze/"), {"until": "at", "at": "2001-01-01T10:00"}, headers=FRAGMENT)
    assert "still to come" in late.content.decode()
    client.post(address(c, "snooze/"), {"until": "3h"}, headers=FRAGMENT)
    c.refresh_from_db()
    assert c.state == "snoozed"
    assert abs(c.snoozed_until - datetime.now(UTC) - timedelta(hours=3)) < timedelta(minutes=1)


@pytest.mark.django_db
def test_closing_somebody_who_waits_says_that_it_counts_as_never_answered(cast):
    receive(cast.channel, echo_post("Hello?", author="ines", thread="t1"))
    answer = (
        client_of(cast.noor).post(address(cast.conversation, "close/"), headers=FRAGMENT).content.decode()
    )
    assert "it counts as never answered" in answer


@pytest.mark.django_db
def test_giving_it_to_a_team_that_i_am_not_in_leads_me_back_to_the_list(cast):
    answer = client_of(cast.noor).post(
        address(cast.conversation, "assign/"), {"team": cast.other_team.pk}, headers=FRAGMENT
    )
    assert answer["HX-Redirect"] == "/desk/"
    assert client_of(cast.noor).get(address(cast.conversation)).status_code == 404


@pytest.mark.django_db
def test_next_takes_what_needs_me_most_and_says_when_nobody_waits(cast):
    receive(
        cast.channel,
        echo_post("Where is it?", author="b", thread="tb", at=datetime.now(UTC) - timedelta(minutes=55)),
        echo_post("Where is mine?", author="c", thread="tc"),
    )
    client = client_of(cast.noor)
    first = Conversation.objects.filter(needs_answer=True).order_by("-lane", "-rank").first()
    answer = client.post("/desk/next/")
    assert answer["Location"] == f"/desk/c/{first.pk}/"
    first.refresh_from_db()
    assert first.assignee_id == cast.noor.pk
    Conversation.objects.update(needs_answer=False)
    assert client.post("/desk/next/")["Location"] == "/desk/"


@pytest.mark.django_db
def test_a_held_reply_is_read_changed_approved_and_returned_by_a_second_person(cast):
    cast.noor.needs_approval = True
    cast.noor.save()
    c, writer, lead = cast.conversation, client_of(cast.noor), client_of(cast.lead)
    page = writer.get(address(c)).content.decode()
    assert "A second person reads it before it leaves" in page
    writer.post(
        address(c, "reply/"), {"mode": "public", "text": "We pay.", "key": "h" * 32}, headers=FRAGMENT
    )
    m = Message.objects.get(text="We pay.")
    assert m.dispatch.state == "held"
    assert f'id="c{c.pk}"' in lead.get("/desk/list/?view=approve").content.decode()
    assert f"/desk/m/{m.pk}/approve/" in lead.get(address(c)).content.decode()
    assert f"/desk/m/{m.pk}/approve/" not in writer.get(address(c)).content.decode()
    assert writer.post(f"/desk/m/{m.pk}/approve/", headers=FRAGMENT).status_code == 404
    assert client_of(cast.tomas).post(f"/desk/m/{m.pk}/approve/", headers=FRAGMENT).status_code == 404
    silent = lead.post(f"/desk/m/{m.pk}/return/", {"comment": ""}, headers=FRAGMENT)
    assert silent.status_code == 422
    lead.post(f"/desk/m/{m.pk}/return/", {"comment": "Name the sum."}, headers=FRAGMENT)
    back = writer.get(address(c)).content.decode()
    assert "Returned by Ada Kofoed: Name the sum." in back
    assert re.search(r"<textarea[^>]*>We pay\.</textarea>", back)
    writer.post(
        address(c, "reply/"), {"mode": "public", "text": "We pay 214.", "key": "i" * 32}, headers=FRAGMENT
    )
    second = Message.objects.get(text="We pay 214.")
    lead.post(f"/desk/m/{second.pk}/approve/", {"text": "We pay 214 euros."}, headers=FRAGMENT)
    second.refresh_from_db()
    assert second.text == "We pay 214 euros."
    assert second.dispatch.state == "queued"
    assert "Approved by Ada Kofoed" in writer.get(address(c)).content.decode()


@pytest.mark.django_db
def test_what_may_have_left_offers_to_look_first_and_never_to_send_again_first(cast):
    m = cast.reply
    type(m.dispatch).objects.filter(pk=m.dispatch_id).update(
        state="unknown", reason="The line broke.", settled_at=datetime.now(UTC)
    )
    Conversation.objects.filter(pk=cast.conversation.pk).update(version=cast.conversation.version + 1)
    client = client_of(cast.noor)
    html = client.get(address(cast.conversation)).content.decode()
    box = html[html.index("fatebox") :]
    assert box.index("Look there first") < box.index("It did arrive") < box.index("send again")
    assert f'id="c{cast.conversation.pk}"' in client.get("/desk/list/?view=unknown").content.decode()
    client.post(f"/desk/m/{m.pk}/arrived/", headers=FRAGMENT)
    m.refresh_from_db()
    assert m.dispatch.state == "sent"
    again = client.post(f"/desk/m/{m.pk}/again/", headers=FRAGMENT)
    assert "Somebody decided on it already" in again.content.decode()


@pytest.mark.django_db
def test_a_refused_reply_can_be_said_differently(cast):
    m = cast.reply
    type(m.dispatch).objects.filter(pk=m.dispatch_id).update(state="refused", reason="She takes no messages.")
    Conversation.objects.filter(pk=cast.conversation.pk).update(version=cast.conversation.version + 1)
    client = client_of(cast.noor)
    html = client.get(address(cast.conversation)).content.decode()
    assert "The network refused it." in html
    assert "She takes no messages." in html
    changed = client.post(f"/desk/m/{m.pk}/change/", headers=FRAGMENT).content.decode()
    assert re.search(r"<textarea[^>]*>We look for it\.</textarea>", changed)


@pytest.mark.django_db
def test_presence_is_told_to_others_and_ends(cast):
    c, tomas = cast.conversation, client_of(cast.tomas)
    tomas.post(address(c, "presence/"), {"doing": "writing"})
    noor = client_of(cast.noor)
    assert "Tomas Ek is writing" in noor.post(address(c, "presence/"), {"doing": "reading"}).content.decode()
    assert "Noor" not in noor.get(address(c, "presence/")).content.decode()
    tomas.post(address(c, "presence/"), {"doing": "leaving"})
    assert "Tomas" not in noor.get(address(c, "presence/")).content.decode()
    assert presence.presence_of(c.pk, besides=cast.noor.user_id) == []


@pytest.mark.django_db
def test_the_customer_panel_shows_handles_history_and_undoes_a_merge(cast):
    client = client_of(cast.noor)
    html = client.get(address(cast.conversation, "person/")).content.decode()
    assert "@ines" in html
    assert "@ines2" in html
    assert "Two persons in one: the same mail address" in html
    assert "My brother asks the same" in html, "the history is of the merged person"
    page = client.get(f"/people/{cast.person.pk}/").content.decode()
    assert "All that was said" in page
    client.post(f"/people/{cast.person.pk}/unmerge/{cast.merge.pk}/")
    assert Handle.objects.get(key="ines2").person_id == cast.merge.merged_id
    assert Conversation.objects.get(handle__key="ines2").person_id == cast.merge.merged_id
    assert "My brother asks" not in client.get(address(cast.conversation, "person/")).content.decode()


@pytest.mark.django_db
def test_why_first_shows_parts_that_sum_to_the_points(cast):
    receive(
        cast.channel,
        echo_post("Where is it?", author="ines", thread="t1", at=datetime.now(UTC) - timedelta(minutes=50)),
    )
    html = client_of(cast.noor).get(address(cast.conversation)).content.decode()
    why = html[html.index('id="why-menu"') : html.index("Not counted: followers")]
    total = int(re.search(r"(\d+) points", why)[1])
    parts = [int(n) for n in re.findall(r'</span><span class="num">(\d+)</span><svg class="bar"', why)]
    assert parts
    assert sum(parts) == total


@pytest.mark.django_db
def test_who_looks_on_is_shown_for_public_threads_only(cast):
    Conversation.objects.filter(pk=cast.conversation.pk).update(boosts=3, likes=9)
    client = client_of(cast.noor)
    assert "12 look on" in client.get(address(cast.conversation)).content.decode()
    Conversation.objects.filter(pk=cast.conversation.pk).update(is_public=False)
    assert "12 look on" not in client.get(address(cast.conversation)).content.decode()


@pytest.mark.django_db
def test_an_archive_is_read_and_never_answered(cast):
    Conversation.objects.filter(pk=cast.conversation.pk).update(is_archive=True)
    html = client_of(cast.noor).get(address(cast.conversation)).content.decode()
    assert "This is an archive: nothing is sent from it." in html
    assert "Add note for the team" in html
    assert "Reply publicly" not in html


@pytest.mark.django_db
def test_needs_no_answer_and_back_show_in_head_thread_and_list(cast):
    receive(cast.channel, echo_post("Where is my hat?", author="ines", thread="t1"))
    client, c = client_of(cast.noor), cast.conversation
    assert 'value="no"' in client.get(address(c)).content.decode()
    done = client.post(address(c, "need/"), {"needs": "no"}, headers=FRAGMENT).content.decode()
    assert "Noor Bakker said that it needs no answer" in done
    assert "takes that back" in done
    assert 'title="Needs an answer (X)"' in done
    assert f'id="c{c.pk}"' not in client.get("/desk/").content.decode()
    back = client.post(address(c, "need/"), {"needs": "yes"}, headers=FRAGMENT).content.decode()
    assert "Noor Bakker said that it needs an answer" in back
    assert 'title="Needs no answer (X)"' in back
    assert f'id="c{c.pk}"' in client.get("/desk/").content.decode()


@pytest.mark.django_db
def test_where_everything_is_answered_no_answer_can_be_asked_for(cast):
    receive(cast.channel, echo_post("Thank you!", author="ines", thread="t1"))
    client, c = client_of(cast.noor), cast.conversation
    assert 'title="Needs an answer (X)"' in client.get(address(c)).content.decode()
    form = {"mode": "public", "text": "You are welcome.", "version": "", "key": "a" * 32}
    client.post(address(c, "reply/"), form, headers=FRAGMENT)
    assert 'formaction="need/"' not in client.get(address(c)).content.decode()
    refused = client.post(address(c, "need/"), {"needs": "yes"}, headers=FRAGMENT).content.decode()
    assert "has been answered" in refused


@pytest.mark.django_db
def test_nobody_corrects_what_is_not_theirs_to_see(cast):
    assert client_of(cast.otto).post(address(cast.conversation, "need/"), {"needs": "no"}).status_code == 404
