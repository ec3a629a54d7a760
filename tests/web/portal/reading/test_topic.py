"""A topic's page and its history: what stands first, who speaks, what is left out."""

from __future__ import annotations

import json
import re

import pytest

from harken.community.actions.choosing import choose_answer, tell_outcome, thank_post
from harken.community.actions.editing import edit_post
from harken.community.actions.elsewhere import open_topic_for, withdraw_opening
from harken.community.actions.joining import meet
from harken.community.actions.writing import write_answer
from harken.community.models import Member, Post, Topic
from tests.factories import ask, make_agent, make_member

from .reading import body, get, html, topic_address

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]


def test_a_topic_shows_what_solved_it_first_and_always_who_speaks(told):
    choose_answer(told["answer"], by=told["asker"])
    shown = body(topic_address(told["topic"]))
    assert (
        shown.index("This solved it")
        < shown.index("Take a <strong>window</strong> seat")
        < shown.index("by hand")
    )
    assert "chosen by Noor Haddad, who asked" in shown
    for label in ("Customer", "Super user", "Employee"):
        assert f"{label}</span>" in shown
    assert "post-company post-staff" in shown
    assert "Thank you, it fits." in shown


def test_answers_stand_by_thanks_then_by_time_and_updates_of_the_company_last(told):
    staff = Member.objects.get(name="Delphine Marsh")
    write_answer(told["topic"], by=staff, text="The form was mended.", as_update=True)
    late = write_answer(told["topic"], by=make_member("Mateus"), text="Same with my bass.")
    thank_post(late, by=told["asker"])
    shown = body(topic_address(told["topic"]))
    order = [
        shown.index(words) for words in ("Same with my bass", "window", "by hand", "The form was mended")
    ]
    assert order == sorted(order)
    assert "an update, not an answer" in shown
    assert "Larkspur Air, the company" in shown
    assert "written by <bdi>Delphine Marsh</bdi>" in shown


def test_worked_for_is_a_share_from_five_on_and_words_before(told):
    members = [make_member(f"Traveller {n}") for n in range(5)]
    for n, member in enumerate(members[:4]):
        tell_outcome(
            told["answer"], by=member, worked=n != 0, words="No window wide enough." if n == 0 else ""
        )
    shown = html(topic_address(told["topic"]))
    assert "Worked for" not in shown
    assert "No window wide enough." in shown
    tell_outcome(told["answer"], by=members[4], worked=True)
    assert "Worked for 4 of 5" in html(topic_address(told["topic"]))


def test_a_wrong_slug_leads_to_the_right_one(told):
    answer = get(f"/community/t/{told['topic'].pk}/anything/")
    assert (answer.status_code, answer["Location"]) == (301, topic_address(told["topic"]))


def test_related_ones_are_named_too_so_that_a_new_title_reaches_them(told):
    other = ask("Where does a violin count?", by=told["asker"], space=told["space"], tags=["instruments"])
    choose_answer(write_answer(other, by=told["helper"], text="As a cabin bag."), by=told["asker"])
    answer = get(topic_address(told["topic"]))
    assert "Where does a violin count?" in answer.content.decode()
    assert f"topic:{other.pk}" in answer["X-Harken-Keep"].split()


def test_removed_and_held_ones_are_shown_to_nobody_else(told):
    Post.objects.filter(pk=told["answer"].pk).update(state="held")
    Topic.objects.filter(pk=told["topic"].pk).update(version=99)
    assert "window" not in html(topic_address(told["topic"]))
    assert "waits for a look" in html(topic_address(told["topic"]), told["helper"])
    Topic.objects.filter(pk=told["topic"].pk).update(state="removed", is_shown=False)
    assert get(topic_address(told["topic"])).status_code == 404
    assert get(topic_address(told["topic"]), told["asker"]).status_code == 404


def test_a_structured_question_is_valid_and_no_text_breaks_out_of_it(told):
    evil = 'Cello </script><script>alert(1)</script> & <!-- "quoted" \u2028'
    topic = ask(evil, by=told["asker"], space=told["space"], text=f"Really? `{evil}`")
    choose_answer(write_answer(topic, by=told["helper"], text=f"No: `{evil}`"), by=told["asker"])
    write_answer(topic, by=make_member("Mateus"), text="Perhaps.")
    shown = html(topic_address(topic))
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', shown, re.DOTALL)
    assert len(found) == 1
    assert "<" not in found[0]
    data = json.loads(found[0])
    assert data["@type"] == "QAPage"
    question = data["mainEntity"]
    assert question["name"] == topic.title
    assert question["answerCount"] == 2
    assert "</script>" in question["acceptedAnswer"]["text"]
    assert [one["text"] for one in question["suggestedAnswer"]] == ["Perhaps."]
    assert question["author"]["name"] == "Noor Haddad"
    assert "<script>alert" not in shown
    for said in (question, question["acceptedAnswer"], question["suggestedAnswer"][0]):
        assert said["datePublished"].startswith("20")
        assert said["author"]["url"].startswith("http")


def test_what_nobody_has_answered_is_no_structured_question(told):
    topic = ask("Does a harp fly?", by=told["asker"], space=told["space"])
    assert "application/ld+json" not in html(topic_address(topic))
    employee = make_member(agent=make_agent("Rania Seffen"))
    write_answer(topic, by=employee, text="It does.")
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html(topic_address(topic)))
    author = json.loads(found[1])["mainEntity"]["suggestedAnswer"][0]["author"]
    assert author["worksFor"]["@type"] == "Organization"
    assert "jobTitle" not in author


def test_head_says_where_it_is_and_what_it_is_about(told):
    shown = html(topic_address(told["topic"]))
    assert re.search(
        r'<link rel="canonical" href="https?://[^"]+' + re.escape(topic_address(told["topic"])), shown
    )
    assert '<meta name="description" content="Bergen to Porto' in shown
    assert 'property="og:title" content="Can a cello fly in the cabin?"' in shown


def test_many_answers_come_in_pages(told):
    for n in range(45):
        write_answer(told["topic"], by=told["helper"], text=f"Further word {n:02d}.")
    address = topic_address(told["topic"])
    first, second = html(address), html(f"{address}?page=2")
    assert 'rel="next"' in first
    assert 'rel="prev"' in second
    assert "Further word 44." in second
    assert 'id="answers"' in second
    assert get(f"{address}?page=3").status_code == 404
    assert get(f"{address}?page=x").status_code == 404


def test_the_posts_of_who_left_stay_without_their_name(told):
    Member.objects.filter(pk=told["helper"].pk).update(state="gone")
    shown = html(topic_address(told["topic"]))
    assert "Ines" not in shown
    assert "Somebody who left" in shown
    assert "/community/p/ines-rautio/" not in shown


def test_the_history_shows_what_changed_and_escapes_it(told):
    edit_post(told["answer"], by=told["helper"], text="Yes. Take an <i>aisle</i> seat.", reason="new rule")
    shown = html(f"/community/history/{told['answer'].pk}/")
    assert "new rule" in shown
    assert re.search(r"<del>[^<]*window", shown)
    assert "&lt;" in shown
    assert "<i>aisle" not in shown
    assert "edited once" in html(topic_address(told["topic"]))
    assert "Never edited" in html(f"/community/history/{told['staff'].pk}/")


def test_a_question_taken_back_elsewhere_leaves_its_answers_readable(told):
    staff = Member.objects.get(name="Delphine Marsh")
    asker = meet("Yuki Abe")
    topic = open_topic_for(
        asker,
        by=staff,
        space=told["space"],
        title="Rebooked to Tuesday",
        text="Do I pay?",
        asked_on="bluesky",
    )
    shown = body(topic_address(topic))
    assert "summed up by <bdi>Delphine Marsh</bdi>" in shown
    assert "Bluesky" in shown
    write_answer(topic, by=told["helper"], text="No, it is free.")
    withdraw_opening(topic)
    topic.refresh_from_db()
    shown = body(topic_address(topic))
    assert "No, it is free." in shown
    assert "Do I pay?" not in shown
    assert "Yuki" not in shown
