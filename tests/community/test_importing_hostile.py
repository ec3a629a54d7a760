"""Archives that are broken or made to do harm: all of it is here or kept aside with a reason, in bounded memory."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from harken.accounts.models import User
from harken.community.actions.choosing import choose_answer, withdraw_choice
from harken.community.actions.editing import edit_post, remove_post
from harken.community.importing import keeping
from harken.community.importing.keeping import import_community
from harken.community.importing.lines import Bad, Said, Somebody
from harken.community.importing.stackexchange import read_archive
from harken.community.models import Member, Post, Space, Tag, Topic
from tests.factories import make_space

pytestmark = pytest.mark.django_db
AT = "2015-01-01T00:00:00"


def question(number: Any = 1, **fields: Any) -> dict[str, Any]:
    return {"id": number, "type": "q", "at": AT, "title": "Which mill?", "body": "Which?", **fields}


def answer(number: Any, parent: Any, **fields: Any) -> dict[str, Any]:
    return {"id": number, "type": "a", "parent": parent, "at": AT, "body": f"Answer {number}", **fields}


def comment(number: Any, post: Any, **fields: Any) -> dict[str, Any]:
    return {"id": number, "post": post, "at": AT, "text": f"Comment {number}", **fields}


class Archive:
    """A folder with an archive in it, and what became of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.aside: list[Bad] = []
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, *rows: Any) -> Archive:
        lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
        (self.folder / name).write_bytes(b"\n".join(lines))
        return self

    def run(self) -> keeping.Imported:
        self.aside = []
        space = Space.objects.first() or make_space("Coffee")
        done = import_community(
            read_archive(self.folder),
            space=space,
            source=f"stackexchange/{self.folder.name}",
            keep_bad=self.aside.append,
        )
        assert done.read == done.accepted + done.duplicates + done.rejected
        assert len([bad for bad in self.aside if not bad.reason.startswith("cut at")]) == done.rejected
        return done

    def reasons(self) -> str:
        return " | ".join(bad.reason for bad in self.aside)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "coffee")


def test_what_comes_before_its_question_waits_for_it(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Questions that were merged there are younger than their answers."""
    monkeypatch.setattr(keeping, "BATCH", 2)
    archive.write(
        "posts.jsonl", answer(3, 9), answer(4, 77), question(1), question(2), question(9, accepted=3)
    )
    archive.write("comments.jsonl", comment(1, 3), comment(2, 77))
    done = archive.run()
    assert (done.accepted, done.rejected) == (5, 2)
    topic = Topic.objects.get(origin__endswith="/9")
    assert (topic.answers, topic.posts, topic.chosen.text) == (1, 3, "Answer 3")
    assert archive.reasons() == "its question 77 is not here | its post 77 is not here"


def test_no_more_waits_for_its_question_than_there_is_room_for(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "BATCH", 3)
    monkeypatch.setattr(keeping, "MOST_LATE", 2)
    archive.write("posts.jsonl", *[answer(n, 9) for n in range(1, 7)], question(9))
    done = archive.run()
    assert (done.accepted, done.rejected) == (3, 4)
    again = archive.run()
    assert (again.accepted, again.duplicates, again.rejected) == (4, 3, 0), "a second run loses none"


def test_parents_of_every_shape(archive: Archive) -> None:
    archive.write(
        "posts.jsonl",
        question(1), answer(2, 1),
        answer(3, 2),  # to an answer
        answer(4, 4), question("q5", parent="q5"),  # to itself; a question has no parent
        answer(6, "c1"), answer(7, None), answer(8, {"id": 1}), answer(2, 1, body="The same number again"),
    )  # fmt: skip
    archive.write(
        "comments.jsonl",
        comment(1, 2), comment(2, "c1"), comment(3, "c2"),  # one below the other
        comment(4, "c4"), comment(5, "c6"), comment(6, "c5"),  # to itself, and in a ring
    )  # fmt: skip
    done = archive.run()
    assert (done.accepted, done.duplicates, done.rejected) == (6, 1, 8)
    assert set(Post.objects.filter(kind="comment").values_list("parent__text", flat=True)) == {"Answer 2"}
    assert "what it answers, 2, is no question" in archive.reasons()
    assert archive.run().accepted == 0


@pytest.mark.parametrize("folder", ["coffee", "c" * 200])
def test_keys_that_are_too_long_never_become_one(tmp_path: Path, folder: str) -> None:
    archive = Archive(tmp_path / folder)
    long = "7" * 40
    archive.write(
        "posts.jsonl", question(long), question(long + "1"), question(long + "2"), answer("5" * 40, long)
    )
    done = archive.run()
    assert (done.accepted, done.duplicates, done.rejected) == (2, 0, 2)
    assert "is longer than 40 characters" in archive.reasons()
    assert archive.run().duplicates == 2


def test_halves_of_letters_and_nothings_are_in_no_key_tag_or_name(archive: Archive) -> None:
    archive.write(
        "posts.jsonl",
        question("1\ud800", user="5\x00\udfff", tags=["mills\ud800", "a\x00b"]),
        question(2, tags="mills"), question(3, tags=7), question(4, tags=[["x"]]), question(5, tags={"a": 1}),
        question(6, user=True), question(7, user=1.5), question([8]), question(""),
    )  # fmt: skip
    archive.write("users.csv", b"id,name,created", b"5,\xff\xfe\x00Ines,2015-01-01")
    done = archive.run()
    assert (done.accepted, done.rejected) == (1, 8)
    assert set(Tag.objects.values_list("name", flat=True)) == {"mills", "ab"}
    json.dumps([bad.text for bad in archive.aside], ensure_ascii=False).encode()


def test_other_encodings_are_told_and_a_mark_at_the_beginning_loses_no_line(archive: Archive) -> None:
    umlauts = json.dumps(question(2, body="Für Kännchen"), ensure_ascii=False)
    archive.write(
        "posts.jsonl", b"\xef\xbb\xbf" + json.dumps(question(1, user=5)).encode(), umlauts.encode("latin-1")
    )
    archive.write("users.csv", b"\xef\xbb\xbfid,name,created", b"5,Ines Rautio,2015-01-01")
    done = archive.run()
    assert (done.accepted, done.rejected) == (1, 1)
    assert Topic.objects.get().author.name == "Ines Rautio"
    assert "not UTF-8 at byte" in archive.reasons()
    assert "F\\xfcr K\\xe4nnchen" in archive.aside[0].text
    (archive.folder / "posts.jsonl").write_bytes(json.dumps(question(3)).encode("utf-16"))
    assert archive.run().accepted == 0


def test_what_is_too_long_is_cut_and_all_of_it_kept_aside(archive: Archive) -> None:
    long = "word " * 10_000
    archive.write("posts.jsonl", question(1, body=long))
    assert archive.run().accepted == 1
    assert [(bad.reason, bad.text) for bad in archive.aside] == [
        ("cut at 30000 characters; all of it is here", long)
    ]
    post = Post.objects.get()
    assert len(post.text) == 30_000
    assert len(post.html) < 31_000
    archive.run()
    assert archive.aside == [], "what is known is not cut again"


def test_markup_without_words_is_not_kept(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "xml")
    body = ("<b>x</b>" + "<i></i>" * 300_000).replace("<", "&lt;")
    row = (
        f'<posts><row Id="1" PostTypeId="1" CreationDate="{AT}" Title="t" Body="{body[:4_000_000]}"/></posts>'
    )
    archive.write("Posts.xml", row.encode())
    archive.run()
    assert all(len(html) < 130_000 for html in Post.objects.values_list("html", flat=True))


def two_alike() -> tuple[str, str]:
    """Two keys whose origins begin with the same eight digits."""
    seen: dict[str, str] = {}
    for number in range(10_000_000):
        mark = sha256(f"made/u{number}".encode()).hexdigest()[:8]
        if mark in seen:
            return seen[mark], str(number)
        seen[mark] = str(number)
    raise AssertionError("a birthday is sooner than that")


def test_members_named_alike_in_another_script_have_names_of_their_own() -> None:
    lines: list[Said | Somebody] = []
    for key in two_alike():
        lines.append(Somebody(key, "日本"))
        lines.append(
            Said(1, f"q{key}", "question", key, datetime(2015, 1, 1, tzinfo=UTC), "Which?", title="Which?")
        )
    assert import_community(lines, space=make_space(), source="made").accepted == 2
    assert Member.objects.filter(name="日本").values("slug").distinct().count() == 2


def test_what_members_changed_since_is_as_they_left_it(archive: Archive) -> None:
    archive.write(
        "posts.jsonl",
        question(1, accepted=2, user=5, tags=["mills"]), answer(2, 1, user=6), answer(3, 1, user=7),
        question(4, accepted=6, user=5), answer(5, 4, user=6), answer(6, 4, user=7),
        question(7, user=5), answer(8, 7, user=6),
    )  # fmt: skip
    archive.write(
        "users.csv", b"id,name,created", b"5,Ines,2015-01-01", b"6,Tom,2015-01-01", b"7,Noor,2015-01-01"
    )
    assert archive.run().accepted == 8

    def topic(number: int) -> Topic:
        return Topic.objects.get(origin__endswith=f"/{number}")

    def post(number: int) -> Post:
        return Post.objects.get(origin=f"stackexchange/coffee/{number}")

    def claimed(member: Member) -> Member:
        """They have signed in here since."""
        member.user = User.objects.create(email=f"{member.pk}@members.example")
        member.save()
        return member

    asker, tom = claimed(topic(1).author), claimed(post(8).author)
    assert withdraw_choice(topic(1), by=asker)
    assert choose_answer(post(5), by=asker)
    edit_post(post(4), by=asker, text="Which mill, really?", title="A better title")
    remove_post(post(8), by=tom)
    Member.objects.filter(pk=post(3).author_id).update(name="Noor Haddad", line="grinds by hand")
    elsewhere = make_space("Grinders")
    Topic.objects.filter(pk=topic(7).pk).update(space=elsewhere, state="closed")
    topics = list(
        Topic.objects.order_by("pk").values("title", "chosen_id", "state", "space_id", "tag_names", "answers")
    )
    posts = list(Post.objects.order_by("pk").values())
    members = list(Member.objects.order_by("pk").values("name", "line", "user_id", "answers", "solved"))
    assert archive.run().as_json() == {"read": 8, "accepted": 0, "duplicates": 8, "rejected": 0}
    assert list(Topic.objects.order_by("pk").values("title", "chosen_id", "state", "space_id", "tag_names", "answers")) == topics  # fmt: skip
    assert list(Post.objects.order_by("pk").values()) == posts
    assert (
        list(Member.objects.order_by("pk").values("name", "line", "user_id", "answers", "solved")) == members
    )
    assert topic(1).chosen is None


def test_an_answer_that_was_accepted_there_since_is_chosen_here_unless_somebody_chose(
    archive: Archive,
) -> None:
    rows = [question(1, user=5), answer(2, 1, user=6)]
    archive.write("posts.jsonl", *rows)
    archive.run()
    archive.write("posts.jsonl", {**rows[0], "accepted": 2}, rows[1])
    archive.run()
    assert Topic.objects.get().chosen.text == "Answer 2"


SWELLING = {
    "elements within each other": lambda: [b"<a>" * 100_000] * 30,
    "names of elements": lambda: [b"<posts>", *[b"".join(b"<n%d/>" % n for n in range(k, k + 9000)) for k in range(0, 900_000, 9000)]],
    "names of attributes": lambda: [b"<posts>", *[b"<row " + b" ".join(b'a%d=""' % n for n in range(k, k + 5000)) + b"/>" for k in range(0, 900_000, 5000)]],
    "one row": lambda: [b"<posts><row Body='", *[b"x" * 1_000_000] * 200, b"'/></posts>"],
    "a remark": lambda: [b"<posts><!--", *[b"x" * 1_000_000] * 200, b"--></posts>"],
}  # fmt: skip
READ = """
import sys
from pathlib import Path
from harken.community.importing.stackexchange import read_archive
def most():  # what the process ever held, in kB; getrusage would begin with what its parent held
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
before = most()
last = None
for last in read_archive(Path(sys.argv[1])):
    pass
print(most() - before, getattr(last, "reason", "none"))
"""


@pytest.mark.parametrize("name", SWELLING)
def test_no_file_makes_the_reader_swell(name: str, tmp_path: Path) -> None:
    """The whole process is measured: what the parser keeps is not Python's."""
    with gzip.open(tmp_path / "Posts.xml.gz", "wb", compresslevel=1) as content:
        for piece in SWELLING[name]():
            content.write(piece)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path)], capture_output=True, text=True, check=True, timeout=120
    )
    grown, _, reason = done.stdout.strip().partition(" ")
    assert int(grown) < 40 * 1024, "kB"
    assert reason.startswith("Posts.xml.gz: "), reason


def test_names_of_ten_thousand_letters_are_cut_as_they_are_read(archive: Archive) -> None:
    archive.write(
        "users.csv", b"id,name,created", *[b"%d,%s,2015-01-01" % (n, b"n" * 10_000) for n in range(20)]
    )
    archive.write("posts.jsonl", question(1, user=3))
    read = [one for one in read_archive(archive.folder) if isinstance(one, Somebody)]
    assert {len(one.name) for one in read} == {200}
    archive.run()
    assert Topic.objects.get().author.name == "n" * 80
