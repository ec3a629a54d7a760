"""Letters are counted as readers see them, and as networks count them."""

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from harken.base.graphemes import clusters, count_graphemes


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("Hello", 5),
        ("Grüße", 5),
        ("e\u0301", 1),  # e and a combining acute
        ("a\u0300\u0301\u0302", 1),
        ("a\r\nb", 3),
        ("\n\n", 2),
        ("👍", 1),
        ("👍🏽", 1),  # with a skin tone
        ("❤️", 1),  # with a variation selector
        ("1️⃣", 1),  # a keycap
        ("👨‍👩‍👧‍👦", 1),  # a family: four people and three joiners
        ("👩🏾‍🚀👨🏻‍🌾", 2),
        ("🏳️‍🌈🏴‍☠️", 2),
        ("🇵🇹", 1),
        ("🇵🇹🇧🇷", 2),
        ("🇵🇹🇧", 2),  # half a flag stands alone
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", 1),  # a flag spelled in tags
        ("👩‍", 1),  # a joiner with nothing to join
        ("👩‍a", 2),
        ("👩‍‍👩", 2),  # two joiners join nothing
        ("각", 1),
        ("\u1100\u1161\u11a8", 1),  # the same in three letters
        ("한국어", 3),
        ("นี้", 1),
        ("กำ", 1),
        ("நி", 1),  # a vowel sign that takes its own room
        ("क्षि", 1),  # a conjunct and a vowel sign
        ("नमस्ते", 3),
        ("বাংলা", 2),
        ("日本語", 3),
        ("\u0600\u0661", 1),  # a number sign before its number
        ("مرحبًا", 5),
        ("\ufeffx", 2),
    ],
)
def test_what_a_reader_sees_as_one_letter_counts_one(text: str, count: int) -> None:
    assert count_graphemes(text) == count


WRITTEN = st.text(
    st.one_of(
        st.characters(max_codepoint=0x24F),
        st.characters(min_codepoint=0x300, max_codepoint=0x36F),
        st.characters(min_codepoint=0x5D0, max_codepoint=0x6FF),
        st.characters(min_codepoint=0x904, max_codepoint=0x97F),
        st.characters(min_codepoint=0xE01, max_codepoint=0xE4F),
        st.characters(min_codepoint=0x1100, max_codepoint=0x11FF),
        st.characters(min_codepoint=0x3041, max_codepoint=0x30FF),
        st.characters(min_codepoint=0xAC00, max_codepoint=0xAC40),
        st.characters(min_codepoint=0x1F1E6, max_codepoint=0x1F1FF),
        st.characters(min_codepoint=0x1F3E0, max_codepoint=0x1F4FF),
        st.sampled_from("\u200d\u200d\ufe0f❤☠♀♂⚧👩👨\r\n"),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(WRITTEN)
def test_never_fewer_than_an_independent_counter_finds(text: str) -> None:
    """`regex` implements the same annex with the whole tables; a post that fits by our count must fit by theirs."""
    assert count_graphemes(text) >= len(regex.findall(r"\X", text))


@settings(deadline=None)
@given(st.text())
def test_nothing_is_lost_between_letters(text: str) -> None:
    found = list(clusters(text))
    assert "".join(found) == text
    assert len(found) == count_graphemes(text)
