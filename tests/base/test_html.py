"""What strangers wrote cannot run, load or take long; and what they meant is still there."""

from __future__ import annotations

import csv
import io
import time
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harken.base.html import MAX_TEXT, clean_html, csv_cell, is_quick_to_parse, linkify, text_of

ALLOWED = {
    "a": {"href", "title", "lang", "dir", "rel", "target"},
    "img": {"src", "alt", "width", "height", "title", "lang", "dir", "loading"},
    "span": {"class", "title", "lang", "dir"},
}
ATTRIBUTES = {"title", "lang", "dir", "colspan", "rowspan", "align", "scope", "start", "datetime"}
NEVER = {"script", "style", "iframe", "object", "embed", "svg", "math", "form", "input", "button", "link", "meta", "base",
         "template", "textarea", "select", "video", "audio", "body", "html", "head", "title", "noscript", "frameset"}  # fmt: skip


class Found(HTMLParser):
    """An independent parser's view of the output."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")


def assert_safe(html: str) -> Found:
    found = Found(html)
    for tag, attributes in found.tags:
        assert tag not in NEVER, tag
        assert set(attributes) <= ALLOWED.get(tag, ATTRIBUTES), (tag, attributes)
        href = attributes.get("href")
        assert href is None or href.lower().startswith(("http://", "https://", "mailto:", "tel:")), href
        src = attributes.get("src")
        assert src is None or src.startswith("/media/"), src
        if tag == "a" and href:
            assert attributes["rel"] == "noopener noreferrer nofollow ugc"
            assert attributes["target"] == "_blank"
        if "class" in attributes:
            assert attributes["class"] == "image-blocked"
    return found


VECTORS = [
    "<script>alert(1)</script>", "<SCRIPT SRC=//x></SCRIPT>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>", "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<a href=javascript:alert(1)>x</a>", "<a href=' javascript:alert(1)'>x</a>", "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>", "<a href='data:text/html,x'>x</a>", "<a href='vbscript:x'>x</a>",
    "<a href='//evil.example'>x</a>", "<a href='/logout'>x</a>", "<a href='?delete=1'>x</a>", "<a href='#top'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>", "<a href='https:///evil'>x</a>", "<a href='http:/logout'>x</a>",
    "<iframe src=javascript:alert(1)>", "<iframe srcdoc='<script>x</script>'>", "<object data=x>", "<embed src=x>",
    "<form action=/x><input name=a><button>b</button></form>", "<base href=//x>", "<meta http-equiv=refresh content=0>",
    "<link rel=stylesheet href=x>", "<style>@import 'x'</style>", "<p style='background:url(//x)'>a</p>",
    "<div class='modal' id='x' name='y' data-x=1 hx-get='/x' onclick=x>a</div>", "<img srcset='//x 1x'>",
    "<img src='https://tracker.example/p.gif' width=1 height=1>", "<img src=data:image/svg+xml,x>", "<img src=//x/y>",
    "<table background='//x'><td background='//x'>a</td></table>", "<noscript><p title='</noscript><img src=x onerror=x>'>",
    "<textarea><script>x</script></textarea>", "<title><script>x</script></title>", "<!--><script>alert(1)</script>-->",
    "<!-- x --!><script>alert(1)</script>", "<![CDATA[<script>x</script>]]>", "<?xml ?><script>x</script>",
    "<img alt='\"><script>alert(1)</script>'>", "<img alt='<img src=x onerror=alert(1)>'>", "<p title='<img>'>x</p>",
    "<a title='\"><img src=x onerror=x>' href='https://x.y'>z</a>", "<a href='https://x.y/\"onclick=\"x'>z</a>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>", "<x-evil onfoo=x>y</x-evil>", "<template><img src=x onerror=x>",
    "<b><script", "<b <script>alert(1)</script>", "<<script>alert(1)//<</script>", "<sc<script>ript>alert(1)</sc</script>ript>",
    "<img\x00 src=x onerror=x>", "<scr\x00ipt>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;", "<video><source onerror=x>",
    "<details open ontoggle=x>a</details>", "<marquee onstart=x>a</marquee>", "<isindex action=javascript:x type=image>",
    "<xmp><script>alert(1)</script></xmp>", "<plaintext><script>alert(1)</script>", "<select><style></select><img src=x onerror=x>",
    "<input autofocus onfocus=x>", "<keygen autofocus onfocus=x>", "<audio src=x onerror=x>", "<frameset onload=x>", "<body onload=x>",
    "<a href='tel:+1\"onclick=x'>t</a>", "<a href='mailto:a@b?subject=<script>'>t</a>", "<img src='cid:x' alt=a onload=x>",
]  # fmt: skip


@pytest.mark.parametrize("vector", VECTORS)
def test_nothing_runs_or_loads(vector: str):
    for wrapped in (
        vector,
        f"<p>before {vector} after</p>",
        f"<table><tr>{vector}",
        f"<b><i>{vector}",
        vector * 3,
    ):
        assert_safe(clean_html(wrapped))
        assert_safe(clean_html(clean_html(wrapped)))
        assert_safe(clean_html(wrapped, image_url=lambda source: f"/media/{len(source)}"))
        assert_safe(linkify(wrapped))
        assert_safe(linkify(text_of(wrapped)))


_SOUP = st.lists(
    st.sampled_from(
        ["<", ">", "</", "/>", '"', "'", "=", " ", "&", ";", "&lt;", "&#60;", "&#x3c;", "<!--", "-->", "<![CDATA[", "]]>", "a",
         "img", "script", "style", "svg", "math", "p", "b", "table", "td", "select", "template", "noscript", "title", "textarea",
         "src", "href", "onerror", "alt", "style=", "javascript:", "https://a.b/", "cid:x", "alert(1)", "\0", "\n", "é", "x"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(_SOUP)
@settings(max_examples=1500, deadline=None)
def test_no_soup_is_unsafe(soup: str):
    cleaned = clean_html(soup, image_url=lambda source: f"/media/{len(source)}")
    assert_safe(cleaned)
    assert_safe(clean_html(cleaned))
    assert_safe(linkify(soup))
    assert "\0" not in cleaned
    assert "\ue000" not in text_of(soup)


def test_what_a_mail_is_made_of_stays():
    html = (
        "<html><head><title>T</title><style>p{}</style></head><body><h1>Hello</h1><p>Two &amp; two&nbsp;is <b>four</b>, "
        "see <a href='https://a.b/?x=1&copy=2'>this</a>.</p><ul><li>one<li>two</ul><blockquote>quoted</blockquote>"
        "<table><tr><th scope=row>k<td colspan=2>v</table><pre>a\n  b</pre></body></html>"
    )
    cleaned = clean_html(html)
    for piece in (
        "<h1>Hello</h1>", "<p>Two &amp; two&nbsp;is <b>four</b>, see", '<a href="https://a.b/?x=1&amp;copy=2"',
        "<ul><li>one</li><li>two</li></ul>", "<blockquote>quoted</blockquote>", '<td colspan="2">v</td>', "<pre>a\n  b</pre>",
    ):  # fmt: skip
        assert piece in cleaned
    assert "p{}" not in cleaned
    assert ">T<" not in cleaned


def test_pictures_come_from_us_or_not_at_all():
    html = "<img src='https://x.y/z.png' alt='A &lt;cat&gt;'><img src='cid:1' alt=logo width=20 onerror=x><img src=data:x alt=d>"
    assert clean_html(html) == (
        '<span class="image-blocked">A ‹cat›</span><span class="image-blocked">logo</span>'
        '<span class="image-blocked">d</span>'
    )
    asked: list[str] = []

    def image_url(source: str) -> str | None:
        asked.append(source)
        return "/media/7" if source.startswith("cid:") else None

    found = assert_safe(clean_html(html, image_url=image_url))
    assert asked == ["https://x.y/z.png", "cid:1"]
    assert [tag for tag, _ in found.tags] == ["span", "img", "span"]
    assert found.tags[1][1] == {"src": "/media/7", "alt": "logo", "width": "20", "loading": "lazy"}


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello   <b>you</b>&amp;me</p>\n<p>two</p>", "Hello you&me\n\ntwo"),
        ("a<br>b<br/>c<BR >d", "a\nb\nc\nd"),
        ("<ul><li>a<li>b</ul>after", "• a\n• b\n\nafter"),
        ("<table><tr><td>1<td>2<tr><td>3</table>", "1\t2\n3"),
        ("x < y <z>", "x < y"),
        ("a <!-- <p>hidden</p> --> b <!", "a b"),
        ("<a title='a>b' href=\"x>y\">link</a>", "link"),
        ("<script>var a = '<p>';</script>seen<style>x</style><SCRIPT >y</ScRiPt >!", "seen!"),
        ("<head><title>t</title></head><body>b", "b"),
        ("a<br><br>b<br></p>c", "a\n\nb\n\nc"),
        ("<img alt='A  cat'><img alt=dog><img>", "A catdog"),
        ("1&nbsp;2&#160;3&lt;b&gt;&#x1F600;", "1 2 3<b>😀"),
        ("<div><div>a</div></div><div>b</div>", "a\nb"),
        ("<p>never closed <b", "never closed"),
        ("<script>never closed", ""),
        ("", ""),
        ("plain", "plain"),
        ("\ue000a\0\ue003b&#xe002;", "ab"),
        ("<p>a</p><p></p><p> </p><p>b</p>", "a\n\nb"),
    ],
)
def test_the_text_of(html: str, text: str):
    assert text_of(html).replace("\n\t", "\n") == text


def test_long_texts_are_cut_and_say_so():
    assert text_of("x" * (MAX_TEXT + 5)) == "x" * MAX_TEXT + "…"
    assert linkify("x" * (MAX_TEXT + 5)) == "x" * MAX_TEXT + "…"


def test_html_too_deep_becomes_text():
    deep = "<div>" * 5000 + "see https://a.b/c" + "</div>" * 5000
    assert not is_quick_to_parse(deep)
    assert clean_html(deep) == (
        'see <a href="https://a.b/c" rel="noopener noreferrer nofollow ugc" target="_blank">https://a.b/c</a>'
    )
    assert is_quick_to_parse("<table><tr><td><p><b>x</b></table>" * 2000)
    assert is_quick_to_parse("<p>x<br>" * 10_000)


def _link(href: str, shown: str) -> str:
    return f'<a href="{href}" rel="noopener noreferrer nofollow ugc" target="_blank">{shown}</a>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("see example.com.", f"see {_link('http://example.com', 'example.com')}."),
        ("<b>&\"'", "&lt;b&gt;&amp;&quot;&#x27;"),
        ("a\r\nb\rc\n\nd", "a<br>\nb<br>\nc<br>\n<br>\nd"),
        ("(https://a.b/c_(d))", f"({_link('https://a.b/c_(d)', 'https://a.b/c_(d)')})"),
        ("https://a.b/?x=1&y=\"><script>", f"{_link('https://a.b/?x=1&amp;y=', 'https://a.b/?x=1&amp;y=')}&quot;&gt;&lt;script&gt;"),
        ("me@x.org", _link("mailto:me@x.org", "me@x.org")),
        ("javascript:alert(1) ftp://x.y data:text/html,x //a.com file:///etc", None),
        ("10.0.0.1 1.5 e.g. a.b", None),
        ("two  spaces\tand tab", "two  spaces\tand tab"),
    ],
)  # fmt: skip
def test_linked_text(text: str, html: str | None):
    made = linkify(text)
    assert_safe(made)
    assert made == (html if html is not None else text)
    assert Found(made).text.replace("\n\n\n", "\n\n") or not text


@given(st.text(max_size=300))
@settings(max_examples=500, deadline=None)
def test_linking_changes_no_word(text: str):
    made = linkify(text)
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    assert Found(made.replace("<br>\n", "\n")).text == plain


UNITS = [
    "&", "&a", "&#", "&#x", "&amp;", "<", "<!--", "<!", "<?", "</", "<a ", "<a b='", '<a b="', "<a b=", "<b>", "</b>", "<div>",
    "<div><p>", "<ul><li>", "<dl><dt>", "<b id=%d>", "<b id=%d><p>", "<a a%d=1 ", "a%d=1 ", "<pre>\n", "\0", "<script>",
    "</script>", "<svg>", "<math><mi>", "<p>", "<p>x", "<td>", "<b><p></b>", "<b></a>", "<img alt=", "<img alt='", "<img alt=a>",
    "<x%d>", "<x %d>", "<font color=%d><p>x", "<i><p>", "<table><b>x", "<b><i><u><div></b>", "<a><b>", "<select>", "<title>",
    "<textarea>", "<![CDATA[", "]]>", "'", '"', "(", "http://", "http://a.b ", "a.b ", "a@b.c ", "a@", "www.a.b/", "\n", "\t ",
    " ", "\r", "é.é ", "\ue000", "<b> </b>", "<em><div></em>", "<a href=x>y</a>", "a.", "-", "://", "mailto:", "=",
]  # fmt: skip


@pytest.mark.parametrize("work", [clean_html, text_of, linkify, csv_cell])
def test_a_megabyte_of_anything_takes_no_time(work):
    """Quadratic work would take minutes here; the bound leaves a slow, busy machine its room."""
    for unit in UNITS:
        count = 1_000_000 // len(unit)
        evil = "".join(unit % i for i in range(count)) if "%d" in unit else unit * count
        began = time.thread_time()
        work(evil[:1_000_000])
        assert time.thread_time() - began < 4, unit


@pytest.mark.parametrize(
    "value",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "  @x", "\u00a0=1", "＝1", "＋1", "－1", "＠x", "=cmd|' /C calc'!A0",
     "|x", "%x", "\0=1", "−1"],
)  # fmt: skip
def test_no_cell_is_a_formula(value: str):
    cell = csv_cell(value)
    assert isinstance(cell, str)
    assert cell == f"'{value.replace(chr(0), '')}"
    out = io.StringIO()
    csv.writer(out).writerow([cell])
    assert next(csv.reader(io.StringIO(out.getvalue()))) == [cell]


@pytest.mark.parametrize(
    "value",
    ["", "a=1", "hello - you", "mail me@x.y", "'=1", -1, 1.5, None, True, Decimal("-2"), date(2026, 2, 1)],
)
def test_an_ordinary_cell_stays_as_it_is(value: object):
    assert csv_cell(value) == value
