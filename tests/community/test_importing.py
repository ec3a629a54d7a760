"""Another community's archive: in both forms, once however often, with what cannot be read kept aside."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from harken.base.models import Event
from harken.community.importing import keeping
from harken.community.importing.keeping import import_community
from harken.community.importing.lines import Bad, Said, Somebody
from harken.community.importing.stackexchange import NoArchive, read_archive
from harken.community.models import Member, Post, Tag, Topic
from harken.community.queries.search import search_topics
from tests.factories import make_space

pytestmark = pytest.mark.django_db

POSTS = [
    {"id": 1, "type": "q", "parent": None, "accepted": 3, "score": 9, "views": 77, "at": "2015-01-27T19:31:13.930",
     "closed": None, "user": 5, "tags": ["grinding", "Storage"], "title": "How do I keep beans fresh?",
     "body": "In the *freezer*?\n\n1. bag\n2. tin"},
    {"id": 2, "type": "a", "parent": 1, "at": "2015-01-27T20:00:00", "user": 6, "body": "Not in the freezer."},
    {"id": 3, "type": "a", "parent": 1, "at": "2015-01-28T08:00:00", "user": 7, "body": "In a tin, in the dark."},
    {"id": 4, "type": "a", "parent": 99, "at": "2015-01-28T08:00:00", "user": 7, "body": "To nothing."},
    {"id": 5, "type": "q", "at": "2016-01-01T00:00:00", "closed": "2016-02-01T00:00:00", "user": None,
     "tags": ["grinding"], "title": "Closed", "body": "Which mill?"},
]  # fmt: skip
COMMENTS = [
    {"id": 1, "post": 3, "score": 2, "at": "2015-01-28T09:00:00", "user": 5, "text": "Thank you!"},
    {"id": 2, "post": 42, "at": "2015-01-28T09:00:00", "user": 5, "text": "Lost."},
]
USERS = "id,reputation,created,last_access,up,down,views\n5,1,2014-05-05T00:00:00.000,,0,0,0\n"


@pytest.fixture
def coffee(tmp_path: Path) -> Path:
    folder = tmp_path / "coffee"
    folder.mkdir()
    lines = "".join(json.dumps(row) + "\n" for row in POSTS) + "{broken\n" + '{"id": 6, "type": "wiki"}\n'
    (folder / "posts.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    (folder / "comments.jsonl").write_text("".join(json.dumps(row) + "\n" for row in COMMENTS))
    (folder / "users.csv").write_text(USERS)
    return folder


def run(folder: Path, **more) -> keeping.Imported:
    from harken.community.models import Space

    space = Space.objects.first() or make_space("Coffee")
    return import_community(read_archive(folder), space=space, source=f"stackexchange/{folder.name}", **more)


def test_a_community_comes_over_as_it_was(coffee):
    aside: list[Bad] = []
    done = run(coffee, keep_bad=aside.append)
    assert done.as_json() == {"read": 9, "accepted": 5, "duplicates": 0, "rejected": 4}
    assert sorted(bad.line for bad in aside) == [2, 4, 6, 7]
    topic = Topic.objects.get(origin="stackexchange/coffee/1")
    assert (topic.answers, topic.posts, topic.views, topic.thanks, topic.state) == (2, 4, 77, 0, "open")
    assert topic.created_at == datetime(2015, 1, 27, 19, 31, 13, 930000, tzinfo=UTC)
    assert topic.last_at == datetime(2015, 1, 28, 9, tzinfo=UTC)
    assert topic.answered_at == datetime(2015, 1, 27, 20, tzinfo=UTC)
    assert (topic.chosen.origin, topic.chosen_as, topic.chosen_by) == (
        "stackexchange/coffee/3",
        "asker",
        topic.author,
    )
    assert topic.solved_at == datetime(2015, 1, 28, 8, tzinfo=UTC)
    assert (topic.clock, topic.due_at) == (None, None)
    assert topic.tag_names == ["grinding", "storage"]
    assert topic.gist.startswith("In the freezer?")
    comment = Post.objects.get(kind="comment")
    assert (comment.parent.origin, comment.topic) == ("stackexchange/coffee/3", topic)
    assert "<em>freezer</em>" in topic.said.get(kind="opening").html
    closed = Topic.objects.get(title="Closed")
    assert (closed.state, closed.is_shown, closed.author.name) == ("closed", True, "Somebody")
    helper = Member.objects.get(origin="stackexchange/coffee/u7")
    assert (helper.answers, helper.solved, helper.helped, helper.user) == (1, 1, 1, None)
    assert topic.author.joined_at == datetime(2014, 5, 5, tzinfo=UTC)
    assert Tag.objects.get(name="grinding").topic_count == 2
    topic.space.refresh_from_db()
    assert topic.space.topic_count == 2
    assert [hit.topic_id for hit in search_topics("tin dark", member=None).hits] == [topic.pk]
    assert Event.objects.filter(kind="SpaceChanged").exists()


def test_a_second_run_finds_only_what_it_knows(coffee):
    run(coffee)
    before = list(Post.objects.order_by("pk").values()), list(Member.objects.order_by("pk").values())
    assert run(coffee).as_json() == {"read": 9, "accepted": 0, "duplicates": 5, "rejected": 4}
    assert (
        list(Post.objects.order_by("pk").values()),
        list(Member.objects.order_by("pk").values()),
    ) == before


def test_a_run_that_was_stopped_goes_on_where_it_was(coffee, monkeypatch):
    monkeypatch.setattr(keeping, "BATCH", 2)

    def stop(so_far):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(coffee, progress=stop)
    assert Topic.objects.get().chosen is None
    done = run(coffee)
    assert (done.accepted, done.duplicates) == (3, 2)
    assert Topic.objects.get(origin="stackexchange/coffee/1").chosen.text == "In a tin, in the dark."


XML = """<?xml version="1.0" encoding="utf-8"?>
<posts>
  <row Id="1" PostTypeId="1" AcceptedAnswerId="2" CreationDate="2015-01-27T19:31:13.930" Score="4" ViewCount="8" Body="&lt;p&gt;Is &lt;b&gt;this&lt;/b&gt; it? &lt;script&gt;alert(1)&lt;/script&gt;&lt;a href=&quot;javascript:x()&quot;&gt;no&lt;/a&gt;&lt;/p&gt;" OwnerUserId="7" Title="A viola" Tags="&lt;music&gt;&lt;air-travel&gt;" ClosedDate="2016-01-01T00:00:00.000" />
  <row Id="2" PostTypeId="2" ParentId="1" CreationDate="2015-01-28T19:31:13.930" Body="&lt;pre&gt;&lt;code&gt;a &amp;lt; b&lt;/code&gt;&lt;/pre&gt;" OwnerUserId="8" />
  <row Id="3" PostTypeId="5" CreationDate="2015-01-28T19:31:13.930" Body="wiki" />
  <row Id="4" PostTypeId="2" ParentId="1" CreationDate="yesterday" Body="x" />
</posts>"""


def test_the_dumps_xml(tmp_path):
    (tmp_path / "Posts.xml").write_text(XML)
    (tmp_path / "Users.xml").write_text(
        '<users><row Id="7" DisplayName="Ines Rautio" CreationDate="2014-01-01T00:00:00.0" /></users>'
    )
    (tmp_path / "Comments.xml").write_text(
        '<comments><row Id="1" PostId="2" CreationDate="2015-01-29T00:00:00" Text="Thanks!" UserId="7" /></comments>'
    )
    done = run(tmp_path)
    assert done.as_json() == {"read": 4, "accepted": 3, "duplicates": 0, "rejected": 1}
    topic = Topic.objects.get()
    assert (topic.author.name, topic.tag_names, topic.state, topic.posts) == (
        "Ines Rautio",
        ["music", "air-travel"],
        "closed",
        3,
    )
    html = topic.said.get(kind="opening").html
    assert "<b>this</b>" in html
    assert "script" not in html
    assert topic.chosen.text == "a < b"


@pytest.mark.parametrize(
    "content",
    [
        '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><posts><row Id="1" Body="&lol2;"/></posts>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><posts><row Id="1" PostTypeId="1"/></posts>',
        '<posts><row Id="1" PostTypeId="1" CreationDate="2015-01-01" Body="x" Title="t"/><row Id=',
    ],
)
def test_hostile_or_broken_xml_is_one_bad_line(tmp_path, content):
    (tmp_path / "Posts.xml").write_text(content)
    done = run(tmp_path)
    assert done.rejected == 1
    assert done.bad[0][1].startswith("Posts.xml: ")
    assert done.accepted == (1 if content.startswith("<posts>") else 0)


def test_a_folder_without_an_archive_is_told_so(tmp_path):
    with pytest.raises(NoArchive, match=r"posts\.jsonl"):
        read_archive(tmp_path)


def test_a_batch_takes_as_many_statements_at_two_hundred_as_at_fifty():
    space = make_space()

    def count(first: int, size: int) -> int:
        at = datetime(2020, 1, 1, tzinfo=UTC)
        lines: list[Said | Somebody] = []
        for n in range(first, first + size):
            lines.append(Said(n, f"q{n}", "question", f"{n % 7}", at, "Which one?", title=f"Question {n}", tags=("a", "b"), chosen=f"a{n}"))  # fmt: skip
            lines.append(Said(n, f"a{n}", "answer", f"{n % 5}", at, "This one.", parent=f"q{n}"))
        with CaptureQueriesContext(connection) as queries:
            import_community(lines, space=space, source="made")
        statements = [q["sql"] for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        return len(statements)

    count(0, 10)
    assert count(100, 50) == count(1000, 200)
    assert Topic.objects.exclude(chosen=None).count() == 260
