"""Files in posts: by what they are, given out so that nothing runs, shown and led to only from our own address."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from harken.community import texts
from harken.community.actions import filing
from harken.community.actions.editing import remove_post, restore_post
from harken.community.actions.writing import write_answer
from harken.community.models import File, Member, Post
from harken.web.portal.acting import files
from tests.factories import ask, make_member, make_space
from tests.pictures import PHOTOS, PLACE, PNG, jpeg, webp, webp_part
from tests.web.cast import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

PICTURES = {
    "image/png": PNG,
    "image/jpeg": jpeg(),
    "image/gif": b"GIF89a" + b"\0" * 20,
    "image/webp": webp(webp_part(b"VP8 ", b"shown.")),
}
PDF = b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj"
LOG = "2026-11-22 10:04 camera ✓\r\n\x1b[31mno signal\x1b[0m\n"
ADDRESS = "/community/files/[0-9a-f]{40}"


def put(client: Client, content: bytes, name: str = "my seat.png"):
    return client.post(
        "/community/files/",
        {"file": SimpleUploadedFile(name, content, "text/html")},
        HTTP_ACCEPT="application/json",
    )


def address_of(line: str) -> str:
    return re.search(ADDRESS, line)[0]


def body_of(answer) -> bytes:
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize(("kind", "content"), PICTURES.items())
def test_a_picture_is_shown_as_what_it_is_to_everybody_who_reads_the_post(kind, content):
    ines = make_member("Ines Rautio")
    topic, client = ask(), client_of(ines)
    line = put(client, content).json()["line"]
    assert re.fullmatch(rf"!\[my seat(\.png)?\]\({ADDRESS}\)", line)
    client.post(f"/community/t/{topic.pk}/answer/", {"text": f"Look:\n\n{line}"})
    said = Post.objects.get(kind="answer")
    address = re.search(r'<img src="([^"]+)" alt="my seat(?:\.png)?" loading="lazy">', said.html)[1]
    shown = Client().get(address)
    assert body_of(shown) == content
    assert shown["Content-Type"] == kind
    assert shown["Content-Disposition"] == "inline"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in shown["Content-Security-Policy"]


@pytest.mark.parametrize("kind", PHOTOS)
def test_of_a_photo_nobody_learns_where_it_was_taken(kind):
    client = client_of(make_member())
    shown = body_of(client.get(address_of(put(client, PHOTOS[kind]).json()["line"])))
    assert len(shown) > 40
    assert PLACE not in shown


@pytest.mark.parametrize(
    ("content", "name", "kind", "saved_as", "says"),
    [
        (PDF, "Invoice 4711.pdf", "application/pdf", "Invoice 4711.pdf", PDF),
        (LOG.encode(), "router.log", "text/plain; charset=utf-8", "router.log", LOG.encode()),
        (b"\xef\xbb\xbf" + LOG.encode(), "a.TXT", "text/plain; charset=utf-8", "a.TXT", LOG.encode()),
        (b"\xff\xfe" + LOG.encode("utf-16-le"), "a.csv", "text/plain; charset=utf-8", "a.csv", LOG.encode()),
        ("Größe".encode("cp1252"), "a.ini", "text/plain; charset=utf-8", "a.ini", "Größe".encode()),
        (b"echo 1", "run.bat", "text/plain; charset=utf-8", "run.bat.txt", b"echo 1"),
        (PDF, "invoice.pdf.exe", "application/pdf", "invoice.pdf.exe.pdf", PDF),
    ],
)
def test_a_document_is_saved_under_its_name_and_opens_nothing(content, name, kind, saved_as, says):
    ines = make_member("Ines Rautio")
    topic, client = ask(), client_of(ines)
    line = put(client, content, name).json()["line"]
    assert re.fullmatch(rf"\[{re.escape(saved_as)} \(\d+ B\)\]\({ADDRESS}\)", line)
    client.post(f"/community/t/{topic.pk}/answer/", {"text": f"See {line}."})
    said = Post.objects.get(kind="answer")
    address = address_of(line)
    assert f'See <a class="file" href="{address}" rel="nofollow ugc">{saved_as} (' in said.html
    given = Client().get(address)
    assert body_of(given) == says
    assert given["Content-Type"] == kind
    assert given["Content-Disposition"] == f'attachment; filename="{saved_as}"'
    assert given["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in given["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.txt"), ("C:\\a\\b.log", "b.log"), (".htaccess", "htaccess.txt"), ("", "file.txt"),
        ("gpj\u202etxt.exe", "gpjtxt.exe.txt"), ('a"b\r\nSet-Cookie: x.log', "a b Set-Cookie x.log"),
        ("ليس.log", "ليس.log"), ("x" * 300 + ".log", "x" * 116 + ".log"), ("log", "log.txt"),
        ("b" * 300, "b" * 116 + ".txt"),
    ],
)  # fmt: skip
def test_a_name_tells_what_it_is_and_nothing_else(name, kept):
    assert filing.name_for_saving(name, "text/plain") == kept


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html><script>1</script>", b"", b"RIFF\0\0\0\0AVI ", b" \n\t ",
        b"\n\n <!doctype html>", b"\xef\xbb\xbf<html>", "<svg/>".encode("utf-16"), b"MZ\x90\0\3\0", b"PK\3\4\0\0",
        b"\x7fELF", b"a\0b", b"\x1f\x8b\x08\0",
    ],
)  # fmt: skip
def test_anything_else_is_refused_whatever_it_is_called(content):
    client = client_of(make_member())
    for name in ("a.png", "a.pdf", "a.txt"):
        answer = put(client, content, name)
        assert answer.status_code == 422
        assert answer.json()["problem"]
    assert not File.objects.exists()


def test_a_damaged_picture_is_refused_with_what_to_do():
    answer = put(client_of(make_member()), PHOTOS["image/jpeg"][:40])
    assert answer.status_code == 422
    assert "save it anew" in answer.json()["problem"]


def test_what_is_too_large_or_too_many_is_refused(monkeypatch):
    client = client_of(make_member())
    assert put(client, PNG + b"\0" * 10 * 1024 * 1024).status_code == 422
    monkeypatch.setattr(files, "MOST", 2)
    assert [put(client, PNG).status_code for _ in range(3)] == [200, 200, 403]


def test_one_member_fills_no_disk(monkeypatch):
    monkeypatch.setattr(filing, "MOST_BYTES_A_DAY", 2 * len(PNG))
    client, other = client_of(make_member()), client_of(make_member("Wren"))
    assert [put(client, PNG).status_code for _ in range(3)] == [200, 200, 403]
    assert put(other, PNG).status_code == 200


def test_strangers_and_the_suspended_put_nothing_here():
    assert put(Client(), PNG).status_code == 302
    member = make_member()
    Member.objects.filter(pk=member.pk).update(state="suspended")
    assert put(client_of(member), PNG).status_code == 403
    assert Client().get(f"/community/files/{'0' * 40}").status_code == 404
    assert Client().get("/community/files/..%2fsecrets.json").status_code == 404
    assert not File.objects.exists()


def test_without_a_script_the_line_is_there_to_be_put_in():
    client = client_of(make_member())
    answer = client.post("/community/files/", {"file": SimpleUploadedFile("[x] y.png", PNG)})
    assert 'value="![(x) y](/community/files/' in answer.content.decode()
    answer = client.post("/community/files/", {"file": SimpleUploadedFile("`[x](y)*.log", b"1")})
    assert 'value="[&#x27;(x)(y).log (1 B)](/community/files/' in answer.content.decode()
    assert client.post("/community/files/", {}).status_code == 422


SOURCES = [
    "https://tracker.example/p.png", "//tracker.example/p.png", "/static/harken/mark.svg", "/sign-out/",
    "data:image/png;base64,AAAA", "cid:" + "a" * 40, "/community/files/" + "a" * 39,
    "/community/files/" + "a" * 40 + "?x=1", "/community/files/../../" + "a" * 40,
]  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
def test_pictures_of_others_become_their_words(source):
    html = texts.html_of(f"![a pixel]({source})")
    assert "<img" not in html
    assert "src=" not in html
    assert "a pixel" in html


@pytest.mark.parametrize("source", SOURCES[1:])
def test_a_link_into_this_place_that_is_no_file_leads_nowhere(source):
    html = texts.html_of(f"[a form]({source})")
    assert "href" not in html
    assert "a form" in html


def test_no_words_of_a_post_become_a_file_link():
    own = "/community/files/" + "a" * 40
    html = texts.html_of(f'`<a href="{own}">` and [x](https://a.example "<a href={own}>")')
    assert 'class="file"' not in html


def test_a_file_goes_with_the_posts_that_have_it_but_for_its_owner_and_who_moderates():
    ines, guard = make_member("Ines Rautio"), make_member("Tomasz", powers=["moderate"])
    client, topic = client_of(ines), ask()
    for content in (PNG, PDF):
        line = put(client, content).json()["line"]
        address = address_of(line)
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


def test_a_file_in_a_closed_space_is_for_its_readers():
    guide = make_member("Ines Rautio", is_super_user=True)
    lounge = make_space("The lounge", audience="lounge")
    other, reader = make_member("Wren", is_super_user=True), make_member("Reader")
    for content in (PNG, PDF):
        line = put(client_of(guide), content).json()["line"]
        ask(by=guide, space=lounge, text=f"Look: {line}")
        assert client_of(other).get(address_of(line)).status_code == 200
        assert [one.get(address_of(line)).status_code for one in (Client(), client_of(reader))] == [404, 404]
