"""No page joins words with a Latin comma of its own: a reader of Arabic would see it among Arabic words."""

from __future__ import annotations

import re
from pathlib import Path

import harken.web

WEB = Path(harken.web.__file__).parent
SENTENCES = re.compile(
    r"\{%\s*blocktranslate.*?endblocktranslate\s*%\}", re.DOTALL
)  # translated with their commas
BETWEEN_PARTS = re.compile(r"(?:%\}|\}\}|</\w+>), ?(?=\{%|\{\{|<)")
# what stands in a field is read back by `parted`, whose commas are all alike; headers and hours are no words
TYPED = {
    "portal/acting/asking.py",
    "portal/acting/reaching.py",
    "portal/acting/turning.py",
    "setup/promises.py",
}


def test_templates_join_with_a_translated_comma():
    found = {
        str(path.relative_to(WEB)): left
        for path in (WEB / "templates").rglob("*.html")
        if (left := BETWEEN_PARTS.findall(SENTENCES.sub("{% said %}", path.read_text(encoding="utf-8"))))
    }
    assert found == {}


def test_pages_join_lists_with_a_translated_comma():
    with_a_comma_of_their_own = {
        str(path.relative_to(WEB))
        for path in WEB.rglob("*.py")
        if '", ".join(' in path.read_text(encoding="utf-8")
    }
    assert with_a_comma_of_their_own == TYPED
