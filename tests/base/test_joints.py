"""Lists in a line: joined with the reader's own comma, parted at whichever comma was typed."""

from __future__ import annotations

import pytest
from django.utils import translation

from harken.base.joints import joined, parted


@pytest.mark.parametrize(("language", "line"), [("en", "Oslo, 3"), ("de", "Oslo, 3"), ("ar", "Oslo، 3")])
def test_a_list_is_joined_with_the_comma_of_the_language(language, line):
    with translation.override(language):
        assert joined(["Oslo", 3]) == line


def test_one_part_and_none_are_joined_by_nothing():
    assert [joined([]), joined(["Oslo"])] == ["", "Oslo"]


@pytest.mark.parametrize("typed", ["seat, cello", "seat،cello", "seat、cello ", " seat，cello,,"])
def test_a_typed_list_is_parted_at_any_comma(typed):
    assert parted(typed) == ["seat", "cello"]
