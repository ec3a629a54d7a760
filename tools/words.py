"""The interface's words in other languages: `src/harken/locale/LANGUAGE/LC_MESSAGES/django.po`.

tools/words.py compile    make the catalogues that Harken reads (`make run` and `make test` do it)
tools/words.py collect    after words were changed: bring the new ones into every catalogue (needs GNU gettext)
tools/words.py check      whether that was done, whether enough is translated, and whether the placeholders agree
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "harken"
LOCALE = SOURCE / "locale"
LEAST_TRANSLATED = 0.98  # of a language that is offered; what is missing is shown in English
HOLES = re.compile(r"%\(\w+\)[sd]|%%|%[sd]|\{\w*\}|</?\w[^>]*>")


def catalogues() -> dict[str, Path]:
    """Where each language's words stand."""
    return {path.parent.parent.name: path for path in sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))}


def compile_all() -> None:
    """Write the .mo beside each .po that is newer."""
    for path in catalogues().values():
        made = path.with_suffix(".mo")
        if not made.exists() or made.stat().st_mtime <= path.stat().st_mtime:
            polib.pofile(str(path)).save_as_mofile(str(made))


def collect(source: Path = SOURCE) -> None:
    """Bring every marked word of the code under `source` into its catalogues; what is gone is taken out."""
    locale = source / "locale"
    sys.path.insert(0, str(ROOT / "src"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harken.config.settings")
    os.environ.setdefault("HARKEN_HOME", tempfile.mkdtemp(prefix="harken-words-"))
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.core.management.commands.makemessages import Command

    django.setup()

    class Collect(Command):
        # a guess from another sentence is worse than English
        msgmerge_options = ["-q", "--backup=none", "--update", "--no-fuzzy-matching", "--no-wrap"]
        xgettext_options = [*Command.xgettext_options, "--no-wrap", "--keyword=lazy"]
        msgattrib_options = [*Command.msgattrib_options, "--no-wrap"]

    settings.LOCALE_PATHS = [locale]
    before = Path.cwd()
    os.chdir(source)
    told = source / "_manifests.py"
    try:
        told.write_text(_marked(_manifest_words() | refusals(source)))
        command = Collect()
        command.requires_system_checks = []
        call_command(
            command,
            locale=sorted(path.name for path in locale.iterdir() if path.is_dir()),
            add_location="never",
            no_obsolete=True,
            verbosity=0,
        )
    finally:
        told.unlink(missing_ok=True)
        os.chdir(before)
    for path in locale.glob("*/LC_MESSAGES/django.po"):
        _tidy(path)


def _manifest_words() -> set[str]:
    """What connectors say of themselves, as marked words: they know nothing of translation."""
    from harken.channels.registry import manifests

    said: set[str] = set()
    for one in manifests():
        said |= {one.label, *(f.label for f in one.settings), *(f.help for f in one.settings)}
        said |= {label for field in one.settings for _value, label in field.choices}
    return said


REFUSALS = {"NotAllowed", "NotUnderstood", "Overtaken"}  # what a page says with _(str(why))
SENTENCE = re.compile(r"\S+ .*[.!?]", re.DOTALL)


def refusals(source: Path) -> set[str]:
    """Sentences of ours that a page shows when something is refused: plain ones that are raised, and those that a
    StrEnum lists. They are written where nothing is known of translation."""
    said: set[str] = set()
    for path in source.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            found: Sequence[ast.expr] = ()
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSALS:
                found = node.args
            elif isinstance(node, ast.ClassDef) and any(
                ast.unparse(base) == "StrEnum" for base in node.bases
            ):
                found = [one.value for one in node.body if isinstance(one, ast.Assign)]
            texts = [
                one.value for one in found if isinstance(one, ast.Constant) and isinstance(one.value, str)
            ]
            said |= {text for text in texts if SENTENCE.fullmatch(text)}
    return said


def _marked(said: set[str]) -> str:
    lines = [f"gettext_noop({text!r})" for text in sorted(said) if text]
    return "\n".join(["from django.utils.translation import gettext_noop", *lines, ""])


def _tidy(path: Path) -> None:
    """In an order and under a head that say nothing of when and where they were collected."""
    found = polib.pofile(str(path), wrapwidth=110)
    forms = found.metadata.get("Plural-Forms", "")
    found.header = "The interface's words; see tools/words.py."
    found.metadata_is_fuzzy = []
    found.metadata = {
        "Project-Id-Version": "Harken",
        "Language": path.parent.parent.name,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": forms,
    }
    for entry in found:
        entry.comment = entry.tcomment = ""
        entry.occurrences = []
    found.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    found.save(str(path))


def holes(text: str) -> list[str]:
    """What a translation must keep as it is."""
    return sorted(HOLES.findall(text))


def faults_of(path: Path) -> list[str]:
    """What is wrong in one catalogue."""
    found = polib.pofile(str(path))
    name = path.parent.parent.name
    entries = [entry for entry in found if not entry.obsolete]
    done = [entry for entry in entries if entry.translated()]
    faults = []
    if len(done) < LEAST_TRANSLATED * len(entries):
        faults.append(f"{name}: {len(done)} of {len(entries)} are translated, too few")
    for entry in done:
        if not entry.msgid_plural:
            if holes(entry.msgid) != holes(entry.msgstr):
                faults.append(f"{name}: placeholders differ: {entry.msgid!r} {entry.msgstr!r}")
            continue
        allowed = holes(entry.msgid_plural) or holes(entry.msgid)
        last = max(entry.msgstr_plural)
        for form, text in entry.msgstr_plural.items():
            given = holes(text)
            # one and two may be said in a word
            if set(given) - set(allowed) or (form == last and given != allowed):
                faults.append(f"{name}: placeholders differ: {entry.msgid_plural!r} {text!r}")
    return faults


def _known(path: Path) -> set[tuple[str, str, str]]:
    return {
        (one.msgid, one.msgid_plural, one.msgctxt or "")
        for one in polib.pofile(str(path))
        if not one.obsolete
    }


def check() -> list[str]:
    """What is wrong in the catalogues, and which words were marked and not collected."""
    faults = [fault for path in catalogues().values() for fault in faults_of(path)]
    if shutil.which("xgettext") is None:
        if os.environ.get("CI"):
            faults.append("GNU gettext is missing: apt-get install gettext")
        return faults
    with tempfile.TemporaryDirectory(prefix="harken-words-") as there:
        copied = Path(there) / "harken"
        shutil.copytree(SOURCE, copied, ignore=shutil.ignore_patterns("static", "locale", "__pycache__"))
        (copied / "locale" / "de" / "LC_MESSAGES").mkdir(parents=True)
        collect(copied)
        fresh = _known(copied / "locale" / "de" / "LC_MESSAGES" / "django.po")
    for language, one in catalogues().items():
        for msgid, *_ in sorted(fresh - _known(one)):
            faults.append(f"{language}: not collected: {msgid!r}")
    return faults


def main() -> int:
    """0 when all is well."""
    what = sys.argv[1] if len(sys.argv) == 2 else ""
    if what == "compile":
        compile_all()
        return 0
    if what == "collect":
        collect()
        return 0
    if what == "check":
        faults = check()
        print("\n".join(faults[:40]))
        return int(bool(faults))
    print(__doc__)
    return 2


if __name__ == "__main__":
    raise SystemExit(main())
