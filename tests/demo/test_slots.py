"""Gaps are filled in the language of the text."""

from datetime import UTC, datetime

import pytest

from harken.demo.company import company
from harken.demo.slots import Filling, UnknownGap, pattern_of

# A Tuesday.
NOW = datetime(2026, 3, 17, 14, 42, tzinfo=UTC)


def _fill(text, language="en", customer="ines-carvalhal", agent=None):
    known = company()
    filling = Filling(
        language=language,
        begun=NOW,
        brand=known.brands["larkspur"],
        customer=known.customers[customer],
        mention="@larkspurair",
        flight="LK 319",
        cities=(known.cities["bergen"], known.cities["porto"]),
        reference="K7QMDX",
        tag="0784 123456",
    )
    return filling.fill(text, at=NOW, agent=known.agents.get(agent))


@pytest.mark.parametrize(
    ("text", "language", "filled"),
    [
        ("{@} {flight} {dep}-{arr}", "en", "@larkspurair LK 319 Bergen-Porto"),
        ("vuelo a {arr}", "es", "vuelo a Oporto"),
        ("voo {arr:to}, chegada {arr:in}", "pt", "voo ao Porto, chegada no Porto"),
        ("{date:-3}", "en", "14 March"),
        ("{date:-3}", "es", "14 de marzo"),
        ("{date:-16}", "fr", "1er mars"),
        ("{date:0}", "de", "17. März"),
        ("{date:+15}", "pt", "1 de abril"),
        ("{date:0}", "ar", "17 مارس"),
        ("{on:+1}", "en", "on Wednesday"),
        ("{on:+1}", "es", "el miércoles"),
        ("{on:+1}", "fr", "mercredi"),
        ("{on:+1}", "de", "am Mittwoch"),
        ("{On:+1} e {on:+4}", "pt", "Na quarta-feira e no sábado"),
        ("{weekday:+5}", "ja", "Sunday"),
        ("{clock:+86m}", "en", "16:10"),
        ("{clock:+2h}", "fr", "16 h 45"),
        ("{month:+10} {year:-1}", "en", "January 2025"),
        ("{name}, {family}, {initial}", "en", "Inês, Carvalhal, I"),
        ("{title} {family}", "de", "Frau Carvalhal"),
    ],
)
def test_a_gap_is_filled(text, language, filled):
    assert _fill(text, language) == filled


def test_staff_sign_with_their_name():
    assert _fill("— {me}", agent="noor") == "— Noor"
    assert _fill("{sign}", agent="noor") == "Noor Bakker\nLarkspur Air"


def test_a_filled_text_is_found_again():
    text = "{@} {flight} to {arr} on {date:+2}:\nis it late?"
    filled = _fill(text)
    assert pattern_of(text.removeprefix("{@} ")).search(filled.replace("\n", " "))
    assert not pattern_of(text).search("LK 319 to Porto on 19 March: is it early?")


@pytest.mark.parametrize("text", ["{shoe}", "{me}", "{clock:soon}"])
def test_a_gap_that_nothing_fills_is_refused(text):
    with pytest.raises(UnknownGap):
        _fill(text)
