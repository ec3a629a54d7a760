"""Rows of a search as HTML. What a row shows beside the words searched for is alike in many rows and searches: each such
part is rendered once and kept, and only the title and the passage are put between them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from django.utils import timezone, translation
from django.utils.html import escape
from django.utils.safestring import SafeString

from harken.community.queries.search import Hit
from harken.web import folding

MOST_PARTS = 4000  # kept in one process, some 200 bytes each


def hits_html(hits: Iterable[Hit]) -> SafeString:
    """The rows in their order. A hit's title and passage come escaped, with the words marked."""
    language = translation.get_language() or "en"
    zone = str(timezone.get_current_timezone())
    out: list[str] = []
    for hit in hits:
        anchor = f"#p{hit.post_id}" if hit.post_id and not hit.is_opening else ""
        passage = f'<p class="gist soft" dir="auto">{hit.passage}</p>' if hit.passage else ""
        out.append(
            f'<li class="row">{_state(hit.is_solved, hit.answers, language)}'
            f'<div><h2 class="row-title"><a href="/community/t/{hit.topic_id}/{escape(hit.slug)}/{anchor}" dir="auto">'
            f"{hit.title}</a></h2>{passage}{_meta(hit.space, hit.last_at, language, zone)}</div>"
            f'<div class="row-end">{_thanks(hit.thanks, language) if hit.thanks else ""}</div></li>'
        )
    return SafeString("".join(out))


@lru_cache(maxsize=MOST_PARTS)
def _state(is_solved: bool, answers: int, language: str) -> SafeString:
    return folding.fragment("portal/_hit_state.html", {"is_solved": is_solved, "answers": answers})


@lru_cache(maxsize=MOST_PARTS)
def _meta(space: str, last_at: datetime, language: str, zone: str) -> SafeString:
    return folding.fragment("portal/_hit_meta.html", {"space": space, "last_at": last_at})


@lru_cache(maxsize=1024)
def _thanks(count: int, language: str) -> SafeString:
    return folding.fragment("portal/_hit_thanks.html", {"count": count})
