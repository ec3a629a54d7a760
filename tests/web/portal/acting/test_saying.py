"""Saying something in a topic without a script: answers, comments, edits, taking away; nothing typed is lost."""

from __future__ import annotations

import re

import pytest

from harken.community.actions.editing import edit_post, set_open
from harken.community.actions.keeping import keep_draft
from harken.community.actions.writing import write_answer
from harken.community.models import Draft, Member, Post, Topic
from tests.factories import ask, make_agent, make_member
from tests.web.cast import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def asker(quick_passwords):
    return make_member("Noor Haddad")


@pytest.fixture
def ines(quick_passwords):
    return make_member("Ines Rautio")


def page_of(client, topic: Topic) -> str:
    answer = client.get(f"/community/t/{topic.pk}/{topic.slug}/")
    assert answer.status_code == 200
    return answer.content.decode()


def key_in(html: str) -> str:
    return re.search(r'name="key" value="([0-9a-f]{32})"', html)[1]


def test_an_answer_leads_back_to_itself_and_the_same_form_says_it_once(asker, ines):
    topic, client = ask(by=asker), client_of(ines)
    key = key_in(page_of(client, topic))
    sent = [
        client.post(f"/community/t/{topic.pk}/answer/", {"text": "Buy a seat.", "key": key}) for _ in range(2)
    ]
    said = Post.objects.get(kind="answer")
    assert (said.text, said.author, said.voice) == ("Buy a seat.", ines, "customer")
    assert {one["Location"] for one in sent} == {f"/community/t/{topic.pk}/{topic.slug}/#p{said.pk}"}


def test_two_members_with_the_same_key_say_two_things(asker, ines):
    topic = ask(by=asker)
    for member in (ines, asker):
        client_of(member).post(f"/community/t/{topic.pk}/answer/", {"text": "Yes.", "key": "a" * 32})
    assert Post.objects.filter(kind="answer").count() == 2


@pytest.mark.parametrize("text", ["", "  ", "x" * 30_001])
def test_what_cannot_be_kept_comes_back_with_the_reason_at_the_field(asker, ines, text):
    topic, client = ask(by=asker), client_of(ines)
    answer = client.post(f"/community/t/{topic.pk}/answer/", {"text": text})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'aria-invalid="true" aria-describedby="problem"' in html
    assert text.strip() in html
    assert not Post.objects.filter(kind="answer").exists()


def test_an_answer_to_a_topic_closed_meanwhile_is_refused_and_kept(asker, ines):
    topic, client = ask(by=asker), client_of(ines)
    page_of(client, topic)
    set_open(topic, is_open=False, by=asker)
    answer = client.post(f"/community/t/{topic.pk}/answer/", {"text": "Too late <b>perhaps</b>"})
    assert answer.status_code == 409
    assert "This topic is closed" in answer.content.decode()
    assert "Too late &lt;b&gt;perhaps" in answer.content.decode()
    assert Draft.objects.get(member=ines).text == "Too late <b>perhaps</b>"


def test_in_a_closed_space_nothing_new_is_said(asker, ines):
    topic, client = ask(by=asker), client_of(ines)
    topic.space.is_open = False
    topic.space.save()
    html = page_of(client, topic)
    assert "This space is closed" in html
    assert "Send answer" not in html
    answer = client.post(f"/community/t/{topic.pk}/answer/", {"text": "Too late"})
    assert answer.status_code == 409
    assert "Too late</textarea>" in answer.content.decode()


def test_a_draft_is_kept_shown_again_and_gone_when_sent(asker, ines):
    topic, client = ask(by=asker), client_of(ines)
    assert client.post(f"/community/t/{topic.pk}/draft/", {"text": "I think tha"}).status_code == 204
    assert "I think tha</textarea>" in page_of(client, topic)
    assert "I think tha" not in page_of(client_of(asker), topic)
    client.post(f"/community/t/{topic.pk}/answer/", {"text": "I think that it can."})
    assert not Draft.objects.exists()


def test_a_preview_says_nothing_and_runs_nothing(asker, ines):
    topic, client = ask(by=asker), client_of(ines)
    answer = client.post(
        f"/community/t/{topic.pk}/answer/",
        {"text": "**Yes** <script>alert(1)</script>", "do": "preview", "key": "k" * 32},
    )
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "<strong>Yes</strong>" in html
    assert "<script>alert" not in html
    assert f'value="{"k" * 32}"' in html
    assert not Post.objects.filter(kind="answer").exists()


def test_who_previews_and_goes_back_finds_their_words_in_the_form(asker, ines):
    topic, client = ask(by=asker), client_of(ines)
    client.post(f"/community/t/{topic.pk}/answer/", {"text": "I think that", "do": "preview"})
    assert "I think that</textarea>" in page_of(client, topic)
    client.post("/community/ask/", {"title": "Skis?", "text": "Two pairs.", "do": "preview"})
    form = client.get("/community/ask/").content.decode()
    assert 'value="Skis?"' in form
    assert "Two pairs.</textarea>" in form


@pytest.mark.parametrize("travels", [True, False])
def test_a_preview_keeps_whether_the_answer_may_travel(asker, ines, travels):
    topic = ask(by=asker)
    Topic.objects.filter(pk=topic.pk).update(asked_on="mastodon")
    said = {"text": "Yes.", "do": "preview"} | ({"travels": "1"} if travels else {})
    shown = client_of(ines).post(f"/community/t/{topic.pk}/answer/", said).content.decode()
    assert ('name="travels" value="1" checked' in shown) == travels


@pytest.mark.parametrize(
    ("chosen", "kind", "voice"),
    [("employee", "answer", "employee"), ("brand", "answer", "brand"), ("update", "update", "brand")],
)
def test_staff_choose_as_whom_they_speak_and_never_as_members(asker, chosen, kind, voice):
    agent = make_agent("Delphine Marsh", role="agent")
    topic, client = ask(by=asker), client_of(agent)
    assert "In the company’s name" in page_of(client, topic)
    client.post(f"/community/t/{topic.pk}/answer/", {"text": "We checked.", "as": chosen})
    said = Post.objects.exclude(kind="opening").get()
    assert (said.kind, said.voice, said.author.user) == (kind, voice, agent.user)


def test_a_member_who_asks_to_speak_for_the_company_speaks_as_a_customer(asker, ines):
    topic, client = ask(by=asker), client_of(ines)
    assert "In the company’s name" not in page_of(client, topic)
    client.post(f"/community/t/{topic.pk}/answer/", {"text": "We, the company.", "as": "brand"})
    client.post(f"/community/t/{topic.pk}/answer/", {"text": "News.", "as": "update"})
    assert {(p.kind, p.voice) for p in topic.said.exclude(kind="opening")} == {("answer", "customer")}


def test_a_comment_has_a_page_of_its_own_and_leads_back(asker, ines):
    topic = ask(by=asker)
    post, client = write_answer(topic, by=ines, text="A seat."), client_of(asker)
    html = client.get(f"/community/posts/{post.pk}/comment/").content.decode()
    answer = client.post(f"/community/posts/{post.pk}/comment/", {"text": "Thank you!", "key": key_in(html)})
    said = Post.objects.get(kind="comment")
    assert said.parent == post
    assert answer["Location"].endswith(f"#p{said.pk}")
    long = client.post(f"/community/posts/{post.pk}/comment/", {"text": "y" * 2001})
    assert long.status_code == 422
    assert "y" * 2001 in long.content.decode()


def test_an_edit_keeps_what_it_said_before_with_its_reason(asker, ines):
    topic = ask(by=asker)
    post, client = write_answer(topic, by=ines, text="A seet."), client_of(ines)
    html = client.get(f"/community/posts/{post.pk}/edit/").content.decode()
    assert "A seet.</textarea>" in html
    client.post(f"/community/posts/{post.pk}/edit/", {"text": "A seat.", "reason": "spelling", "seen": "0"})
    post.refresh_from_db()
    assert (post.text, post.revisions.get().reason) == ("A seat.", "spelling")


def test_the_title_is_edited_with_the_question_and_its_address_follows(asker):
    topic = ask(by=asker)
    opening = topic.said.get()
    answer = client_of(asker).post(
        f"/community/posts/{opening.pk}/edit/", {"text": opening.text, "title": "Answer", "seen": "0"}
    )
    assert answer["Location"] == f"/community/t/{topic.pk}/answer-topic/#p{opening.pk}"
    assert client_of(asker).get(answer["Location"]).status_code == 200


def test_an_edit_over_somebody_elses_edit_is_a_conflict_that_shows_both(asker, ines):
    topic = ask(by=asker)
    post, client = write_answer(topic, by=ines, text="One."), client_of(ines)
    edit_post(post, by=ines, text="Two, in another tab.")
    answer = client.post(f"/community/posts/{post.pk}/edit/", {"text": "Mine.", "seen": "0"})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Mine.</textarea>" in html
    assert "Two, in another tab." in html
    assert 'name="seen" value="1"' in html, "sent again, it is meant"


def test_others_posts_are_not_edited_and_not_taken_away(asker, ines):
    topic = ask(by=asker)
    post, client = write_answer(topic, by=ines, text="One."), client_of(asker)
    assert client.get(f"/community/posts/{post.pk}/edit/").status_code == 302
    assert client.post(f"/community/posts/{post.pk}/edit/", {"text": "Two."}).status_code == 403
    assert client.post(f"/community/posts/{post.pk}/remove/").status_code == 403
    post.refresh_from_db()
    assert (post.text, post.state) == ("One.", "shown")


def test_what_is_taken_away_can_be_put_back_by_who_did_it_alone(asker, ines):
    topic = ask(by=asker)
    post, client = write_answer(topic, by=ines, text="One."), client_of(ines)
    answer = client.post(f"/community/posts/{post.pk}/remove/", follow=True)
    assert "Put it back" in answer.content.decode()
    assert "One." not in page_of(client_of(asker), topic)
    assert client_of(asker).post(f"/community/posts/{post.pk}/restore/").status_code == 404
    client.post(f"/community/posts/{post.pk}/restore/")
    assert "One." in page_of(client_of(asker), topic)


def test_a_question_with_answers_stays(asker, ines):
    topic = ask(by=asker)
    write_answer(topic, by=ines, text="One.")
    answer = client_of(asker).post(f"/community/posts/{topic.said.get(kind='opening').pk}/remove/")
    assert answer.status_code == 403
    assert "Others have answered" in answer.content.decode()


def test_one_who_is_suspended_reads_and_says_nothing_and_loses_nothing(asker, ines):
    topic, client = ask(by=asker), client_of(ines)
    Member.objects.filter(pk=ines.pk).update(state="suspended")
    answer = client.post(f"/community/t/{topic.pk}/answer/", {"text": "Hello"})
    assert answer.status_code == 403
    assert "may not write here" in answer.content.decode()
    assert Draft.objects.get().text == "Hello"
    assert 'id="write"' not in page_of(client, topic)


def test_what_is_not_for_a_reader_does_not_exist(asker, ines):
    topic = ask(by=asker)
    topic.space.audience = "lounge"
    topic.space.save()
    opening = topic.said.get()
    client = client_of(ines)
    for address in (f"/community/t/{topic.pk}/answer/", f"/community/posts/{opening.pk}/comment/"):
        assert client.get(address).status_code == 404
        assert client.post(address, {"text": "Hm"}).status_code == 404
    assert not Draft.objects.exists()


def test_nobody_signed_in_is_led_to_the_sign_in_and_the_page_has_no_form(asker, client):
    topic = ask(by=asker)
    keep_draft(asker, text="My draft", topic=topic)
    html = page_of(client, topic)
    assert "<form" not in html.partition("<main")[2].partition("</main>")[0]
    assert "My draft" not in html
    assert client.post(f"/community/t/{topic.pk}/answer/", {"text": "x"})["Location"].startswith("/sign-in/")
