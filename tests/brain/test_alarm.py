"""Which words may threaten somebody: told sooner, and nothing else; ordinary anger about a firm is not."""

import pytest

from harken.brain.alarm import threatens

THREATS = [
    "I’ll find you and you will regret this.",
    "Say that again and I WILL   kill you",
    "just kill yourself",
    "I know where you live",
    "Ich weiß, wo du wohnst.",
    "Du wirst es bereuen!",
    "Je sais où tu habites",
    "je vais te retrouver",
    "Te voy a matar",
    "Sé dónde vives",
    "So dove abiti, te ne pentirai",
    "Sei onde moras",
    "Ik weet waar je woont",
    "I want to die, nobody helps",
]
OTHERS = [
    "I will find you a better fare tomorrow if it helps.",  # a machine can't know: see the next test
]
CALM = [
    "They killed my cello case, I will sue them.",
    "You’ll find it in the menu, I know where it is.",
    "Das bringt mich um den Verstand, wo finde ich das Formular?",
    "Je sais où trouver la réponse.",
    "Sé dónde está el formulario.",
    "This delay is killing me.",
    "I regret buying it. Will they pay for the bag?",
    "",
]


@pytest.mark.parametrize("text", THREATS)
def test_a_threat_is_found_in_the_languages_it_knows(text):
    assert threatens(text)


@pytest.mark.parametrize("text", CALM)
def test_anger_and_plain_words_are_none(text):
    assert not threatens(text)


@pytest.mark.parametrize("text", OTHERS)
def test_it_errs_on_the_side_of_telling(text):
    assert threatens(text)


def test_a_long_text_costs_little():
    assert not threatens("nothing of the kind stands here, " * 1000)
