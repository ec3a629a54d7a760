"""Only a clear word is a yes."""

from __future__ import annotations

import pytest

from harken.brain.consent import read_consent


@pytest.mark.parametrize(
    "text",
    [
        "Yes",
        "yes please!",
        "Sure, go ahead",
        "Sí, claro",
        "si",
        "Oui, volontiers",
        "Ja, gerne",
        "Sim, pode",
        "نعم، تفضلوا",
    ],
)
def test_yes(text):
    assert read_consent(text) == "yes"


@pytest.mark.parametrize(
    "text", ["No", "no thanks", "Nein, danke", "Non merci", "Não, obrigada", "لا، شكراً", "Please don't"]
)
def test_no_or_at_least_not_yes(text):
    assert read_consent(text) in ("no", "unclear")
    assert read_consent(text.split(",")[0]) != "yes"


@pytest.mark.parametrize("text", ["No", "no thanks", "Nein, danke", "Non merci", "لا"])
def test_no(text):
    assert read_consent(text) == "no"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Who reads it?",
        "Yes, but without my booking",
        "Ja, aber nur ohne meinen Namen",
        "yes and no",
        "I don't mind",
        "Where is my suitcase",
        "Yes I waited at the desk for an hour and nobody came and then the gate closed",
        "ok?",
    ],
)
def test_anything_else_is_for_a_person(text):
    assert read_consent(text) == "unclear"
