"""Whether what arrives is shown at once, and as what it stands."""

from __future__ import annotations

import pytest

from harken.community.admission import Form, Newcomer, Reason, admit, form_of, words_of_post


@pytest.mark.parametrize(
    ("who", "text", "reasons"),
    [
        (Newcomer(shown=0), "Buy it a seat.", [Reason.FIRST]),
        (Newcomer(shown=1), "Buy it a seat.", []),
        (Newcomer(shown=1), "See https://a.example", []),
        (Newcomer(shown=9), "https://a.example and www.b.example", [Reason.LINKS]),
        (Newcomer(shown=9, removed=1), "Buy it a seat.", [Reason.REMOVED]),
        (Newcomer(shown=0, is_machine=True), "Beep", [Reason.MACHINE, Reason.FIRST]),
        (Newcomer(shown=0, is_member=True), "https://a.example and www.b.example", []),
        (Newcomer(shown=9, is_member=True, is_proven=False), "Me", [Reason.UNPROVEN]),
    ],
)
def test_first_words_from_outside_are_looked_at_and_members_are_not(who, text, reasons):
    admission = admit(who, text)
    assert list(admission.reasons) == reasons
    assert admission.is_shown is (reasons == [])


@pytest.mark.parametrize(
    ("answers", "is_asker", "is_question", "length", "form"),
    [
        ("opening", False, True, 100, Form.ANSWER),
        ("opening", True, True, 100, Form.COMMENT),  # adds to their own question, does not answer it
        ("opening", True, False, 100, Form.ANSWER),  # a discussion goes on
        ("answer", True, True, 100, Form.COMMENT),
        ("answer", False, True, 2_000, Form.COMMENT),
        ("comment", False, True, 100, Form.COMMENT),
        ("answer", False, True, 2_001, Form.ANSWER),  # too long for a comment: kept whole
    ],
)
def test_as_what_a_reply_stands(answers, is_asker, is_question, length, form):
    assert form_of(answers=answers, is_asker=is_asker, is_question=is_question, length=length) is form


def test_the_names_that_a_post_is_addressed_to_are_left_out():
    assert (
        words_of_post("@baggage@care.example @ines@fjord.example Buy it a seat.\nReally @you")
        == "Buy it a seat.\nReally @you"
    )
    assert words_of_post("@baggage@care.example") == "@baggage@care.example"
    assert words_of_post("No @name first") == "No @name first"
