"""For each connector: an account as people connect one (nothing there answers), and items as it keeps them itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from harken.channels.contract import Account, Author, RawItem
from harken.connectors.activitypub import reading as activitypub_reading
from harken.connectors.bluesky import items as bluesky_items
from harken.connectors.echo import payloads
from harken.connectors.email.envelopes import stub, wrap
from harken.connectors.feed import formats as feed_formats
from harken.connectors.feed import polling as feed_polling
from harken.connectors.mastodon import items as mastodon_items
from tests.connectors.activitypub import elsewhere
from tests.connectors.bluesky import shapes
from tests.connectors.bluesky.fake_server import US
from tests.connectors.email import letters
from tests.connectors.email.test_trust import bounce
from tests.connectors.mastodon.test_reading import status

AT = datetime(2026, 3, 3, 10, 5, tzinfo=UTC)
SECRET = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="

ACCOUNTS: dict[str, Account] = {
    "email": Account(
        letters.ACCOUNT,
        "Care",
        {
            "address": letters.OWN[0], "aliases": letters.OWN[1], "imap_host": "imap.larkspur.example",
            "smtp_host": "smtp.larkspur.example", "user": "care", "authserv_id": "mx.larkspur.example",
        },
        {"password": "x"},
    ),
    "mastodon": Account(2, "Toots", {"server": "https://social.larkspur.example"}, {"access_token": "x"}),
    "bluesky": Account(
        3, "Blue", {"identifier": "larkspur.example", "host": "https://pds.larkspur.example"}, {"app_password": "x"}
    ),
    "echo": Account(4, "Form", {"send_url": "https://shop.larkspur.example/replies"}, {"secret": SECRET}),
    "archive": Account(5, "Old", {}, {}),
    "feed": Account(7, "Trolley", {"address": "https://trolley.larkspur.example/feed"}, {}),
    "activitypub": Account(6, "Baggage", {"actor": "https://care.larkspur.example/ap/spaces/7"}, {"key": elsewhere.keys()[0]}),
}  # fmt: skip


def _email() -> list[bytes]:
    html = ("Content-Type: text/html; charset=utf-8", "<p>Grüße <img src='cid:p@1'></p>".encode())
    file = (
        "Content-Type: image/png; name=a.png\r\nContent-ID: <p@1>\r\nContent-Transfer-Encoding: base64",
        b"UE5H",
    )
    mails = [
        letters.letter(),
        letters.parts(
            ("Content-Type: text/plain", b"hello"), html, file, References="<a@b> <c@d>", In_Reply_To="<c@d>"
        ),
        letters.letter("I am away", Auto_Submitted="auto-replied", Subject="=?utf-8?Q?R=C3=A9ponse?="),
        bounce("<reply-0001.AAAAAAAAAAAAAAAAAAAAAAAA@larkspur.example>"),
    ]
    return [*(wrap(mail, AT) for mail in mails), stub("too large")]


def _mastodon() -> list[bytes]:
    here = mastodon_items.Here("help@larkspur.example", "larkspur.example")
    edited = status(edited_at="2026-03-02T10:00:00.000Z", content="<p>Found it</p>")
    found = [
        mastodon_items.status_item(here, status(), "mention", mastodon_items.Trail("113", ("113",))),
        mastodon_items.edit_item(here, edited),
        mastodon_items.reach_item(here, status(replies_count=1, reblogs_count=2, favourites_count=3), AT),
        mastodon_items.gone_item(here, "114000000000001", AT),
        mastodon_items.notice_item(here, [{"id": "1", "type": "follow", "account": {"acct": "a@b.example"}}]),
    ]
    return [item.body for item in found]


def _bluesky() -> list[bytes]:
    found: list[RawItem] = [
        bluesky_items.post_item(US, shapes.post_view()),
        bluesky_items.notified_post_item(US, shapes.notification("mention")),
        bluesky_items.notification_item(US, shapes.notification("follow")),
        bluesky_items.reach_item(US, shapes.post_view(), AT),
        bluesky_items.gone_item(US, shapes.uri("3abc"), AT),
    ]
    return [item.body for item in found]


def _echo() -> list[bytes]:
    author = {"key": "ines", "name": "Inés", "handle": "@ines"}
    file = {"name": "a.png", "content_type": "image/png", "content": "UE5H"}
    events: list[dict[str, Any]] = [
        {
            "type": "post",
            "id": "p1",
            "at": AT.isoformat(),
            "author": author,
            "text": "Where?",
            "attachments": [file],
        },
        {"type": "edit", "id": "p1", "at": AT.timestamp(), "text": "Where is it?"},
        {"type": "delete", "id": "p1", "at": AT.isoformat()},
        {"type": "reach", "id": "p1", "at": AT.isoformat(), "replies": 1, "boosts": 2, "likes": 3},
        {"type": "receipt", "id": "p1", "at": AT.isoformat(), "state": "bounced", "reason": "full"},
    ]
    return [payloads.item_of(event, json.dumps(event).encode()).body for event in events]


def _archive() -> list[bytes]:
    line = {
        "id": "1", "at": AT.timestamp(), "author": "ines", "name": "Inés", "handle": "@ines", "us": False, "text": "Where?",
        "public": True, "thread": "t", "parent": "0", "subject": "Bag", "language": "en", "files": [["a.png", "image/png"]],
    }  # fmt: skip
    return [json.dumps(line).encode()]


def _activitypub() -> list[bytes]:
    ines = elsewhere.Person("https://fjord.example/users/ines")
    note = ines.note("<p>Yes, <b>twice</b></p>", "https://care.larkspur.example/ap/posts/12")
    by = Author(ines.uri, "Ines", "@ines@fjord.example", ines.uri)
    done = [
        ines.does("Create", note),
        ines.does("Update", {**note, "updated": AT.isoformat()}),
        ines.does("Delete", {"type": "Tombstone", "id": note["id"]}),
        ines.does("Like", "https://care.larkspur.example/ap/posts/12"),
        ines.does("Follow", "https://care.larkspur.example/ap/spaces/7"),
        ines.does("Flag", "https://care.larkspur.example/ap/posts/12"),
    ]
    return [activitypub_reading.envelope({"sent": json.dumps(one), "at": AT.isoformat()}, by) for one in done]


def _feed() -> list[bytes]:
    entry = feed_formats.Entry(
        "https://trolley.larkspur.example/t/7", "Wheels & more", "https://trolley.larkspur.example/t/7", "Ines",
        "<p>Which <b>wheels</b> fit?</p><script>x()</script>", AT, AT,
    )  # fmt: skip
    gone = feed_polling._gone_item("0a1b", feed_formats.Gone(entry.id, AT), AT)
    return [*(feed_polling._item(kind, "0a1b", entry, AT).body for kind in ("post", "edit")), gone.body]


ITEMS: dict[str, list[bytes]] = {
    "email": _email(), "mastodon": _mastodon(), "bluesky": _bluesky(), "echo": _echo(), "archive": _archive(),
    "activitypub": _activitypub(), "feed": _feed(),
}  # fmt: skip
