"""What may become public, how an answer is worded elsewhere, what coming back means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.knowledge.policy import Back, coming_back
from harken.travel import policy
from harken.travel.policy import Barrier, barriers, compose_answer

FINE = {
    "title": "A letter for a cool bag?",
    "text": "Does one need a doctor's letter to bring insulin on board?",
    "is_private": True,
    "is_archive": False,
    "consent": "given",
    "is_confirmed": True,
    "may_republish": False,
    "names": ["Noor Haddad"],
    "originals": [
        "Hi, I am Noor, and I carry insulin on Friday. Do you want a letter from my doctor for that?"
    ],
}


def test_with_consent_confirmation_and_our_own_words_it_may_go():
    assert barriers(**FINE) == []


@pytest.mark.parametrize(
    ("change", "barrier"),
    [
        ({"consent": ""}, Barrier.NO_CONSENT),
        ({"consent": "asked"}, Barrier.NO_CONSENT),
        ({"consent": "unclear"}, Barrier.NO_CONSENT),
        ({"consent": "refused"}, Barrier.REFUSED),
        ({"is_confirmed": False}, Barrier.NOT_CONFIRMED),
        ({"text": "Noor wants to know about insulin"}, Barrier.PERSONAL),
        ({"title": "Booking XK4T9P and insulin"}, Barrier.PERSONAL),
        ({"text": "Do you want a letter from my doctor for that?"}, Barrier.QUOTED),
        ({"is_archive": True}, Barrier.ARCHIVE),
    ],
)
def test_what_was_private_stays_so_if_anything_is_missing(change, barrier):
    assert barriers(**{**FINE, **change}) == [barrier]
    assert barrier in barriers(**{**FINE, **change, "may_republish": True})


def test_what_was_public_needs_no_consent_but_our_own_words():
    public = {**FINE, "is_private": False, "consent": "", "is_confirmed": False}
    assert barriers(**public) == []
    quoting = {**public, "text": "Do you want a letter from my doctor for that?"}
    assert barriers(**quoting) == [Barrier.QUOTED]
    assert barriers(**{**quoting, "may_republish": True}) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Ines Rautio", "Ines R."), ("Ines", "Ines"), ("Ana María de la Cruz", "Ana C."), (" ", "")],
)
def test_a_member_is_named_by_first_name_and_initial(name, shown):
    assert policy.travel_name(name) == shown


LINK = "https://care.larkspur.example/community/t/12/"
CREDIT = policy.CREDIT["en"].format(name="Ines R.")


def test_a_short_answer_goes_whole():
    text = compose_answer(answer="Buy it a seat.", credit=CREDIT, link=LINK, limit=500, measure=len)
    assert text == f"{CREDIT} Buy it a seat.\n{LINK}"


def test_a_long_one_ends_at_a_word_and_keeps_credit_and_link():
    text = compose_answer(answer="seat " * 200, credit=CREDIT, link=LINK, limit=300, measure=len)
    assert len(text) <= 300
    assert text.startswith(CREDIT)
    assert text.endswith(f"seat…\n\n{LINK}")


@given(st.text(min_size=1, max_size=900), st.integers(min_value=140, max_value=600))
def test_it_always_fits_and_always_says_who_and_where(answer, limit):
    text = compose_answer(answer=answer, credit=CREDIT, link=LINK, limit=limit, measure=len)
    assert len(text) <= limit
    assert text.startswith(CREDIT)
    assert text.endswith(LINK)


def test_credit_is_there_in_each_language_and_never_says_staff():
    for texts in (policy.CREDIT, policy.CREDIT_STAFF, policy.ASK_CONSENT, policy.TELL_ASKED, policy.POINT_TO):
        assert set(texts) == {"en", "es", "fr", "de", "pt", "ar"}
    assert all("{name}" in text and "{company}" not in text for text in policy.CREDIT.values())
    assert all("{link}" in text for text in [*policy.TELL_ASKED.values(), *policy.POINT_TO.values()])
    assert policy.in_language(policy.CREDIT, "pt-BR") == policy.CREDIT["pt"]
    assert policy.in_language(policy.CREDIT, "fi") == policy.CREDIT["en"]


@pytest.mark.parametrize(
    ("is_thanks", "needs_reply", "is_negative", "back"),
    [
        (True, False, False, Back.THANKED),
        (True, True, False, Back.ASKED_ON),
        (True, True, True, Back.FAILED),
        (False, True, True, Back.FAILED),
        (False, False, True, Back.OTHER),
        (True, False, True, Back.OTHER),
        (False, False, False, Back.OTHER),
    ],
)
def test_thanks_is_one_where_nothing_is_asked(is_thanks, needs_reply, is_negative, back):
    assert coming_back(is_thanks=is_thanks, needs_reply=needs_reply, is_negative=is_negative) is back
