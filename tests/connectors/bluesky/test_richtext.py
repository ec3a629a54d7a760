"""Facets point into bytes; here they become characters and back, and never a way in for anything else."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from harken.connectors.bluesky.richtext import Span, facets_of, find_spans, html_of, spans_of

PEOPLE = {"ines.fjord.test": "did:plc:ines"}


def found(text: str) -> list[tuple[str, str, str]]:
    return [(span.kind, text[span.start : span.end], span.value) for span in find_spans(text, PEOPLE.get)]


def facet(start: int, end: int, **feature: str) -> dict[str, object]:
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


def link(start: int, end: int, uri: str = "https://larkspur.example/") -> dict[str, object]:
    return facet(start, end, **{"$type": "app.bsky.richtext.facet#link", "uri": uri})


# ---- in ----


def test_bytes_become_characters() -> None:
    text = "👋 Olá @larkspur, vê fjord.example"
    start = len("👋 Olá ".encode())
    spans = spans_of(
        text,
        [
            facet(start, start + 9, **{"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:us"}),
            link(
                len("👋 Olá @larkspur, vê ".encode()), len(text.encode()), "https://fjord.example/a?b=1&c=2"
            ),
        ],
    )
    assert [text[span.start : span.end] for span in spans] == ["@larkspur", "fjord.example"]
    assert html_of(text, spans) == (
        '👋 Olá <a href="https://bsky.app/profile/did:plc:us" rel="nofollow noopener">@larkspur</a>, vê '
        '<a href="https://fjord.example/a?b=1&amp;c=2" rel="nofollow noopener">fjord.example</a>'
    )


def test_what_points_inside_a_letter_or_past_the_end_is_left_out() -> None:
    text = "né https"
    assert spans_of(text, [link(2, 5), link(0, 2), link(0, 99), link(-1, 2), link(3, 3), link(5, 4)]) == []


def test_overlaps_are_left_out() -> None:
    assert [(s.start, s.end) for s in spans_of("abcdefghij", [link(4, 8), link(0, 5), link(8, 9)])] == [
        (0, 5),
        (8, 9),
    ]


def test_only_web_addresses_become_links() -> None:
    bad = [
        "javascript:alert(1)",
        "data:text/html,x",
        "https://",
        "ftp://x.example/",
        "https://a b",
        "//x",
        "https:///x",
    ]
    assert spans_of("0123456789", [link(0, 3, uri) for uri in bad]) == []


def test_malformed_facets_are_left_out() -> None:
    nothing = [
        None,
        1,
        "x",
        [],
        {},
        {"index": 3},
        {"index": {"byteStart": "0", "byteEnd": 2}, "features": []},
    ]
    strange = [{"index": {"byteStart": 0, "byteEnd": 2}, "features": [None, {"$type": "x#other"}]}]
    assert spans_of("abc", nothing + strange) == []
    assert spans_of("abc", None) == spans_of("abc", "facets") == []


def test_text_is_escaped() -> None:
    text = '<img src=x onerror="x">\n& <b>'
    spans = spans_of(text, [link(0, 4, 'https://x.example/"><script>')])
    shown = html_of(text, spans)
    assert "<img" not in shown
    assert "<script" not in shown
    assert shown.endswith("<br>&amp; &lt;b&gt;")


# ---- out ----


def test_links_mentions_and_tags_are_found() -> None:
    assert found(
        "Olá @ines.fjord.test 👋 https://larkspur.example/bags?x=ö, www.larkspur.com/a. #Bagagem"
    ) == [
        ("mention", "@ines.fjord.test", "did:plc:ines"),
        ("link", "https://larkspur.example/bags?x=ö", "https://larkspur.example/bags?x=ö"),
        ("link", "www.larkspur.com/a", "https://www.larkspur.com/a"),
        ("tag", "#Bagagem", "Bagagem"),
    ]


def test_what_only_looks_like_it_is_not() -> None:
    assert found("mail me@ines.fjord.test or @nobody.test, seat #12, a#b, 3.5, C#, https://x.com/#frag") == [
        ("link", "https://x.com/#frag", "https://x.com/#frag")
    ]


def test_a_handle_is_no_link() -> None:
    assert found("ask @larkspur.com") == []


def test_offsets_are_bytes() -> None:
    text = "👩‍🚀 #olé"
    (facet_,) = facets_of(text, find_spans(text, PEOPLE.get))
    index = facet_["index"]
    assert text.encode()[index["byteStart"] : index["byteEnd"]].decode() == "#olé"


TEXTS = st.text(max_size=60)


@settings(deadline=None)
@given(TEXTS, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6))
def test_there_and_back(text: str, cuts: list[tuple[int, int]]) -> None:
    text = text.encode("utf-8", "ignore").decode()
    spans, at = [], 0
    for start, length in cuts:
        if at <= start < start + length <= len(text):
            spans.append(Span(start, start + length, "tag", "t"))
            at = start + length
    assert spans_of(text, facets_of(text, spans)) == spans


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_can_be_written(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    spans = find_spans(text, lambda handle: "did:plc:x")
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert spans_of(text, facets_of(text, spans)) == spans
