"""The interface speaks every language that it offers."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext, ngettext

ROOT = Path(__file__).resolve().parents[2]
OTHERS = [code for code, _name in settings.LANGUAGES if code != "en"]


def _tool():
    spec = importlib.util.spec_from_file_location("words_tool", ROOT / "tools" / "words.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


words = _tool()


def test_each_language_that_is_offered_has_its_words():
    assert sorted(words.catalogues()) == sorted(OTHERS)


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_keeps_the_placeholders_and_leaves_little_out(language):
    assert words.faults_of(words.catalogues()[language]) == []


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_shown_is_what_the_catalogue_says(language):
    known = polib.pofile(str(words.catalogues()[language]))
    with translation.override(language):
        assert gettext("Sign in") == known.find("Sign in").msgstr != "Sign in"
        several = next(one for one in known if one.msgid_plural and one.translated())
        assert ngettext(several.msgid, several.msgid_plural, 5) in several.msgstr_plural.values()


def test_a_catalogue_with_a_lost_placeholder_or_too_little_in_it_is_named(tmp_path):
    path = tmp_path / "xx" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    made = polib.POFile()
    made.append(polib.POEntry(msgid="%(n)s left", msgstr="%(m)s übrig"))
    made.append(polib.POEntry(msgid="Never translated"))
    made.save(str(path))
    first, second = words.faults_of(path)
    assert "too few" in first
    assert "placeholders differ" in second
