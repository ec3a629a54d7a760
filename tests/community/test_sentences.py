"""What the community's actions refuse with is for people: every sentence is marked, so that it can be translated."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.utils import translation

from harken.community.actions import changing
from harken.community.actions.changing import NotUnderstood

ACTIONS = sorted(Path(changing.__file__).parent.glob("*.py"))
REFUSALS = {"NotAllowed": 0, "Overtaken": 0, "NotUnderstood": 1}


def bare_sentences(source: str) -> list[int]:
    """Lines at which a refusal is raised with words that no translator is shown."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)):
            continue
        at = REFUSALS.get(getattr(node.exc.func, "id", ""))
        if at is None or len(node.exc.args) <= at:
            continue
        words = node.exc.args[at]
        for one in (words.body, words.orelse) if isinstance(words, ast.IfExp) else (words,):
            if isinstance(one, ast.JoinedStr) or (isinstance(one, ast.Constant) and one.value):
                found.append(node.lineno)
    return found


@pytest.mark.parametrize("path", ACTIONS, ids=lambda path: path.stem)
def test_refusals_are_marked_for_translation(path):
    assert bare_sentences(path.read_text("utf-8")) == []


def test_the_look_finds_what_it_looks_for():
    assert bare_sentences('raise NotAllowed("No.")\nraise NotUnderstood("text", f"{1} is the most.")') == [
        1,
        2,
    ]
    assert (
        bare_sentences('raise NotAllowed(_("No."))\nraise NotUnderstood("text", _("%(n)s.") % {"n": 1})')
        == []
    )


def test_numbers_stand_in_the_sentence():
    with (
        translation.override("en"),
        pytest.raises(NotUnderstood, match="This is 6 characters; 5 is the most"),
    ):
        changing.text_of("Twelve"[:6], longest=5)
