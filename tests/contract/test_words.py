"""The interface speaks every language that it offers."""

from __future__ import annotations

import importlib.util
import re
from datetime import UTC, datetime
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils import translation
from django.utils.translation import gettext, ngettext, pgettext

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


def test_what_is_refused_is_said_in_every_language(tmp_path):
    (tmp_path / "one.py").write_text(
        'class Stop(StrEnum):\n    KEY = "key"\n    WHY = "It was stopped."\n'
        'raise NotAllowed("Write it first.")\nraise NotUnderstood("text", "Too long to read.")\nraise NotAllowed(_("Marked."))'
    )
    assert words.refusals(tmp_path) == {"It was stopped.", "Write it first.", "Too long to read."}
    said = words.refusals(ROOT / "src" / "harken")
    assert "There is still something in it that could tell who this is." in said
    for language in OTHERS:
        known = {one.msgid for one in polib.pofile(str(words.catalogues()[language])) if one.translated()}
        assert sorted(said - known) == [], language


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


def test_no_page_and_no_sentence_writes_a_day_in_a_form_that_only_english_has():
    bare = re.compile(
        r"""\|date:["'][^"']*[jdFMDlN][^"']*["']|date_format\([^()]*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)[^()]*)*, ["'](?!DATE_FORMAT)[^"']*[jFMDlN]"""
    )
    numbers = {"Y-m-d"}  # for fields of forms, not for reading
    found = [
        f"{path.relative_to(ROOT)}: {hit}"
        for path in (ROOT / "src" / "harken").rglob("*")
        if path.suffix in (".py", ".html")
        for hit in bare.findall(path.read_text())
        if not any(one in hit for one in numbers)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [
        ("en", "3 March 2024", "3 Mar 2024"),
        ("de", "3. März 2024", "3. Mär 2024"),
        ("es", "3 de marzo de 2024", "3 Mar 2024"),
    ],
)
def test_a_day_is_written_as_the_language_writes_it(language, day, moment):
    at = datetime(2024, 3, 3, 12, tzinfo=UTC)
    page = Template('{% load harken %}{{ at|date:_("j F Y") }} {% when at %}')
    with translation.override(language):
        said = page.render(Context({"at": at}))
    assert said.startswith(day + " <time")
    assert f">{moment}</time>" in said


@pytest.mark.parametrize("language", OTHERS)
def test_one_english_word_for_two_things_is_two_words_elsewhere(language):
    with translation.override(language):
        decided = pgettext("it was decided", "Closed")
        closed = pgettext("the conversation was", "Closed")
        asked_at = pgettext("when", "Asked")
        kept, saved = gettext("Keep"), gettext("Save who owns it")
        assert asked_at != gettext("Asked")
        assert kept not in saved
        if language != "de":
            assert decided != closed
