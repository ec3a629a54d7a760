"""What an edit changed, as the history shows it: both texts can be read from it, and it costs no more than it may."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from harken.web.portal.reading.history import MOST_COMPARED, MOST_ON_A_PAGE, difference

TEXTS = st.lists(
    st.sampled_from(["hold", "cello", "<b>", "&", " ", "\n", "is", "seat", "."]), max_size=30
).map("".join)


def without(shown: str, tag: str) -> str:
    """The one text, with what the other had taken out."""
    kept = re.sub(rf"<{tag}>.*?</{tag}>", "", shown, flags=re.S)
    return html.unescape(re.sub(r"</?(?:ins|del)>", "", kept))


@given(TEXTS, TEXTS)
def test_both_texts_stand_in_it(before: str, after: str) -> None:
    shown, _compared = difference(before, after)
    assert (without(shown, "ins"), without(shown, "del")) == (before, after)


def test_of_a_long_text_only_what_changed_is_compared() -> None:
    text = "one two three. " * 3000
    shown, compared = difference(text, text[:15_000] + "four " + text[15_000:])
    assert (compared, shown.count("<ins>"), shown.count("<del>")) == (0, 1, 0)


def test_what_is_too_much_to_compare_is_shown_whole() -> None:
    before = " ".join(f"a{n}" for n in range(MOST_COMPARED))
    after = " ".join(f"b{n}" for n in range(MOST_COMPARED))
    shown, compared = difference(before, after)
    assert (shown, compared) == (f"<del>{before}</del>\n<ins>{after}</ins>", 0)
    short, spent = difference("a b c d", "d c b a")
    assert spent == 7
    assert difference("a b c d", "d c b a", most=6) == ("<del>a b c d</del>\n<ins>d c b a</ins>", 0)
    assert short.count("<del>") > 1
    assert MOST_ON_A_PAGE == 5 * MOST_COMPARED
