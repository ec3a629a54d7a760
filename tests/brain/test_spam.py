"""What reads like an advertisement, and what only looks a little like one."""

from __future__ import annotations

import pytest

from harken.brain.spam import read_spam


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Check out my channel!! subscribe please", {"asks_to_click", "their_own"}),
        ("http://cheap.example.com/x", {"links", "only_a_link"}),
        ("Earn $500 per day working from home, whatsapp me", {"money", "talk_elsewhere"}),
        ("Besucht meinen Kanal, klickt hier: www.kanal.example.com", {"asks_to_click", "links", "their_own"}),
    ],
)
def test_an_advertisement_says_why_it_is_one(text, codes):
    found = read_spam(text)
    assert codes <= {part.code for part in found.parts}
    assert found.points >= 2
    assert found.points == sum(part.points for part in found.parts)
    for part in found.parts:
        assert all(0 <= begin < end <= len(text) for begin, end in part.spans)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Can a cello fly in the cabin?",
        "I flew with mine in May. Buy it a seat of its own, and come early to the gate.",
        "Wie lange vorher muss ich am Flughafen sein?",
        "\x00\ud800 ???",
    ],
)
def test_plain_words_have_no_points(text):
    assert read_spam(text).points == 0


def test_help_with_a_link_in_it_weighs_little():
    help_ = (
        "First call the desk and ask for the form. " * 12
        + "It is described at https://larkspur.example.com/forms"
    )
    assert read_spam(help_).points <= 1
    assert read_spam(help_).links == 1


def test_a_long_text_takes_time_in_proportion():
    read_spam("a" * 100_000 + " check " * 20_000)  # bounded: only its beginning is read
