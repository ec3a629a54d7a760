"""Feeds as they are written, well and badly and with bad intent."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest

from harken.channels.contract import Account, Edit, Post
from harken.connectors.feed.connector import FeedConnector
from harken.connectors.feed.dates import moment
from harken.connectors.feed.formats import MOST_ENTRIES, NoFeed, read_feed
from harken.connectors.feed.polling import _item

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
URL = "https://trolley.example/board/feed.xml"


def read(content: str | bytes):
    return read_feed(content.encode() if isinstance(content, str) else content, url=URL, now=NOW)


def atom(*entries: str, attributes: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>Trolley</title>{"".join(entries)}</feed>'


def rss(*items: str, link: str = "https://trolley.example/") -> str:
    spaces = (
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    )
    return f'<rss version="2.0" {spaces}><channel><title>Trolley</title><link>{link}</link>{"".join(items)}</channel></rss>'


def test_atom_is_read_with_its_bases_kinds_of_text_and_dates():
    found = read(
        atom(
            '<author><name>The board</name></author><entry xml:base="t/"><id>tag:trolley.example,2026:7</id>'
            '<title type="html">Wheels &amp;amp; &lt;b&gt;more&lt;/b&gt;</title><link rel="self" href="7.atom"/><link href="7"/>'
            "<published>2026-03-01T09:00:00+01:00</published><updated>2026-03-02T09:00:00Z</updated>"
            "<author><name>Inés</name></author>"
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Which <b>wheels</b> &lt;fit&gt;?</div></content></entry>',
            "<entry><id>tag:trolley.example,2026:8</id><title>Plain &lt;b&gt;</title><updated>2026-03-02T10:00:00Z</updated>"
            "<summary>a &lt; b</summary></entry>",
            attributes='xml:base="https://trolley.example/board/"',
        )
    )
    assert (found.format, found.title, found.nameless) == ("Atom", "Trolley", 0)
    first, second = found.entries
    assert (first.title, first.author) == ("Wheels & more", "Inés")
    assert first.url == "https://trolley.example/board/t/7"
    assert first.at == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert first.edited_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert first.html == "<div>Which <b>wheels</b> &lt;fit&gt;?</div>"
    assert (second.title, second.html, second.url, second.author) == (
        "Plain <b>",
        "a &lt; b",
        "",
        "The board",
    )
    assert second.at == second.edited_at == datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_rss_is_read_with_relative_links_and_without_mail_addresses():
    found = read(
        rss(
            "<item><title>Lost wheel</title><link>/t/9</link><guid isPermaLink='false'>nine</guid>"
            "<author>ines@fjord.example (Inés)</author><pubDate>Sun, 01 Mar 2026 10:00:00 +0100</pubDate>"
            "<description>short</description><content:encoded>&lt;p&gt;Long&lt;/p&gt;</content:encoded></item>",
            "<item><guid>https://trolley.example/t/10</guid><author>omar@fjord.example</author></item>",
            "<item><link>javascript:alert(1)</link><title>Neither id nor link</title></item>",
            "<item><guid isPermaLink='false'>eleven</guid><link>https://user:pass@trolley.example/</link><dc:creator>Omar</dc:creator></item>",
        )
    )
    first, second, third = found.entries
    assert (first.id, first.url, first.author, first.html) == (
        "nine",
        "https://trolley.example/t/9",
        "Inés",
        "<p>Long</p>",
    )
    assert first.at == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert first.edited_at is None
    assert (second.url, second.author, second.at) == ("https://trolley.example/t/10", "", None)
    assert (third.url, third.author) == ("", "Omar")
    assert found.nameless == 1


def test_a_json_feed_is_read_also_where_types_are_wrong():
    items = [
        {"id": 7, "url": "/t/7", "title": "Wheels", "content_html": "<p>Which?</p>", "date_published": "2026-03-01T09:00:00Z",
         "date_modified": "2026-03-02T09:00:00Z", "authors": [{"name": "Inés"}]},
        {"id": "8", "content_text": "a < b\nc", "author": {"name": "Omar"}},
        {"id": True, "content_html": ["x"], "authors": "x"}, "x", None,
    ]  # fmt: skip
    found = read(json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": items}))
    first, second = found.entries
    assert (first.id, first.url, first.author) == ("7", "https://trolley.example/t/7", "Inés")
    assert (second.html, second.author, second.at) == ("a &lt; b<br>c", "Omar", None)
    assert found.nameless == 3


def test_an_id_that_comes_twice_is_one_entry_the_one_changed_last():
    found = read(
        atom(*[
            f"<entry><id>a</id><title>{title}</title><updated>2026-03-0{day}T00:00:00Z</updated></entry>"
            for title, day in (("second", 2), ("third", 3), ("first", 1))
        ])
    )  # fmt: skip
    assert [one.title for one in found.entries] == ["third"]


def test_a_huge_feed_is_cut_and_said_to_be():
    found = read(rss(*[f"<item><guid>https://trolley.example/{n}</guid></item>" for n in range(5000)]))
    assert (len(found.entries), found.is_cut) == (MOST_ENTRIES, True)
    long = read(rss(f"<item><guid>{'x' * 5000}</guid><title>{'y' * 5000}</title></item>")).entries[0]
    assert long.id.startswith("sha256:")
    assert len(long.title) == 300


LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "content",
    [
        '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + rss("<item><guid>&x;</guid></item>"),
        LAUGHS + rss("<item><guid>&b;</guid></item>"),
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1/x.dtd">' + rss(),
        atom("<a>" * 5000 + "</a>" * 5000),
        "<feed>" + "<a/>" * 70_000 + "</feed>",
        rss("<item>&nbsp;</item>"),
        "<html><body>Not found</body></html>",
        '{"version": "1"}',
        "[" * 100_000,
        '{"a":' * 100_000,
        "",
        "hello",
        b"\xff\xfe<\x00",
        b"<?xml version='1.0' encoding='utf-7'?><rss/>",
        b"<?xml version='1.0' encoding='euc-jp'?><rss/>",
        "<rss version='2.0'/>",
    ],
    ids=range(16),
)  # fmt: skip
def test_what_is_hostile_or_no_feed_is_refused_at_once(content: str | bytes):
    began = time.thread_time()
    with pytest.raises(NoFeed) as why:
        read(content)
    assert 5 < len(str(why.value)) < 300
    assert "root:" not in str(why.value)
    assert time.thread_time() - began < 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T09:00:00Z", datetime(2026, 3, 1, 9, tzinfo=UTC)),
        ("Sun, 01 Mar 2026 09:00:00 GMT", datetime(2026, 3, 1, 9, tzinfo=UTC)),
        ("2026-03-01 09:00", datetime(2026, 3, 1, 9, tzinfo=UTC)),
        ("2026-03-03T20:00:00Z", datetime(2026, 3, 3, 20, tzinfo=UTC)),  # ahead by a wrong zone
        ("2036-03-03T20:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("yesterday", None),
        ("", None),
        ("9" * 400, None),
    ],
)
def test_dates_are_believed_only_where_they_can_be_true(text: str, expected: datetime | None):
    assert moment(text, NOW) == expected


def test_what_is_shown_of_an_entry_is_clean_and_an_html_bomb_is_text():
    bomb = "<b>" * 3000 + "boom"
    hostile = '<p onclick="x()">Hi<script>x()</script><img src="https://spy.example/a.gif" alt="a wheel"><a href="javascript:x()">l</a></p>'
    connector = FeedConnector(Account(1, "Trolley", {}, {}))
    for html, expected in ((hostile, "Hi"), (bomb, "boom")):
        entry = read(
            json.dumps(
                {"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "content_html": html}]}
            )
        ).entries[0]
        for kind, shape in (("post", Post), ("edit", Edit)):
            parsed = connector.parse(_item(kind, "m", entry, NOW).body)
            assert isinstance(parsed, shape)
            assert expected in parsed.text
            assert not any(
                bad in parsed.html for bad in ("script", "onclick", "spy.example", "javascript", "<b><b><b>")
            )
