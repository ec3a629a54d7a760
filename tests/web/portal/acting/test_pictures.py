"""Pictures in posts: by what they are, served so that nothing runs, shown only from our own address."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from harken.community import texts
from harken.community.actions.editing import remove_post, restore_post
from harken.community.actions.writing import write_answer
from harken.community.models import Member, Picture, Post
from harken.web.portal.acting import pictures
from tests.factories import ask, make_member, make_space
from tests.web.cast import PNG, client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

KINDS = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0" + b"\0" * 20,
    "image/gif": b"GIF89a" + b"\0" * 20,
    "image/webp": b"RIFF\0\0\0\0WEBP" + b"\0" * 20,
}


def put(client: Client, content: bytes, name: str = "my seat.png"):
    return client.post(
        "/community/files/",
        {"picture": SimpleUploadedFile(name, content, "text/html")},
        HTTP_ACCEPT="application/json",
    )


@pytest.mark.parametrize(("kind", "content"), KINDS.items())
def test_a_picture_is_shown_as_what_it_is_to_everybody_who_reads_the_post(kind, content):
    ines = make_member("Ines Rautio")
    topic, client = ask(), client_of(ines)
    line = put(client, content).json()["line"]
    assert re.fullmatch(r"!\[my seat\]\(/community/files/[0-9a-f]{40}\)", line)
    client.post(f"/community/t/{topic.pk}/answer/", {"text": f"Look:\n\n{line}"})
    said = Post.objects.get(kind="answer")
    address = re.search(r'<img src="([^"]+)" alt="my seat" loading="lazy">', said.html)[1]
    shown = Client().get(address)
    assert b"".join(shown.streaming_content) == content
    assert shown["Content-Type"] == kind
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in shown["Content-Security-Policy"]


@pytest.mark.parametrize(
    "content",
    [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html><script>1</script>", b"", b"RIFF0000AVI "],
)
def test_what_is_no_picture_is_refused_whatever_it_is_called(content):
    answer = put(client_of(make_member()), content, "a.png")
    assert answer.status_code == 422
    assert answer.json()["problem"]
    assert not Picture.objects.exists()


def test_what_is_too_large_or_too_many_is_refused(monkeypatch):
    client = client_of(make_member())
    assert put(client, PNG + b"\0" * 5 * 1024 * 1024).status_code == 422
    monkeypatch.setattr(pictures, "MOST", 2)
    assert [put(client, PNG).status_code for _ in range(3)] == [200, 200, 403]


def test_strangers_and_the_suspended_put_nothing_here():
    assert put(Client(), PNG).status_code == 302
    member = make_member()
    Member.objects.filter(pk=member.pk).update(state="suspended")
    assert put(client_of(member), PNG).status_code == 403
    assert Client().get(f"/community/files/{'0' * 40}").status_code == 404
    assert Client().get("/community/files/..%2fsecrets.json").status_code == 404
    assert not Picture.objects.exists()


def test_without_a_script_the_line_is_there_to_be_put_in():
    client = client_of(make_member())
    answer = client.post("/community/files/", {"picture": SimpleUploadedFile("[x] y.png", PNG)})
    assert 'value="![(x) y](/community/files/' in answer.content.decode()
    assert client.post("/community/files/", {}).status_code == 422


@pytest.mark.parametrize(
    "source",
    [
        "https://tracker.example/p.png", "//tracker.example/p.png", "/static/harken/mark.svg", "/sign-out/",
        "data:image/png;base64,AAAA", "cid:" + "a" * 40, "/community/files/" + "a" * 39,
        "/community/files/" + "a" * 40 + "?x=1", "/community/files/../../" + "a" * 40,
    ],
)  # fmt: skip
def test_pictures_of_others_become_their_words(source):
    html = texts.html_of(f"![a pixel]({source})")
    assert "<img" not in html
    assert "src=" not in html
    assert "a pixel" in html


def test_a_picture_goes_with_the_posts_that_show_it_but_for_its_owner_and_who_moderates():
    ines, guard = make_member("Ines Rautio"), make_member("Tomasz", powers=["moderate"])
    client, topic = client_of(ines), ask()
    line = put(client, PNG).json()["line"]
    address = re.search(r"/community/files/[0-9a-f]{40}", line)[0]
    assert Client().get(address).status_code == 200, "begun, and nowhere yet"
    said = write_answer(topic, by=ines, text=f"Look: {line}")
    again = write_answer(topic, by=ines, text=f"And again: {line}")
    remove_post(said, by=ines)
    assert Client().get(address).status_code == 200
    remove_post(again, by=ines)
    reader = client_of(make_member("Reader"))
    seen = {one: one.get(address).status_code for one in (Client(), reader, client, client_of(guard))}
    assert list(seen.values()) == [404, 404, 200, 200]
    restore_post(said, by=ines)
    assert Client().get(address).status_code == 200


def test_a_picture_in_a_closed_space_is_for_its_readers():
    guide = make_member("Ines Rautio", is_super_user=True)
    lounge = make_space("The lounge", audience="lounge")
    line = put(client_of(guide), PNG).json()["line"]
    address = re.search(r"/community/files/[0-9a-f]{40}", line)[0]
    ask(by=guide, space=lounge, text=f"Look: {line}")
    other = make_member("Wren", is_super_user=True)
    assert client_of(other).get(address).status_code == 200
    assert [one.get(address).status_code for one in (Client(), client_of(make_member("Reader")))] == [
        404,
        404,
    ]
