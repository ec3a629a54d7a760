"""HTML to the words a person reads."""

import pytest

from harken.connectors.mastodon.words import names_in, plain_text, same_words, without_leading_names

NAMES = {"https://fjord.example/@ines": "ines@fjord.example"}


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"),
        ("<p>one<br/>two<br />three</p>", "one\ntwo\nthree"),
        ("line<br><br>snac writes breaks<br>", "line\n\nsnac writes breaks"),
        ("a &amp; b &lt;c&gt; &#39;d&#39; &nbsp;e", "a & b <c> 'd' \u00a0e"),
        ("raw & and < stay", "raw & and < stay"),
        ("<ul><li>one</li><li>two</li></ul>", "• one\n• two"),
        ("<blockquote><p>said</p></blockquote><p>yes</p>", "said\n\nyes"),
        ("<pre><code>a\n    b</code></pre>", "a\n    b"),
        ("many    spaces\nand lines", "many spaces and lines"),
        ("<script>alert(1)</script><style>p{}</style>left", "left"),
        ('<img src="x" alt=":blob:">', ":blob:"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("", ""),
        ("\x00a", "a"),
    ],
)
def test_markup_becomes_text(html: str, text: str) -> None:
    assert plain_text(html, {}) == text


def test_a_shortened_link_is_whole_again() -> None:
    html = (
        '<p>see <a href="https://shop.example/orders/4711?x=1"><span class="invisible">https://</span>'
        '<span class="ellipsis">shop.example/or</span><span class="invisible">ders/4711?x=1</span></a></p>'
    )
    assert plain_text(html, {}) == "see https://shop.example/orders/4711?x=1"


def test_a_link_that_says_one_thing_and_leads_elsewhere_shows_where() -> None:
    html = '<a href="https://evil.example/">larkspur.example</a> and <a href="https://ok.example/">ok.example</a>'
    assert plain_text(html, {}) == "larkspur.example (https://evil.example/) and ok.example"


def test_names_get_their_hosts_back_and_tags_stay() -> None:
    html = (
        '<p><span class="h-card"><a href="https://fjord.example/@ines" class="u-url mention">@<span>ines</span></a>'
        '</span> <a href="https://x.example/tags/bag" class="mention hashtag" rel="tag">#<span>bag</span></a></p>'
    )
    assert plain_text(html, NAMES) == "@ines@fjord.example #bag"
    assert plain_text(html, {}) == "@ines #bag"


def test_the_fallback_address_of_a_quote_is_left_out() -> None:
    assert (
        plain_text('<p class="quote-inline">RE: <a href="https://x.example/1">x</a></p><p>so true</p>', {})
        == "so true"
    )


def test_the_names_before_an_answer_are_not_its_words() -> None:
    assert without_leading_names("@ines@fjord.example @bo hello @all") == "hello @all"
    assert without_leading_names("hello @ines") == "hello @ines"
    assert without_leading_names("@ines, hello") == "hello"
    assert without_leading_names("@ines") == ""


def test_two_servers_ways_to_write_the_same_words_are_the_same() -> None:
    assert same_words("@ines@fjord.example  Hello\n\n@bo there") == same_words("hello @bo@x.example there")
    assert same_words("hello") != same_words("hello!")


def test_names_in_a_text() -> None:
    assert names_in("@Ines@Fjord.Example, and @bo. mail me@x.example") == {"ines@fjord.example", "bo"}
