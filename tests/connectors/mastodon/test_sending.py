"""What leaves, how often, and what each answer of a server means."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harken.base.net import guard
from harken.channels.contract import (
    Attachment,
    Author,
    CannotTell,
    NotSent,
    NotThere,
    Outbound,
    Refused,
    Sent,
    Unknown,
)
from harken.connectors.mastodon.connector import MastodonConnector

from .conftest import connector
from .written_server import Call, Reply, WrittenServer

Make = Callable[..., MastodonConnector]
INES = Author(key="ines@fjord.example", name="Ines", handle="@ines@fjord.example")
PNG = Attachment("bag.png", "image/png", content=b"\x89PNG" + b"0" * 50, text="a red bag")


class Requests:
    """Counts on_request, and can refuse it."""

    def __init__(self, refuse: Exception | None = None) -> None:
        self.count, self.refuse = 0, refuse

    def __call__(self) -> None:
        self.count += 1
        if self.refuse:
            raise self.refuse


def answer(text: str = "On its way.", **more: Any) -> Outbound:
    given: dict[str, Any] = {"key": "k1", "text": text, "is_public": True, "to": INES}
    return Outbound(**{**given, **more})


def posted(server: WrittenServer) -> list[Call]:
    return server.called("/api/v1/statuses", "POST")


def test_an_answer_leaves_once_to_the_right_person_in_the_right_thread(
    server: WrittenServer, channel: Make
) -> None:
    asked, requests = server.mention("where?"), Requests()
    sent = channel().send(answer(in_reply_to=asked["id"]), requests)
    (call,) = posted(server)
    assert call.first("status") == "@ines@fjord.example On its way."
    assert call.first("in_reply_to_id") == asked["id"]
    assert call.first("visibility") == "public"
    assert call.headers["idempotency-key"] == "k1"
    assert isinstance(sent, Sent)
    assert server.statuses[sent.external_id]["content"] == "<p>@ines@fjord.example On its way.</p>"
    assert sent.url
    assert requests.count == 1


@pytest.mark.parametrize(
    "text", ["@ines@fjord.example hello", "hello @Ines@Fjord.example!", "(@ines@fjord.example)"]
)
def test_a_person_who_is_named_already_is_not_named_twice(
    server: WrittenServer, channel: Make, text: str
) -> None:
    channel().send(answer(text), Requests())
    assert posted(server)[0].first("status") == text


@pytest.mark.parametrize(
    ("asked", "set_to", "is_public", "seen_by"),
    [
        ("public", "public", True, "public"),
        ("public", "unlisted", True, "unlisted"),
        ("unlisted", "public", True, "unlisted"),
        ("public", "public", False, "direct"),
        ("direct", "public", False, "direct"),
        ("private", "public", False, "direct"),
    ],
)
def test_an_answer_is_never_more_public_than_what_it_answers(
    server: WrittenServer, channel: Make, asked: str, set_to: str, is_public: bool, seen_by: str
) -> None:
    status = server.mention("where?", visibility=asked)
    channel(answers_as=set_to).send(answer(in_reply_to=status["id"], is_public=is_public), Requests())
    assert posted(server)[0].first("visibility") == seen_by


@pytest.mark.parametrize("visibility", ["direct", "private", "limited"])
def test_a_public_answer_to_a_private_message_is_refused(
    server: WrittenServer, channel: Make, visibility: str
) -> None:
    status, requests = server.mention("ABC123", visibility=visibility), Requests()
    refused = channel().send(answer(in_reply_to=status["id"]), requests)
    assert isinstance(refused, Refused)
    assert "private" in refused.reason
    assert posted(server) == []
    assert requests.count == 0


def test_an_answer_to_what_was_taken_away_is_refused(server: WrittenServer, channel: Make) -> None:
    refused = channel().send(answer(in_reply_to="114"), Requests())
    assert isinstance(refused, Refused)
    assert "no longer" in refused.reason
    assert posted(server) == []


def test_a_warning_goes_along(server: WrittenServer, channel: Make) -> None:
    channel().send(answer(details={"spoiler_text": "lost luggage"}), Requests())
    assert posted(server)[0].first("spoiler_text") == "lost luggage"


def test_a_text_that_is_too_long_with_the_name_is_refused_with_the_figures(
    server: WrittenServer, channel: Make
) -> None:
    server.most_characters = 100
    here = channel()
    refused = here.send(answer("x" * 95), Requests())
    assert isinstance(refused, Refused)
    assert "101 characters" in refused.reason
    assert "takes 100" in refused.reason
    assert isinstance(here.send(answer("x" * 94), Requests()), Sent)


def test_a_long_text_is_cut_by_the_limits_of_this_very_server(server: WrittenServer, channel: Make) -> None:
    server.most_characters = 5000
    here = channel()
    text = "word " * 300
    assert len(here.split_text(text)) == 4  # not asked yet: Mastodon's own 500
    here.poll({})
    assert here.split_text(text) == [text.strip()]
    assert here.measure_text("see https://shop.example/a/very/long/way/to/go") == 4 + 23


def test_files_are_brought_first_and_described(server: WrittenServer, channel: Make) -> None:
    seen: list[int] = []
    here = channel()
    sent = here.send(
        answer(attachments=(PNG, PNG)), lambda: seen.append(len(server.called("/api/v2/media", "POST")))
    )
    assert isinstance(sent, Sent)
    assert seen == [2]  # both were there before the first byte of the post
    upload = server.called("/api/v2/media", "POST")[0]
    assert b'filename="bag.png"' in upload.body
    assert b"a red bag" in upload.body
    assert len(posted(server)[0].form["media_ids[]"]) == 2


def test_a_file_that_the_server_works_on_is_waited_for(server: WrittenServer, channel: Make) -> None:
    server.media_waits = 2
    film = Attachment("a.mp4", "video/mp4", content=b"0" * 50)
    assert isinstance(channel().send(answer(attachments=(film,)), Requests()), Sent)
    (id_,) = posted(server)[0].form["media_ids[]"]
    assert len(server.called(f"/api/v1/media/{id_}")) == 2


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ((PNG,) * 5, "5 files; larkspur.example takes 4"),
        ((Attachment("big.png", "image/png", content=b"0" * 1001),), "1,001 bytes"),
        ((Attachment("a.pdf", "application/pdf", content=b"%PDF"),), "no files of type application/pdf"),
    ],
)
def test_files_that_the_server_would_not_take_are_refused_before_anything_leaves(
    server: WrittenServer, channel: Make, files: tuple[Attachment, ...], reason: str
) -> None:
    refused = channel().send(answer(attachments=files), Requests())
    assert isinstance(refused, Refused)
    assert reason in refused.reason
    assert server.called("/api/v2/media", "POST") == posted(server) == []


def test_a_file_that_cannot_be_brought_now_is_tried_later(server: WrittenServer, channel: Make) -> None:
    server.override = lambda call: Reply(0, None) if call.path == "/api/v2/media" else None
    requests = Requests()
    assert isinstance(channel().send(answer(attachments=(PNG,)), requests), NotSent)
    assert requests.count == 0


def on_post(reply: Reply) -> Callable[[Call], Reply | None]:
    return lambda call: reply if call.method == "POST" and call.path == "/api/v1/statuses" else None


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(0, None), Unknown),  # hung up after it had the post
        (Reply(500, {"error": "oops"}), Unknown),
        (Reply(503, {"error": "oops"}), Unknown),
        (Reply(504, b"<html>gateway"), Unknown),
        (Reply(200, b"not json"), Unknown),
        (Reply(200, {"no": "id"}), Unknown),
        (Reply(401, {"error": "The access token is invalid"}), Refused),
        (Reply(403, {"error": "This action is not allowed"}), Refused),
        (Reply(404, {"error": "Record not found"}), Refused),
        (Reply(422, {"error": "Validation failed: Text limit of 500 exceeded"}), Refused),
        (Reply(301, b"", {"Location": "https://elsewhere.example/"}), Refused),
        (Reply(429, {"error": "Too many requests"}, {"Retry-After": "40"}), NotSent),
    ],
)
def test_what_each_answer_to_a_post_means(
    server: WrittenServer, channel: Make, reply: Reply, kind: type
) -> None:
    server.override, requests = on_post(reply), Requests()
    result = channel().send(answer(), requests)
    assert isinstance(result, kind), result
    assert requests.count == 1
    assert len(posted(server)) == 1
    if isinstance(result, NotSent):
        assert result.retry_after == 40.0
    if isinstance(result, Refused):
        assert result.what_to_do


def test_nothing_leaves_when_the_dispatch_was_taken_back(server: WrittenServer, channel: Make) -> None:
    class TakenBack(Exception):
        pass

    with pytest.raises(TakenBack):
        channel().send(answer(), Requests(TakenBack()))
    assert posted(server) == []


def test_a_server_that_cannot_be_reached_has_surely_not_got_it() -> None:
    guard.configure(allow_private_hosts="127.0.0.1:9")
    requests = Requests()
    result = connector("http://127.0.0.1:9", "token").send(answer(), requests)
    assert isinstance(result, NotSent)
    assert requests.count == 0


def test_a_dead_token_says_what_to_do(server: WrittenServer, channel: Make) -> None:
    asked = server.mention("where?")
    result = channel(token="withdrawn").send(answer(in_reply_to=asked["id"]), Requests())
    assert isinstance(result, Refused)
    assert "access token" in result.what_to_do


def test_a_repeat_under_the_same_key_is_one_post(server: WrittenServer, channel: Make) -> None:
    here = channel()
    first = here.send(answer(), Requests())
    again = here.send(answer(), Requests())
    assert isinstance(first, Sent)
    assert isinstance(again, Sent)
    assert first.external_id == again.external_id
    assert len(server.statuses) == 1


@pytest.mark.parametrize(
    ("software", "is_proven"), [("mastodon", True), ("snac", False), ("gotosocial", False), ("", False)]
)
def test_a_key_is_proven_only_on_mastodon_itself(
    server: WrittenServer, channel: Make, software: str, is_proven: bool
) -> None:
    server.software = software
    assert channel().is_key_proven(answer()) is is_proven


def test_a_key_is_not_proven_while_the_server_cannot_be_asked(server: WrittenServer, channel: Make) -> None:
    server.override = lambda call: Reply(503, {"error": "down"})
    assert channel().is_key_proven(answer()) is False


# ---- looking up what may have left ----


def since() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=5)


@pytest.mark.parametrize("is_public", [True, False])
def test_what_arrived_although_the_line_broke_is_found(
    server: WrittenServer, channel: Make, is_public: bool
) -> None:
    asked, here = server.mention("where?", visibility="public" if is_public else "direct"), channel()
    reply = answer("On its  way.\n\nSoon.", in_reply_to=asked["id"], is_public=is_public)

    def takes_it_and_hangs_up(call: Call) -> Reply | None:
        if call.method == "POST":
            server.create(call)
            return Reply(0, None)
        return None

    server.override = takes_it_and_hangs_up
    assert isinstance(here.send(reply, Requests()), Unknown)
    server.override = None
    found = here.look_up(reply, since())
    assert isinstance(found, Sent)
    assert server.statuses[found.external_id]["in_reply_to_id"] == asked["id"]


def test_what_did_not_arrive_is_not_there(server: WrittenServer, channel: Make) -> None:
    asked, here = server.mention("where?"), channel()
    for number in range(50):
        server.post(by=server.brand, text=f"other {number}", created_at=datetime.now(UTC).isoformat())
    assert here.look_up(answer(in_reply_to=asked["id"]), since()) == NotThere()


def test_the_same_words_in_another_thread_or_before_are_not_it(server: WrittenServer, channel: Make) -> None:
    asked, other, here = server.mention("where?"), server.mention("when?"), channel()
    server.post(
        by=server.brand,
        text="On its way.",
        in_reply_to_id=other["id"],
        created_at=datetime.now(UTC).isoformat(),
    )
    server.post(by=server.brand, text="On its way.", in_reply_to_id=asked["id"])  # in March
    server.post(
        text="On its way.", in_reply_to_id=asked["id"], created_at=datetime.now(UTC).isoformat()
    )  # not ours
    assert here.look_up(answer(in_reply_to=asked["id"]), since()) == NotThere()


def test_when_the_server_cannot_be_asked_it_cannot_tell(server: WrittenServer, channel: Make) -> None:
    server.override = lambda call: Reply(503, {"error": "down"})
    assert isinstance(channel().look_up(answer(), since()), CannotTell)


def test_private_messages_on_a_server_that_may_hide_them_cannot_be_told(
    server: WrittenServer, channel: Make
) -> None:
    server.software = "snac"
    assert isinstance(channel().look_up(answer(is_public=False), since()), CannotTell)
