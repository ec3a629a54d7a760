"""Raw items into what happened."""

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.channels.contract import Deletion, Edit, Ignored, Malformed, Parsed, Post, Reach
from harken.connectors.mastodon.reading import parse


def status(**more: Any) -> dict[str, Any]:
    return {
        "id": "114000000000001",
        "created_at": "2026-03-02T09:00:00.000Z",
        "in_reply_to_id": None,
        "visibility": "public",
        "language": "en",
        "spoiler_text": "",
        "url": "https://fjord.example/@ines/1",
        "uri": "https://fjord.example/users/ines/statuses/1",
        "content": "<p>Where is my bag?</p>",
        "edited_at": None,
        "account": {
            "id": "77",
            "acct": "ines@fjord.example",
            "display_name": "Ines",
            "url": "https://fjord.example/@ines",
            "bot": False,
        },
        "mentions": [],
        "media_attachments": [],
        **more,
    }


def read(kind: str = "status", **more: Any) -> Parsed:
    return parse(
        json.dumps(
            {"kind": kind, "us": "help@larkspur.example", "domain": "larkspur.example", **more}
        ).encode()
    )


def post(via: str = "mention", root: str = "", before: list[str] | None = None, **more: Any) -> Post:
    found = read(via=via, root=root, before=before or [], status=status(**more))
    assert isinstance(found, Post)
    return found


def test_a_mention() -> None:
    found = post()
    assert (found.external_id, found.text, found.is_public, found.mentions_us) == (
        "114000000000001", "Where is my bag?", True, True,
    )  # fmt: skip
    assert found.at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert (found.author.key, found.author.handle, found.author.name) == (
        "ines@fjord.example", "@ines@fjord.example", "Ines",
    )  # fmt: skip
    assert not found.author.is_us
    assert found.url == "https://fjord.example/@ines/1"
    assert found.thread_key == "114000000000001"
    assert found.language == "en"


def test_an_answer_hangs_in_its_thread() -> None:
    found = post(in_reply_to_id="114000000000000", root="113", before=["113", "114000000000000"])
    assert (found.thread_key, found.in_reply_to, found.references) == (
        "113", "114000000000000", ("113", "114000000000000"),
    )  # fmt: skip


@pytest.mark.parametrize("visibility", ["private", "direct", "limited", "local", "list", ""])
def test_whatever_is_not_surely_public_is_private_and_one_running_exchange(visibility: str) -> None:
    found = post(visibility=visibility)
    assert not found.is_public
    assert found.thread_key == ""


def test_unlisted_is_public() -> None:
    assert post(visibility="unlisted").is_public


def test_our_own_answer_is_ours_and_without_the_name_we_put_before_it() -> None:
    found = post(
        via="own", account={"id": "1", "acct": "help"}, content="<p>@ines@fjord.example on its way</p>"
    )
    assert found.author.is_us
    assert found.text == "on its way"
    assert not found.mentions_us


def test_a_found_post_mentions_us_only_if_it_does() -> None:
    us = {"acct": "help", "url": "https://larkspur.example/@help"}
    assert not post(via="search").mentions_us
    assert post(via="search", mentions=[us]).mentions_us


def test_a_warning_is_the_subject_and_goes_along_with_the_answer() -> None:
    found = post(spoiler_text="lost luggage")
    assert found.subject == found.details["spoiler_text"] == "lost luggage"


def test_files_come_with_their_words_and_types() -> None:
    files = [
        {"type": "image", "url": "https://cdn.example/a/bag.PNG?x=1", "description": "a red bag"},
        {"type": "video", "url": None, "remote_url": "https://far.example/v"},
        {"type": "unknown", "url": "javascript:alert(1)"},
    ]
    picture, film = post(media_attachments=files).attachments
    assert (picture.name, picture.content_type, picture.text) == ("bag.PNG", "image/png", "a red bag")
    assert (film.name, film.content_type, film.url) == ("v", "video/mp4", "https://far.example/v")


def test_a_poll_shows_its_choices_and_a_quote_its_words() -> None:
    found = post(
        poll={"options": [{"title": "aisle"}, {"title": "window"}]},
        quote={"state": "accepted", "quoted_status": status(content="<p>All bags arrived</p>")},
    )
    assert found.text == "Where is my bag?\n◯ aisle\n◯ window"
    assert found.quoted == "@ines@fjord.example: All bags arrived"


def test_a_bot_is_a_machine() -> None:
    found = post(account={"acct": "news@x.example", "bot": True})
    assert found.author.is_bot
    assert found.is_automatic


def test_an_edit_a_deletion_numbers() -> None:
    found = read("edit", status=status(edited_at="2026-03-02T10:00:00.000Z", content="<p>Found it</p>"))
    assert found == Edit("114000000000001", datetime(2026, 3, 2, 10, tzinfo=UTC), "Found it")
    at = "2026-03-02T11:00:00+00:00"
    assert read("gone", id="5", at=at) == Deletion("5", datetime(2026, 3, 2, 11, tzinfo=UTC))
    numbers = read("reach", id="5", at=at, replies_count=1, reblogs_count=2, favourites_count=None)
    assert numbers == Reach("5", datetime(2026, 3, 2, 11, tzinfo=UTC), replies=1, boosts=2, likes=None)


def test_what_is_nothing_for_the_desk_says_why() -> None:
    assert read("notice", type="follow", count=1) == Ignored("a follow")
    assert read("notice", type="favourite", count=900) == Ignored(
        "a favourite of a post that nobody here waits for (900 of them)"
    )
    assert read("notice", type="admin.report") == Ignored("a notification of kind “admin.report”")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{", b'{"kind":"status"}', b'{"kind":"new"}', b"[" * 100_000,
        b'{"kind":"status","us":"a","domain":"b","via":"mention","status":{"id":"1","account":{"acct":"x"}}}',
        b'{"kind":"gone","id":"1","at":"yesterday"}', b"\xff",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(body)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = [*status(), "poll", "quote"]


@given(st.dictionaries(st.sampled_from(_FIELDS), _JSON, max_size=4), st.sampled_from(["status", "edit"]))
def test_no_shape_of_a_status_does_more_than_being_malformed(changed: dict[str, Any], kind: str) -> None:
    with contextlib.suppress(Malformed):
        read(kind, via="mention", root="", before=[], status=status(**changed))
