"""A long answer leaves in parts that each fit, cut where a reader would pause."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harken.base.graphemes import count_graphemes
from harken.connectors.bluesky.splitting import MOST_BYTES, fits, split_text


def test_what_fits_stays_one() -> None:
    assert split_text("Thank you!") == ["Thank you!"]
    assert split_text("x" * 300) == ["x" * 300]
    assert split_text("👨‍👩‍👧‍👦" * 100) == ["👨‍👩‍👧‍👦" * 100]  # 100 letters, 2,500 bytes


def test_bytes_limit_too() -> None:
    family = "👨‍👩‍👧‍👦" * 130  # 130 letters, but 3,250 bytes
    parts = split_text(family)
    assert [count_graphemes(part) for part in parts] == [120, 10]
    assert all(len(part.encode()) <= MOST_BYTES for part in parts)


def test_sentences_stay_whole() -> None:
    sentence = "Your bag is on the way from Porto and will be with you tomorrow morning."
    parts = split_text(" ".join([sentence] * 9))
    assert [part.count(sentence) for part in parts] == [4, 4, 1]
    assert all(part.endswith(".") for part in parts)


def test_a_paragraph_is_the_best_border() -> None:
    first, second = "First. " * 30, "Second. " * 20
    assert split_text(f"{first.strip()}\n\n{second.strip()}") == [first.strip(), second.strip()]


def test_words_stay_whole_without_sentences() -> None:
    parts = split_text("word " * 200)
    assert all(set(part.split()) == {"word"} for part in parts)
    assert sum(len(part.split()) for part in parts) == 200


@pytest.mark.parametrize("lead", ["See here: ", "Please look at this page, it has every step: " * 4])
def test_an_address_is_not_cut(lead: str) -> None:
    address = "https://help.larkspur.example/" + "a/b-" * 66
    assert split_text(lead + address) == [lead.strip(), address]


def test_a_word_longer_than_a_post_is_cut() -> None:
    assert [len(part) for part in split_text("x" * 650)] == [300, 300, 50]


def test_scripts_without_spaces() -> None:
    parts = split_text("お荷物は明日の朝お届けいたします。" * 40)
    assert all(part.endswith("。") for part in parts)
    assert "".join(parts) == "お荷物は明日の朝お届けいたします。" * 40


def test_nothing_to_say() -> None:
    assert split_text("  \n ") == [""]


LONG = st.lists(
    st.one_of(
        st.sampled_from(
            ["Hello. ", "a, ", "word ", "\n\n", "👩🏾‍🚀", "é", "漢字。", "x" * 400, " ", "🇵🇹", "e\u0301 "]
        ),
        st.text(max_size=40),
    ),
    max_size=120,
).map("".join)


@settings(max_examples=150, deadline=None)
@given(LONG)
def test_every_part_fits_and_nothing_but_space_is_lost(text: str) -> None:
    parts = split_text(text)
    assert all(fits(part) for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert parts == [""] or all(part.strip() for part in parts)
