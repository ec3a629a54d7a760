"""What members write becomes HTML that may be shown anywhere."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from harken.community.texts import gist_of, html_of, words_of


def test_markdown_becomes_structure_with_headings_under_the_page_s_own():
    html = html_of("# Steps\n\n1. Book **two** seats\n2. `Add a seat`\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    for piece in ("<h3>Steps</h3>", "<strong>two</strong>", "<code>Add a seat</code>", "<td>1</td>"):
        assert piece in html


def test_line_ends_count():
    assert "one<br" in html_of("one\ntwo")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        "![x](https://far.example/pixel.png)",
        '<a href="data:text/html,x">y</a>',
        "[x](//far.example 'onmouseover=alert(1)')",
    ],
)
def test_nothing_runs_and_nothing_is_loaded_from_elsewhere(text):
    found: list[tuple[str, dict[str, str | None]]] = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attrs: found.append((tag, dict(attrs)))
    reader.feed(html_of(text))
    for tag, attributes in found:
        assert tag in ("p", "a", "span"), tag
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "https://").startswith("https://")


def test_links_lead_out_without_lending_rank():
    assert 'rel="noopener noreferrer nofollow ugc"' in html_of("see https://larkspur.example/seats")


def test_the_gist_is_one_line_cut_at_a_word():
    assert gist_of(html_of("Bergen **to**\n\nPorto")) == "Bergen to Porto"
    long = gist_of(html_of("word " * 100))
    assert len(long) <= 240
    assert long.endswith("word…")


def test_words_are_plain():
    assert words_of(html_of("a **b** [c](https://x.example)")) == "a b c"
