"""What members write becomes HTML that may be shown anywhere."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from harken.community import texts
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


def test_names_of_members_lead_to_them_and_only_where_they_are_words():
    def html(text: str) -> str:
        return texts.html_of(text, named={"ines", "noor-haddad"})

    link = '<a class="mention" href="/community/p/ines/">@ines</a>'
    assert html("Ask @ines, or @Ines.") == f"<p>Ask {link}, or {link.replace('@ines<', '@Ines<')}.</p>"
    assert html("**@ines** (@noor-haddad)").count('class="mention"') == 2
    for other in (
        "@wren", "`@ines`", "```\n@ines\n```", "[@ines](https://a.example/)", "https://a.example/@ines", "a@ines", "me@ines.example",
        "@ines@there.example", "[x](cid:@ines)", "![x](cid:@ines)",
    ):  # fmt: skip
        assert "/community/p/" not in html(other), other
    assert "/community/p/" not in texts.html_of("@ines")
    assert texts.with_whole_addresses(html("@ines"), "https://a.example") == (
        '<p><a class="mention" href="https://a.example/community/p/ines/">@ines</a></p>'
    )
    assert html("İ @ines").endswith(f"{link}</p>")
    assert texts.words_of(html("Ask @ines.")) == "Ask @ines."
