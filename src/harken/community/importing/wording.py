"""What was said elsewhere as text and as HTML of ours, no longer than a post may be."""

from __future__ import annotations

from harken.base.html import clean_html, text_of
from harken.community import texts

from .lines import Bad, Said

MOST_MARKUP = 4  # times as long as its words may be is a post's HTML; else the words alone are kept


def words_of(said: Said, longest: int) -> tuple[str, str, Bad | None]:
    """Its text, its HTML and, where it was too long, all of it to be kept aside."""
    html = clean_html(said.text) if said.is_html else ""
    whole = text_of(html) if said.is_html else said.text.replace("\0", "").strip()
    text = whole[:longest]
    if not said.is_html or len(whole) > longest or len(html) > MOST_MARKUP * longest:
        html = texts.html_of(text)
    cut = Bad(said.line, f"cut at {longest} characters; all of it is here", said.text)
    return text, html, cut if len(whole) > longest else None
