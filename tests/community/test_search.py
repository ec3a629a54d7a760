"""Searching the community: each topic once, best or newest first, marked, and only what one may see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from harken.base import sql
from harken.community.actions.choosing import choose_answer
from harken.community.actions.editing import remove_post
from harken.community.actions.writing import write_answer
from harken.community.models import Space, Tag, Topic
from harken.community.queries import search
from harken.community.queries.marking import marked, passage
from harken.community.queries.search import search_topics
from harken.community.queries.suggesting import suggest_topics
from harken.community.tasks import tidy
from tests.factories import ask, make_agent, make_member, make_space

pytestmark = pytest.mark.django_db


def titles(page: search.HitPage) -> list[str]:
    return [Topic.objects.get(pk=hit.topic_id).title for hit in page.hits]


def all_pages(query: str, **more) -> list[str]:
    found, before = [], None
    for _ in range(50):
        page = search_topics(query, member=None, before=before, **more)
        found += titles(page)
        before = page.before
        if not before:
            return found
    raise AssertionError("the pages have no end")


def test_titles_come_first_then_what_is_solved_then_the_newest():
    noor, ines = make_member("Noor"), make_member("Ines")
    in_title = ask("A viola in the cabin", by=noor, text="May it?")
    solved = ask("Strings on board", by=noor, text="My viola is large.")
    choose_answer(write_answer(solved, by=ines, text="Buy it a seat."), by=noor)
    ask("Older", by=noor, text="No viola but a cello.")
    ask("Newest", by=noor, text="A viola again.")
    ask("Nothing of the kind", by=noor)
    assert titles(search_topics("viola", member=None)) == [
        "A viola in the cabin",
        "Strings on board",
        "Newest",
        "Older",
    ]
    assert search_topics("viola", member=None).before == ""
    assert titles(search_topics("viola cello", member=None)) == ["Older"]
    assert in_title.pk == search_topics("VÍOLA cabin", member=None).hits[0].topic_id


def test_a_topic_is_found_once_by_any_of_its_posts_with_the_words_marked():
    noor, ines = make_member("Noor"), make_member("Ines")
    topic = ask("Which instruments?", by=noor, text="A harp & <b>a drum</b>.")
    write_answer(topic, by=ines, text="A harp goes in the hold, **packed** well.")
    answer = write_answer(topic, by=ines, text="Say at check-in that it is a harp.")
    page = search_topics("harp", member=None)
    assert [(hit.topic_id, hit.post_id) for hit in page.hits] == [(topic.pk, answer.pk)]
    assert page.hits[0].passage == "Say at check-in that it is a <mark>harp</mark>."
    assert search_topics("packed hold", member=None).hits[0].passage == (
        "A harp goes in the <mark>hold</mark>, <mark>packed</mark> well."
    )
    assert "&lt;b&gt;" in search_topics("drum", member=None).hits[0].passage


@pytest.mark.parametrize("selective", [2, 200])
def test_pages_show_everything_once(monkeypatch, selective):
    monkeypatch.setattr(search, "SELECTIVE", selective)
    noor = make_member("Noor")
    wanted = [f"Question {n}" for n in range(23)]
    for title in wanted:
        topic = ask(title, by=noor, text="About a suitcase.")
        write_answer(topic, by=noor, text="The suitcase is blue.")
    found = all_pages("suitcase", limit=5)
    assert found == wanted[::-1]


def test_a_reader_who_may_see_few_of_many_hits_gets_them_all_over_the_pages(monkeypatch):
    monkeypatch.setattr(search, "WINDOW", 3)
    monkeypatch.setattr(search, "MOST_WINDOWS", 2)
    noor = make_member("Noor", is_super_user=True)
    hidden = make_space("Lounge", audience=Space.Audience.LOUNGE)
    shown = make_space("Baggage")
    wanted = []
    for n in range(30):
        if n % 10 == 5:
            wanted.append(ask(f"Seen {n}", by=noor, space=shown, text="suitcase").title)
        else:
            ask(f"Unseen {n}", by=noor, space=hidden, text="suitcase")
    assert all_pages("suitcase", limit=2) == wanted[::-1]


def test_permissions_and_what_is_not_shown():
    noor, agent = make_member("Noor"), make_member(agent=make_agent("Delphine Roy"))
    lounge = make_space("Lounge", audience=Space.Audience.LOUNGE)
    members = make_space("Members", audience=Space.Audience.MEMBERS)
    ask("Lounge viola", by=agent, space=lounge)
    ask("Members viola", by=noor, space=members)
    gone = ask("Gone viola", by=noor, space=make_space("Open"))
    opening = gone.said.get()
    remove_post(opening, by=noor)
    assert titles(search_topics("viola", member=None)) == []
    assert titles(search_topics("viola", member=noor)) == ["Members viola"]
    assert titles(search_topics("viola", member=agent)) == ["Members viola", "Lounge viola"]
    assert [one.topic.title for one in suggest_topics("Members viola", member=noor)] == ["Members viola"]
    offered = [one.topic.title for one in suggest_topics("Lounge viola", member=noor, least=0.0)]
    assert "Members viola" in offered
    assert not {"Lounge viola", "Gone viola"} & set(offered)
    assert suggest_topics("Members viola", member=None) == []


def test_narrowed_to_a_space_a_tag_a_kind_with_and_without_words():
    noor = make_member("Noor")
    a, b = make_space("A"), make_space("B")
    ask("One viola", by=noor, space=a, tags=["cabin"])
    ask("Two viola", by=noor, space=b, tags=["cabin", "seat"])
    ask("Three viola", by=noor, space=b, kind=Topic.Kind.DISCUSSION)
    tag = Tag.objects.get(name="cabin")
    for words in ("viola", ""):
        assert titles(search_topics(words, member=None, space=b)) == ["Three viola", "Two viola"]
        assert titles(search_topics(words, member=None, tag=tag)) == ["Two viola", "One viola"]
        assert titles(search_topics(words, member=None, kind="question", space=b)) == ["Two viola"]
        assert all_pages(words, limit=1) == ["Three viola", "Two viola", "One viola"]
        assert all_pages(words, limit=1, tag=tag) == ["Two viola", "One viola"]


@pytest.mark.parametrize(
    "query", ['"', "*", "a AND", "NEAR(", "':*", "\x00", "💬", "(", "title:x", "-", "…", "a'b\"c"]
)
def test_nothing_a_person_types_is_an_operator(query):
    ask("A plain question")
    search_topics(query, member=None)
    suggest_topics(query, member=None)


@pytest.mark.parametrize("before", ["", "x", "n-", "n-x", "b-99", "l-", "l-1.x", "n-" + "9" * 40, "l-9.9.9"])
def test_a_page_that_is_not_understood_is_a_page(before):
    ask("A plain question")
    search_topics("plain", member=None, before=before)
    search_topics("", member=None, before=before)


@pytest.mark.parametrize(
    ("title", "query", "shown"),
    [
        ("กระเป๋าหายที่สนามบิน", "สนามบิน", "<mark>สนามบิน</mark>"),
        ("行李在机场丢了怎么办", "机场", "<mark>机场</mark>"),
        ("空港で荷物がなくなった", "荷物", "<mark>荷物</mark>"),
        ("فُقدت حقيبتي في المطار", "المطار", "<mark>المطار</mark>"),
        ("Où est ma valise égarée ?", "egaree", "<mark>égarée</mark>"),
    ],
)
def test_every_script_is_found_marked_and_suggested(title, query, shown):
    topic = ask(title)
    ask("Something else entirely", by=topic.author)
    page = search_topics(query, member=None)
    assert titles(page) == [title]
    assert shown in page.hits[0].title
    assert [one.topic for one in suggest_topics(title, member=None)] == [topic]


def test_a_search_takes_two_statements_whatever_it_finds():
    noor = make_member("Noor")

    def count(words: str) -> int:
        search_topics(words, member=None)
        with CaptureQueriesContext(connection) as queries:
            search_topics(words, member=None)
        return len(queries)

    ask("One viola", by=noor)
    assert (count("viola"), count("nowhere")) == (2, 1)
    for n in range(30):
        ask(f"Viola {n}", by=noor)
    assert count("viola") == 2


def test_an_alike_question_is_suggested_solved_ones_first_and_nothing_where_nothing_fits():
    noor, ines = make_member("Noor"), make_member("Ines")
    for n in range(12):
        ask(f"Vegetarian menu number {n} on long flights", by=noor, text="Which dishes are there?")
    open_one = ask("Does a cello fit into the cabin?", by=noor, text="It is a three-quarter cello.")
    solved = ask("Taking a cello into the cabin", by=noor, text="How do I book a seat for it?")
    choose_answer(write_answer(solved, by=ines, text="By phone."), by=noor)
    found = suggest_topics("Taking a cello into the cabin: does it fit?\nA seat for it?", member=None)
    assert [one.topic for one in found] == [solved, open_one]
    assert all(0 < one.fit <= 1 for one in found)
    assert suggest_topics("Wheelchair assistance in Lisbon", member=None) == []
    assert suggest_topics("", member=None) == []
    assert len(suggest_topics("Vegetarian menu on long flights", member=None)) == 3


def test_suggestions_take_few_statements_whatever_is_typed():
    noor = make_member("Noor")
    for n in range(40):
        ask(f"Cello {n} in the cabin", by=noor)
    with CaptureQueriesContext(connection) as queries:
        suggest_topics("Cello in the cabin " + " ".join(f"word{n}" for n in range(300)), member=None)
    assert len(queries) <= 3
    with CaptureQueriesContext(connection) as queries:
        suggest_topics("Cello in the cabin", member=None)
    assert len(queries) <= 2  # its words are remembered


def test_one_row_a_word_is_fetched_however_many_posts_hold_it(monkeypatch):
    noor = make_member("Noor")
    for n in range(30):
        ask(f"Cello {n} in the cabin", by=noor)
    fetched = []
    fetch = sql.fetch
    monkeypatch.setattr(sql, "fetch", lambda *asked: fetched.append(fetch(*asked)) or fetched[-1])
    assert suggest_topics("Cello 7 in the cabin", member=None)[0].topic.title == "Cello 7 in the cabin"
    assert len(fetched[0]) == 5, "the words of the question"


def test_words_are_marked_whole_and_text_is_escaped():
    assert marked("A can & a <can>not", "can") == "A <mark>can</mark> &amp; a &lt;<mark>can</mark>&gt;not"
    # the short way for plain letters finds what the long one does (its text holds another letter)
    for query in ("can", "can cannot", "CAN can2", "\u00e7an re", "c", "x" * 70):
        text = "Can cannot can_x a-can,can2 recan CAN. re-can c" + "x" * 70
        assert f"{marked(text, query)} ø" == marked(f"{text} ø", query)
    long = "word " * 100 + "the **needle** here " + "word " * 100
    assert "…" in passage(long, "needle")
    assert "the <mark>needle</mark> here" in passage(long, "needle")
    assert len(passage(long, "absent")) < 200


def test_the_nights_work_brings_the_index_together_and_finds_the_same():
    noor = make_member("Noor")
    for number in range(12):
        ask(f"A viola, the {number}th", by=noor, at=now() - timedelta(hours=number))

    def pieces() -> int:
        if sql.is_postgres():
            return 1
        return sql.fetch("SELECT COUNT(DISTINCT segid) FROM community_search_idx")[0][0]

    before = titles(search_topics("viola", member=None))
    assert len(before) == 12
    assert sql.is_postgres() or pieces() > 3
    steps = 0
    while tidy():
        steps += 1
    assert pieces() == 1
    assert sql.is_postgres() or steps
    assert titles(search_topics("viola", member=None)) == before
    assert tidy() == 0  # until the next night
    ask("Another viola", by=noor)
    tomorrow = now() + timedelta(days=1)
    while tidy(at=tomorrow):
        pass
    assert pieces() == 1
    assert len(titles(search_topics("viola", member=None))) == 13
