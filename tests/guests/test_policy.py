"""What a place's rules let us do."""

from datetime import date

import pytest

from harken.guests.policy import is_web_address, may_answer, missing

TODAY = date(2026, 3, 3)
WHOLE = {
    "run_by": "its members", "rules_url": "https://trolley.example/rules", "answering": "asked", "allowed_by": "Omar",
    "allowed_on": date(2026, 3, 2), "never_market": True, "today": TODAY,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({}, set()),
        ({"answering": "read", "allowed_by": "", "allowed_on": None}, set()),
        ({"allowed_by": " "}, {"allowed_by"}),
        ({"answering": "welcome", "allowed_on": None}, {"allowed_on"}),
        ({"allowed_on": date(2026, 3, 4)}, {"allowed_on"}),
        ({"never_market": False}, {"never_market"}),
        ({"run_by": "", "rules_url": "javascript:x()", "answering": "always"}, {"run_by", "rules_url", "answering"}),
    ],
)  # fmt: skip
def test_a_place_is_recorded_whole_or_not_at_all(change, wrong):
    assert set(missing(**{**WHOLE, **change})) == wrong


def test_without_a_word_of_theirs_nobody_answers():
    assert [may_answer(one) for one in (None, "", "read", "asked", "welcome")] == [
        False,
        False,
        False,
        True,
        True,
    ]
    assert not is_web_address("https://user:x@trolley.example/")
    assert not is_web_address("https://[")
