"""The word lists are well formed, and are found the way people type."""

from importlib import resources

import pytest

from harken.brain.lexicon import reading
from harken.brain.lexicon.reading import BIT, INSIDE_LANGUAGES, WORD_LANGUAGES, lexicon, pieces, sections

ALL = (*WORD_LANGUAGES, *INSIDE_LANGUAGES, "emoji")
FULL = ("en", "es", "fr", "de", "pt", "it", "nl")


def test_every_list_is_read() -> None:
    files = {
        file.name for file in resources.files(reading.__package__).iterdir() if file.name.endswith(".txt")
    }
    assert files == {f"{language}.txt" for language in ALL}


@pytest.mark.parametrize("language", ALL)
def test_a_list_says_nothing_twice_in_a_section_and_no_opposites(language: str) -> None:
    found = sections(language)
    for name, entries in found.items():
        assert len(entries) == len(set(entries)), name
    good = {entry for name, entries in found.items() if name.startswith("positive") for entry in entries}
    bad = {entry for name, entries in found.items() if name.startswith("negative") for entry in entries}
    assert not good & bad


@pytest.mark.parametrize("language", FULL)
def test_the_main_languages_cover_every_class(language: str) -> None:
    needed = {
        "positive 1", "positive 2", "positive 3", "negative 1", "negative 2", "negative 3", "problem", "waiting",
        "question", "asking", "request", "thanks", "praise", "closing", "giveaway", "spam", "churn 1", "churn 2",
        "safety 1", "safety 2", "fraud 1", "fraud 2", "stranded 1", "stranded 2", "outage 1", "outage 2",
        "deadline 1", "deadline 2", "legal 1", "legal 2", "press 1", "press 2", "negation", "intensifier", "softener",
        "contrast", "first", "second", "timeunit", "calm", "sarcasm", "common", "endings",
    }  # fmt: skip
    assert needed <= set(sections(language))
    assert len(sections(language)["common"]) >= 80


@pytest.mark.parametrize("language", [*WORD_LANGUAGES, *INSIDE_LANGUAGES])
def test_every_list_can_at_least_tell_a_question_thanks_and_trouble(language: str) -> None:
    assert {"question", "request", "thanks", "problem", "waiting", "safety 2", "fraud 2"} <= set(
        sections(language)
    )


@pytest.mark.parametrize("language", WORD_LANGUAGES)
def test_every_single_word_is_found_as_its_list_says(language: str) -> None:
    words = lexicon(language)
    for name, entries in sections(language).items():
        kind, _, level = name.partition(" ")
        if kind in reading.PROFILE_ONLY:
            continue
        bit = BIT.get(kind) or BIT[f"{kind}{level}"]
        for entry in entries:
            parts = pieces(entry)
            if len(parts) == 1 and not entry.endswith("*"):
                found = words.word(parts[0])
                assert found is not None, entry
                assert found.mask & bit, (name, entry)


@pytest.mark.parametrize(
    ("language", "typed", "kind"),
    [
        ("en", "frustrating", "negative"),
        ("en", "amaazing", "positive"),
        ("en", "pleease", "request"),
        ("es", "telefono", None),
        ("es", "pesimo", "negative"),
        ("de", "unverschaemt", "negative"),
        ("de", "fuer", None),
        ("de", "freundlicher", "positive"),
        ("fr", "desole", None),
        ("fr", "degueulasse", "negative"),
        ("pt", "pessimo", "negative"),
        ("it", "perche", "question"),
        ("en", "table", None),
    ],
)
def test_words_as_people_type_them(language: str, typed: str, kind: str | None) -> None:
    found = lexicon(language).word(typed)
    assert (found is not None and kind in found.names) if kind else (found is None or not found.names)


def test_words_that_mean_something_else_next_door_are_left_out_of_the_mixed_list() -> None:
    mixed = lexicon(None)
    for word in ("die", "no", "gift", "sale", "pie"):
        found = mixed.word(word)
        assert found is None or not found.names, word
    thanks = ("thanks", "gracias", "merci", "danke", "obrigado", "grazie", "bedankt")
    assert all((found := mixed.word(word)) and "thanks" in found.names for word in thanks)


def test_a_language_without_a_list_is_judged_by_the_mixed_one() -> None:
    assert lexicon("fi").exact == lexicon(None).exact


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ("cancel ~ subscription", ("cancel", "~", "subscription")),
        ("done with *", ("done", "with", "*")),
        ("l'avion", ("l'", "avion")),
        ("delay*", ("delay*",)),
        ("Danke", ("danke",)),
    ],
)
def test_pieces(entry: str, found: tuple[str, ...]) -> None:
    assert pieces(entry) == found
