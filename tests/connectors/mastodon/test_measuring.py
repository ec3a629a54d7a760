"""Lengths as Mastodon counts them, and cuts that fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.connectors.mastodon.measuring import measure, split


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("hello", 5),
        ("see https://shop.example/a/very/long/path?with=things#and-more now", 4 + 23 + 4),
        ("https://x.y.", 24),  # the full stop is not of the address
        ("(https://x.example/a)", 25),
        ("@ines@fjord.example hi", 8),  # a name on another server counts without its host
        ("@help hi", 8),
        ("me@fjord.example", 16),  # a mail address is no name
        ("e\u0301", 1),
        ("\U0001f469\u200d\U0001f469\u200d\U0001f467", 1),  # a family is one picture
        ("\U0001f44d\U0001f3fd", 1),  # a thumb with a skin tone
        ("\U0001f1f3\U0001f1f4\U0001f1f8\U0001f1ea", 2),  # two flags
        ("\u2764\ufe0f", 1),
        ("สวัสดี", 4),
    ],
)
def test_length(text: str, length: int) -> None:
    assert measure(text, 23) == length


def test_a_short_text_stays_one_part() -> None:
    assert split("hello", 10, 23) == ["hello"]
    assert split("  ", 10, 23) == []


def test_cuts_fall_between_paragraphs_then_sentences_then_words() -> None:
    first, second = "A first paragraph. " * 3, "A second one that is long. " * 3
    assert split(f"{first.strip()}\n\n{second.strip()}", 90, 23) == [first.strip(), second.strip()]
    parts = split("One sentence here. Another sentence here. A third sentence.", 45, 23)
    assert parts == ["One sentence here. Another sentence here.", "A third sentence."]
    assert split("word " * 10, 12, 23) == ["word word", "word word", "word word", "word word", "word word"]
    assert split("x" * 25, 10, 23) == ["x" * 10, "x" * 10, "x" * 5]


def test_an_address_is_never_cut() -> None:
    address = "https://shop.example/" + "a" * 60
    parts = split(f"please look at this page here {address} thank you", 40, 23)
    assert sum(address in part for part in parts) == 1


@given(st.text(alphabet=st.sampled_from("ab .\n@é\u200d\U0001f44d/:ht"), max_size=200), st.integers(5, 60))
def test_every_part_fits_and_nothing_but_spaces_is_lost(text: str, limit: int) -> None:
    parts = split(text, limit, 3)
    assert all(measure(part, 3) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
