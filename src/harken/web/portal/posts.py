"""A post as HTML without anything of its reader: rendered once for a language and kept while nothing in it changes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.utils import timezone, translation
from django.utils.safestring import SafeString, mark_safe

from harken.community.models import Post, Topic
from harken.community.permissions import May
from harken.community.queries.topic_page import Mine, Said
from harken.web import folding

from .framing import TOKEN_MARK
from .looks import VOICES, name_shown, place_of

MOST_POSTS = 3000  # kept in one process
MOST_BLOCKS = 60  # of a tally; with more the numbers alone speak


@dataclass(frozen=True, slots=True)
class Reading:
    """All that the posts of one page are shown with."""

    topic: Topic
    company: str
    may: May | None  # None: nobody who is signed in
    mine: Mine
    language: str
    zone: str


def reading_of(topic: Topic, *, company: str, may: May | None, mine: Mine) -> Reading:
    """How the posts of a topic are read now."""
    language = translation.get_language() or "en"
    return Reading(topic, company, may, mine, language, str(timezone.get_current_timezone()))


def article_html(post: Said, reading: Reading, *, chosen_by: str = "") -> tuple[str, str]:
    """A post as an article, in two parts: up to its text, and from its buttons to its comments."""
    tail = [acts_html(post, reading)]
    if post.comments:
        tail.append('<ul class="comments">')
        for one in post.comments:
            is_mine = reading.may is not None and one.author_id == reading.may.member_id
            acts = acts_html(one, reading) if is_mine else report_html(one, reading)
            tail.append(f'<li id="p{one.id}">{post_html(one, reading)}{acts}</li>')
        tail.append("</ul>")
    tail.append("</article>")
    return post_html(post, reading, chosen_by=chosen_by), "".join(tail)


def post_html(post: Said, reading: Reading, *, chosen_by: str = "") -> SafeString:
    """What stands before a post's buttons: who, when, what, whether it worked. Of a comment the whole."""
    topic, company = reading.topic, reading.company
    key = (
        post.id,
        post.html,  # what it says is the key, whatever the counters beside it say
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
        reading.language,
        reading.zone,
    )
    summed_up_by = topic.summed_up_by if post.kind == Post.Kind.OPENING else ""  # type: ignore[attr-defined]  # set by read_topic
    return _post(key, _Held(post, reading, chosen_by, summed_up_by))


class _Held:
    """Rides along with a key without being part of it."""

    __slots__ = ("chosen_by", "post", "reading", "summed_up_by")

    def __init__(self, post: Said, reading: Reading, chosen_by: str = "", summed_up_by: str = "") -> None:
        self.post, self.reading, self.chosen_by, self.summed_up_by = post, reading, chosen_by, summed_up_by

    def take(self) -> tuple[Said, Reading]:
        """What rides along, once: a key that is kept holds on to nobody's page."""
        post, reading = self.post, self.reading
        del self.post, self.reading
        return post, reading

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=MOST_POSTS)
def _post(key: tuple[object, ...], held: _Held) -> SafeString:
    post, reading = held.take()
    values = {
        "post": post,
        "html": mark_safe(post.html),  # noqa: S308 - made by community.texts through the allow-list
        "look": VOICES[post.voice],
        "name": name_shown(post.author_name, post.author_state),
        "is_gone": post.author_state == "gone",
        "company": reading.company,
        "topic": reading.topic,
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


def acts_html(post: Said, reading: Reading) -> SafeString:
    """The buttons under a post for one reader; most posts look alike to most readers, so they are kept too. For
    nobody who is signed in only the thanks."""
    topic, mine, may = reading.topic, reading.mine, reading.may
    if may is None:
        return _thanks(post.thanks, reading.language) if post.thanks else mark_safe("")
    key = (
        post.id,
        post.kind,
        post.voice,
        post.author_name,
        post.thanks,
        topic.kind,
        topic.chosen_id == post.id,
        post.checked_by,
        may.member_id if post.author_id == may.member_id else 0,
        may.is_staff,
        may.turn,
        may.write,
        may.choose,
        may.improve,
        post.id in mine.thanked,
        post.id in mine.worked,
        post.id in mine.failed,
        reading.language,
    )
    return _acts(key, _Held(post, reading))


@lru_cache(maxsize=MOST_POSTS)
def _acts(key: tuple[object, ...], held: _Held) -> SafeString:
    post, reading = held.take()
    values = {
        "post": post,
        "topic": reading.topic,
        "mine": reading.mine,
        "may": reading.may,
        "csrf_token": TOKEN_MARK,
    }
    return folding.fragment("portal/_post_acts.html", values)


def report_html(post: Said, reading: Reading) -> SafeString:
    """The way to report somebody else's comment; for nobody who is not signed in."""
    if reading.may is None or not reading.may.turn:
        return mark_safe("")
    return _report(post.id, reading.language)


@lru_cache(maxsize=MOST_POSTS)
def _report(post_id: int, language: str) -> SafeString:
    return folding.fragment("portal/house/_report.html", {"post_id": post_id})


@lru_cache(maxsize=1024)
def _thanks(count: int, language: str) -> SafeString:
    return folding.fragment("portal/_thanks.html", {"count": count})


def _tally(post: Said) -> list[bool]:
    told = post.worked + post.failed
    return [n < post.worked for n in range(told)] if told <= MOST_BLOCKS else []
