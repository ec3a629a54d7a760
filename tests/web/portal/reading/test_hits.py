"""Rows of a search: what was found with the words marked, and nothing in them runs."""

from __future__ import annotations

import pytest

from harken.community.actions.choosing import choose_answer, thank_post
from harken.community.actions.writing import write_answer
from harken.community.models import Topic
from tests.factories import ask, make_member, make_space
from tests.web.cast import client_of

pytestmark = pytest.mark.django_db


def test_a_row_shows_where_the_words_stand_and_how_the_topic_does(client):
    noor, ines = make_member("Noor Haddad"), make_member("Ines Rautio")
    space = make_space("Bags & <b>more</b>")
    topic = ask("Where does <i>it</i> go?", by=noor, space=space, text="A cello case.")
    answer = write_answer(topic, by=ines, text="Into the <script>alert(1)</script> cabin, with the cello.")
    page = client.get("/community/search/?q=cabin").content.decode()
    assert (
        f'<a href="/community/t/{topic.pk}/{topic.slug}/#p{answer.pk}" dir="auto">Where does &lt;i&gt;it'
        in page
    )
    assert "<mark>cabin</mark>" in page
    assert "<span>Bags &amp; &lt;b&gt;more&lt;/b&gt;</span>" in page
    assert "alert(1)</script>" not in page
    assert '<span class="state-dial">1</span>answer</div>' in page
    thank_post(answer, by=noor)
    choose_answer(answer, by=noor)
    page = client.get("/community/search/?q=cabin").content.decode()
    assert 'class="state state-solved"' in page
    assert "1 thanks" in page
    # the opening has no place of its own in the address
    assert (
        f'/community/t/{topic.pk}/{topic.slug}/" dir="auto"'
        in client.get("/community/search/?q=case").content.decode()
    )


def test_what_is_kept_of_a_row_is_nobodys_and_speaks_the_readers_language(client):
    ask("Where does the cello go?", by=make_member("Noor Haddad"))
    Topic.objects.update(answers=3)
    said = {}
    for language in ("en", "de", "en"):
        said[language] = client.get(
            "/community/search/?q=cello", headers={"Accept-Language": language}
        ).content.decode()
    assert '<html lang="de"' in said["de"]
    assert "3</span>answers" in said["en"]
    assert "csrfmiddlewaretoken" not in said["en"]
    mine = client_of(make_member("Ines Rautio")).get("/community/search/?q=cello").content.decode()
    row = mine[mine.index('<li class="row">') : mine.index("</li>", mine.index('<li class="row">'))]
    assert row.split("<time")[0] in said["en"]
