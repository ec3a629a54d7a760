"""What could tell who somebody is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.brain.personal import KINDS, find_personal, quotes, take_out


def kinds(text: str, *names: str) -> list[tuple[str, str]]:
    return [(one.kind, text[one.start : one.end]) for one in find_personal(text, names=names)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("write to ines.r+x@mail.example please", [("mail", "ines.r+x@mail.example")]),
        ("see https://larkspur.example/b/XK4T9P", [("link", "https://larkspur.example/b/XK4T9P")]),
        ("call +351 912 345 678 tonight", [("phone", "+351 912 345 678")]),
        ("ring (020) 7946 0958", [("phone", "(020) 7946 0958")]),
        ("my card 4111 1111 1111 1111 was charged", [("card", "4111 1111 1111 1111")]),
        ("IBAN DE89 3704 0044 0532 0130 00", [("iban", "DE89 3704 0044 0532 0130 00")]),
        ("booking XK4T9P to Porto", [("code", "XK4T9P")]),
        ("booking code: QWERTZ", [("code", "QWERTZ")]),
        ("Buchungsnummer AB12-99", [("code", "AB12-99")]),
        ("I am @noor@quayside.example there", [("handle", "@noor@quayside.example")]),
        ("geboren am 4.5.1987 in Bergen", [("birth", "4.5.1987")]),
        ("we live at 12 Harbour View Road now", [("address", "12 Harbour View Road")]),
        ("Lange Straße 12b", [("address", "Lange Straße 12b")]),
        ("12 rue des Lilas", [("address", "12 rue des Lilas")]),
        ("number 99123456", [("phone", "99123456")]),
    ],
)
def test_it_is_found_and_named(text, found):
    assert kinds(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "The flight LK204 leaves at 14:30 on 3.4.2026",
        "130 cm and 23 kg, 2 bags, 1,200.50 EUR",
        "Booking a seat was easy; the order of boarding was not",
        "Does gate B12 close at 9:45 or 10?",
        "In 2019 and 2024 it was the same",
    ],
)
def test_what_tells_nothing_stays(text):
    assert [found for found in kinds(text) if found != ("code", "LK204")] == []


def test_a_person_s_own_names_go_wherever_they_stand():
    text = "I'm Noor. Noor Haddad, not Noora: noor!"
    assert kinds(text, "Noor Haddad") == [("name", "Noor"), ("name", "Noor Haddad"), ("name", "noor")]
    assert (
        take_out(text, find_personal(text, names=["Noor Haddad"])) == "I'm [name]. [name], not Noora: [name]!"
    )


def test_what_was_taken_out_is_not_found_again():
    text = "I'm Noor, call +351 912 345 678, booking XK4T9P, noor@mail.example, 4111 1111 1111 1111"
    once = take_out(text, find_personal(text, names=["Noor"]))
    for piece in ("Noor", "912", "XK4T9P", "mail.example", "4111"):
        assert piece not in once
    assert find_personal(once, names=["Noor"]) == []


@given(st.text(max_size=400), st.lists(st.text(max_size=20), max_size=3))
def test_finds_are_in_order_apart_and_inside_the_text(text, names):
    found = find_personal(text, names=names)
    at = 0
    for one in found:
        assert at <= one.start < one.end <= len(text)
        assert one.kind in KINDS
        at = one.end


def test_a_quote_is_noticed_and_a_summary_is_not():
    post = "The booking page lets me buy a second seat but then asks for a passport number. For a cello."
    assert quotes("Somebody says: the booking page LETS ME buy, a second seat but…", [post])
    assert (
        quotes("Can a cello have a seat of its own, and what goes into the passport field?", [post]) is None
    )
    assert quotes("Where is my suitcase", ["Where is my suitcase?"])
    assert quotes("Where is it", ["Where is it?"]) is None


@pytest.mark.parametrize(
    "piece", ["a.", "@a", "1", "a@a.", "A1", "A-", "A1-", "weg", "1 rue ", "1111 ", "https://a.b ", "a "]
)
def test_no_text_takes_long_whatever_it_holds(piece):
    text = piece * (30_000 // len(piece)) + "a"
    began = time.process_time()
    find_personal(text, names=["Noor Haddad"])
    assert time.process_time() - began < 3  # where each sign was begun from anew: minutes


def test_codes_are_found_whole_and_beside_small_letters():
    assert [text_at(one) for one in ("ref-XK4T9P", "A1-B2-C3", "AB-12a, XY99Z")] == [
        ["XK4T9P"],
        ["A1-B2-C3"],
        ["XY99Z"],
    ]


def text_at(text: str) -> list[str]:
    return [text[one.start : one.end] for one in find_personal(text)]
