"""The list: what is in it, what it costs, and that nothing in it is rendered twice."""

import gzip
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from harken.inbox.actions.assigning import assign_conversation, set_tags
from harken.inbox.actions.putting_aside import close_conversation
from harken.inbox.models import Conversation, Row
from harken.web.desk import rows
from harken.web.desk.people import standing_words
from harken.web.desk.surroundings import forget_surroundings
from tests.factories import echo_post, receive
from tests.web.cast import client_of


def fill(cast, count: int, **fields) -> None:
    receive(
        cast.channel,
        *(
            echo_post(
                f"Question {n}: where is bag {n}? It was promised for {n} o'clock.",
                author=f"a{n}",
                thread=f"f{n}",
                **fields,
            )
            for n in range(count)
        ),
    )


def queries_of(client, address: str, **headers: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(address, headers=headers or None).status_code in (200, 304)
    return len(found)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["noor", "lead", "admin"])
@pytest.mark.parametrize("count", [1, 3, 60])
def test_a_kept_list_costs_four_queries_however_long_it_is(cast, role, count):
    fill(cast, count)
    client = client_of(getattr(cast, role))
    client.get("/desk/")  # renders the rows, reads the surroundings
    for address in (
        "/desk/list/",
        "/desk/list/?view=mine",
        "/desk/list/?view=all&visibility=public",
        "/desk/search/?q=bag",
    ):
        client.get(address)
        assert queries_of(client, address) <= 4, address
    assert queries_of(client, "/desk/") <= 4


@pytest.mark.django_db
def test_nothing_is_counted_without_a_limit(cast):
    fill(cast, 3)
    client = client_of(cast.noor)
    with CaptureQueriesContext(connection) as found:
        client.get("/desk/")
    for query in found:
        for counted in re.finditer(r"COUNT\(\*\) FROM \((.*?)\) q", query["sql"]):
            assert "LIMIT" in counted[1]


@pytest.mark.django_db
def test_a_row_is_rendered_once_per_change(cast, monkeypatch):
    fill(cast, 5)
    client = client_of(cast.noor)
    rendered = []
    render_row = rows.render_row
    monkeypatch.setattr(rows, "render_row", lambda c: rendered.append(c.pk) or render_row(c))
    client.get("/desk/list/")
    first = len(rendered)
    assert first >= 5
    client.get("/desk/list/")
    client_of(cast.admin).get("/desk/list/")
    assert len(rendered) == first, "a second reader costs no rendering"
    set_tags(cast.conversation, ["Porto"], by=cast.noor)
    html = client.get("/desk/list/?view=all").content.decode()
    assert rendered[first:] == [cast.conversation.pk]
    assert "Porto" in html


@pytest.mark.django_db
def test_rows_are_kept_by_language_and_look(cast):
    fill(cast, 1)
    client = client_of(cast.noor)
    client.get("/desk/list/")
    client.cookies["harken_language"] = "de"
    client.get("/desk/list/")
    kept = set(Row.objects.values_list("language", flat=True))
    assert kept == {rows.row_language("en"), rows.row_language("de")}
    assert all(len(name) <= 10 for name in kept)


@pytest.mark.django_db
def test_rows_of_an_earlier_look_are_cleared_out(cast):
    fill(cast, 2)
    client_of(cast.noor).get("/desk/list/")
    here = Row.objects.count()
    Row.objects.create(conversation=cast.conversation, language="en~zzzz", version=1, html="old")
    assert rows.forget_old_rows() == 1
    assert Row.objects.count() == here


@pytest.mark.django_db
def test_a_row_holds_nothing_of_its_reader(cast):
    fill(cast, 1)
    client_of(cast.noor).get("/desk/list/")
    for html in Row.objects.values_list("html", flat=True):
        assert "csrf" not in html
        assert cast.noor.user.email not in html


@pytest.mark.django_db
def test_a_list_of_fifty_stays_below_twenty_kilobytes_and_a_page_below_forty(cast):
    fill(cast, 60)
    client = client_of(cast.noor)
    answer = client.get("/desk/list/", headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.content).decode().count('<li class="row"') == 50
    assert len(answer.content) < 20_000
    assert len(client.get("/desk/", headers={"Accept-Encoding": "gzip"}).content) < 40_000


@pytest.mark.django_db
def test_a_list_that_has_not_changed_is_not_sent_again(cast):
    fill(cast, 3)
    client = client_of(cast.noor)
    first = client.get("/desk/list/")
    again = client.get("/desk/list/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    assign_conversation(Conversation.objects.filter(needs_answer=True).first(), by=cast.noor, agent=cast.noor)
    assert client.get("/desk/list/", headers={"If-None-Match": first["ETag"]}).status_code == 200


@pytest.mark.django_db
def test_views_and_filters_show_what_they_say(cast):
    fill(cast, 3)
    c = Conversation.objects.filter(preview__startswith="Question 1").get()
    assign_conversation(c, by=cast.noor, agent=cast.noor)
    close_conversation(Conversation.objects.get(preview__startswith="Question 2"), by=cast.noor)
    client = client_of(cast.noor)

    def shown(address: str) -> set[str]:
        return set(re.findall(r"Question (\d)", client.get(address).content.decode()))

    assert shown("/desk/list/") == {"0", "1"}
    assert shown("/desk/list/?view=mine") == {"1"}
    assert shown("/desk/list/?owner=none") == {"0"}
    assert shown(f"/desk/list/?owner={cast.noor.pk}") == {"1"}
    assert shown("/desk/list/?view=closed") == {"2"}
    assert shown("/desk/list/?visibility=private") == set()
    assert shown("/desk/list/?view=all") == {"0", "1", "2"}
    assert shown("/desk/search/?q=bag+2") == {"2"}
    assert client.get("/desk/?view=team:999").status_code == 404
    assert client.get("/desk/?view=nonsense").status_code == 404


@pytest.mark.django_db
def test_more_rows_follow_where_the_first_page_ends(cast):
    fill(cast, 60)
    client = client_of(cast.noor)
    first = client.get("/desk/list/").content.decode()
    more = re.search(r'hx-get="(/desk/\?[^"]*after=50[^"]*)"', first)
    assert more
    second = client.get(more[1].replace("&amp;", "&")).content.decode()
    ids = re.findall(r'<li class="row" id="c(\d+)"', first) + re.findall(
        r'<li class="row" id="c(\d+)"', second
    )
    assert (
        len(ids)
        == len(set(ids))
        == Conversation.objects.filter(needs_answer=True, channel=cast.channel).count()
    )


@pytest.mark.django_db
def test_the_three_kinds_of_empty_say_different_things(cast):
    client = client_of(cast.noor)
    assert "Nobody waits" not in client.get("/desk/list/").content.decode()
    for c in Conversation.objects.filter(needs_answer=True):
        close_conversation(c, by=cast.admin)
    forget_surroundings()
    assert "Nobody waits" in client.get("/desk/list/").content.decode()
    filtered = client.get("/desk/list/?visibility=private").content.decode()
    assert "Nothing here is Private" in filtered
    assert "Drop the filter" in filtered
    from harken.channels.models import Channel

    Channel.objects.update(state="paused")
    forget_surroundings()
    assert "No channel is connected yet" in client.get("/desk/list/").content.decode()


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        ("My suitcase is gone", "suitcase", "My <mark>suitcase</mark> is gone"),
        ("<b>Suitcase</b> & more", "suitcase b", "&lt;b&gt;<mark>Suitcase</mark>&lt;/b&gt; &amp; more"),
        ("nothing of that", "suitcase", ""),
        ("w " * 60 + "suitcase here", "suitcase", "…" + "w " * 19 + "<mark>suitcase</mark> here"),
        ("我的行李箱丢了", "行李箱", "我的<mark>行李箱</mark>丢了"),
    ],
)
def test_a_found_sentence_is_cut_at_words_marked_and_escaped(text, words, shown):
    assert rows.marked(text, words) == shown


@pytest.mark.django_db
def test_a_search_shows_where_the_words_were_said(cast):
    receive(
        cast.channel,
        echo_post("It was a red suitcase.", author="z", thread="z"),
        echo_post("Thanks!", author="z", thread="z"),
    )
    html = client_of(cast.noor).get("/desk/search/?q=red+suitcase").content.decode()
    assert "It was a <mark>red</mark> <mark>suitcase</mark>." in html


@pytest.mark.django_db
def test_what_an_archive_left_unanswered_is_no_live_work(cast):
    """It is found by its channel and its person, and nowhere among what waits."""
    c = cast.conversation
    Conversation.objects.filter(pk=c.pk).update(is_archive=True, needs_answer=True)
    c.refresh_from_db()
    assert c.state == "open"
    client = client_of(cast.noor)
    for view in ("needs", "mine", "unowned", "open", "closed", "all"):
        assert f'id="c{c.pk}"' not in client.get(f"/desk/list/?view={view}").content.decode(), view
    html = client.get(f"/desk/list/?view=channel:{c.channel_id}").content.decode()
    row = html[html.index(f'id="c{c.pk}"') :].partition("</li>")[0]
    assert "data-since" not in row
    assert standing_words(c) == "never answered"
