"""Pictures that a network only linked, on the desk: on their way, there, or why not and what can be done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harken.inbox import linked
from harken.inbox.fetching import fetch_due
from harken.inbox.models import Attachment, Conversation
from tests.factories import echo_post, receive
from tests.inbox.picture_server import Given, PictureServer, giving_pictures
from tests.pictures import PNG
from tests.web.browsing import Served, until
from tests.web.cast import Cast, client_of


@pytest.fixture
def server() -> Iterator[PictureServer]:
    with giving_pictures() as found:
        yield found[0]


def ask_with(cast: Cast, *urls: str) -> Conversation:
    """A customer asks, and links these."""
    files = [{"name": "bag.png", "content_type": "image/png", "url": url, "text": "a bag"} for url in urls]
    receive(cast.channel, echo_post("Look", author="wren", id="seen", thread="seen", attachments=files))
    return Conversation.objects.get(messages__external_id="seen")


def page_of(cast: Cast, c: Conversation, language: str = "en") -> str:
    return (
        client_of(cast.noor).get(f"/desk/c/{c.pk}/", headers={"accept-language": language}).content.decode()
    )


@pytest.mark.django_db(transaction=True)
def test_each_stand_of_a_linked_file_is_told_and_what_can_be_done_about_it(cast, server):
    server.gives["/page.png"] = Given(b"<script>alert(1)</script>")
    c = ask_with(cast, f"{server.url}/page.png", f"{server.url}/none.png", "archive:old.png")
    c.messages.update(url="https://fjord.example/@wren/1")
    html = page_of(cast, c)
    assert html.count("not fetched yet") == 2
    assert "not in the archive" in html
    assert "Fetch again" not in html
    while fetch_due():
        pass
    html = page_of(cast, c)
    page, none, archived = Attachment.objects.filter(message__conversation=c).order_by("pk")
    # what claims to be a picture and is none is never shown inside the page
    assert f'href="/desk/files/{page.pk}/" download' in html
    assert f"/desk/files/{page.pk}/?inline=1" not in html
    assert client_of(cast.noor).get(f"/desk/files/{page.pk}/?inline=1").status_code == 404
    assert linked.GONE in html
    assert html.count("See it there") == 2
    assert f"/desk/files/{none.pk}/fetch/" in html
    assert f"/desk/files/{archived.pk}/fetch/" not in html


@pytest.mark.django_db(transaction=True)
def test_who_sees_the_conversation_has_it_fetched_again_and_nobody_else(cast, server):
    c = ask_with(cast, f"{server.url}/bag.png")
    fetch_due()
    row = Attachment.objects.get(message__conversation=c)
    assert client_of(cast.otto).post(f"/desk/files/{row.pk}/fetch/").status_code == 404
    assert client_of(cast.noor).get(f"/desk/files/{row.pk}/fetch/").status_code == 405
    row.refresh_from_db()
    assert row.fetch_at is None
    answer = client_of(cast.noor).post(f"/desk/files/{row.pk}/fetch/")
    assert answer.headers["location"] == f"/desk/c/{c.pk}/"
    row.refresh_from_db()
    assert row.fetch_at is not None
    assert "not fetched yet" in page_of(cast, c)
    again = client_of(cast.noor).post(f"/desk/files/{row.pk}/fetch/", headers={"HX-Request": "true"})
    assert "It is here, or on its way." in again.content.decode()


def test_a_picture_comes_into_the_open_conversation_and_may_be_asked_for_again(desk: Served, server):
    c = ask_with(desk.cast, f"{server.url}/bag.png")
    page = desk.page(desk.cast.noor)
    page.goto(f"/desk/c/{c.pk}/")
    page.wait_for_selector("#composer")
    page.fill("#composer textarea", "Half a sen")
    assert "not fetched yet" in page.inner_text("#thread .file.lacking")
    fetch_due()  # it is not there
    until(page, f"document.querySelector('#thread').textContent.includes('{linked.GONE}')")
    page.get_by_role("button", name="Fetch again").click()
    until(page, "document.querySelector('#thread').textContent.includes('not fetched yet')")
    server.gives["/bag.png"] = Given(PNG)
    fetch_due()
    page.wait_for_selector("#thread .file img[alt='a bag']")
    until(page, "document.querySelector('#thread .file img').naturalWidth === 1")
    assert page.input_value("#composer textarea") == "Half a sen"
