"""A post as HTML without anything of its reader: rendered once for a language and kept while nothing in it changes."""

from __future__ import annotations

from functools import lru_cache

from django.utils import timezone, translation
from django.utils.safestring import SafeString, mark_safe

from harken.community.models import Post, Topic
from harken.community.queries.topic_page import Said
from harken.web import folding

from .looks import VOICES, name_shown, place_of

MOST_POSTS = 3000  # kept in one process
MOST_BLOCKS = 60  # of a tally; with more the numbers alone speak


def post_html(post: Said, *, topic: Topic, company: str, chosen_by: str = "") -> SafeString:
    """What stands before a post's acts: who, when, what, whether it worked. Of a comment the whole."""
    key = (
        post.id,
        topic.version,
        post.edits,
        post.state,
        post.worked,
        post.failed,
        post.voice,
        post.author_name,
        post.author_line,
        post.author_state,
        company,
        chosen_by,
        translation.get_language() or "en",
        timezone.get_current_timezone_name(),
    )
    summed_up_by = topic.summed_up_by if post.kind == Post.Kind.OPENING else ""  # type: ignore[attr-defined]  # set by read_topic
    return _post(key, _Held(post, company, chosen_by, summed_up_by))


class _Held:
    """Rides along with a key without being part of it."""

    __slots__ = ("chosen_by", "company", "post", "summed_up_by")

    def __init__(self, post: Said, company: str, chosen_by: str, summed_up_by: str) -> None:
        self.post, self.company, self.chosen_by, self.summed_up_by = post, company, chosen_by, summed_up_by

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=MOST_POSTS)
def _post(key: tuple[object, ...], held: _Held) -> SafeString:
    post = held.post
    values = {
        "post": post,
        "html": mark_safe(post.html),  # noqa: S308 - made by community.texts through the allow-list
        "look": VOICES[post.voice],
        "name": name_shown(post.author_name, post.author_state),
        "is_gone": post.author_state == "gone",
        "company": held.company,
        "chosen_by": held.chosen_by,
        "summed_up_by": held.summed_up_by,
        "place": place_of(post.said_on) if post.said_on else None,
        "outcome": post.outcome,
        "tally": _tally(post),
        "misses": [one for one in post.words if not one.worked][:3],
        "hits": [one for one in post.words if one.worked][:2],
    }
    if post.kind == Post.Kind.COMMENT:
        return folding.fragment("portal/_said_below.html", values)
    return folding.fragment("portal/_post.html", values)


def _tally(post: Said) -> list[bool]:
    told = post.worked + post.failed
    return [n < post.worked for n in range(told)] if told <= MOST_BLOCKS else []
