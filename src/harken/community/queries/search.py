"""A search of the community: hits grouped by topic, only what the reader may see, no more read than is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.safestring import SafeString

from harken.base import sql, statements
from harken.base.newest import newest_matching
from harken.base.statements import slot
from harken.brain.segment import Term, fts5_query, segment, segment_query, tsquery
from harken.community.models import Member, Post, Space, Tag, Tagging, Topic
from harken.community.permissions import is_staff, topics_visible_to

from .marking import marked, passage
from .readers import kept
from .suggesting import Suggestion, suggest_topics

__all__ = ["Hit", "HitPage", "Suggestion", "search_topics", "suggest_topics"]

SELECTIVE = 100  # hits up to which all are read and the best come first; with more the newest come first
WINDOW = 1000  # hits that are looked at in one statement
# where a statement's rows all come at once (PostgreSQL): more would seldom be looked at
FIRST_WINDOW = SELECTIVE + 50
MOST_WINDOWS = 4  # of one page, for a reader who may see few of the hits; the next page goes on from there
FEW = 2000  # topics of a tag up to which they are sorted rather than looked for along the list
LONGEST_QUERY = 300  # characters
# what a row of a search shows, of the topic and its space
_SHOWN = ("id", "slug", "title", "chosen_id", "answers", "thanks", "last_at", "space__name")


class Hit(NamedTuple):
    """One topic found: what a row shows of it, the post in which the words stand (0: listed without words), and its title
    and a passage of the post with the words marked."""

    topic_id: int
    slug: str
    is_solved: bool
    answers: int
    thanks: int
    last_at: datetime
    space: str
    post_id: int
    is_opening: bool
    title: SafeString
    passage: SafeString


@dataclass(frozen=True, slots=True)
class HitPage:
    """A page of a search, in order; `before` names the next one, "" at the end."""

    hits: Sequence[Hit]
    before: str


def search_topics(
    query: str,
    *,
    member: Member | None,
    space: Space | None = None,
    tag: Tag | None = None,
    kind: str | None = None,
    before: str | None = None,
    limit: int = 20,
) -> HitPage:
    """The topics in which all these words were said in one post, each once, in two statements (three on PostgreSQL).

    Few hits: titles that hold the words first, then what is solved, then the newest. Many: the newest first, and the
    reading ends when the page is full, so that a common word costs no more than a rare one. Without words: the topics
    with the newest posts. `before` is that of the page shown last; one that is not understood is the first page.
    """
    query = query[:LONGEST_QUERY]
    narrowed = _Narrowed(space.pk if space else None, tag, kind or None)
    mark, _, number = (before or "").partition("-")
    if not query.strip():
        return _latest(member, narrowed, number if mark == "l" else "", limit)
    terms = segment_query(query)
    if not terms:
        return HitPage([], "")
    at = int(number) if number.isdigit() and len(number) < 19 else 0
    if mark == "n" and at:
        rows, is_all = _read(member, narrowed, terms, before=at, enough=0, limit=limit)
    else:
        rows, is_all = _read(member, narrowed, terms, before=0, enough=SELECTIVE, limit=limit)
        if is_all:
            best = _best(rows, terms)
            following = f"b-{at + limit}" if len(best) > at + limit else ""
            return HitPage(_hits(best[at : at + limit], query), following)
    page = _each_topic(rows)
    following = f"n-{page[limit - 1].post_id}" if len(page) > limit else ""
    if not following and not is_all and rows:
        following = f"n-{rows[-1].post_id}"
    page = page[:limit]
    if mark == "n" and page:
        shown = _shown_before(page, terms, at)
        page = [row for row in page if row.topic_id not in shown]
    return HitPage(_hits(page, query), following)


# ---- reading the index -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Narrowed:
    """What a search is narrowed to."""

    space_id: int | None
    tag: Tag | None
    kind: str | None

    @property
    def key(self) -> tuple[Any, ...]:
        return self.space_id, self.tag.pk if self.tag else None, self.kind

    def of(self, topics: QuerySet[Topic]) -> QuerySet[Topic]:
        topics = topics.filter(is_shown=True)
        if self.space_id is not None:
            topics = topics.filter(space_id=self.space_id)
        if self.tag is not None:
            topics = topics.filter(Exists(Tagging.objects.filter(topic=OuterRef("pk"), tag=self.tag)))
        return topics.filter(kind=self.kind) if self.kind else topics


class _Row(NamedTuple):
    """A matching post; without a topic: one that this reader may not see."""

    post_id: int
    topic_id: int | None
    title: str
    chosen_id: int | None


def who(member: Member | None) -> tuple[Any, ...]:
    """All that the permissions of a reader depend on, as a key for kept statements."""
    if member is None:
        return ("nobody",)
    return member.pk, member.state, member.is_super_user, is_staff(member)


def _read(
    member: Member | None, narrowed: _Narrowed, terms: list[Term], *, before: int, enough: int, limit: int
) -> tuple[list[_Row], bool]:
    """Matching posts, newest first, until more than `enough` hits and `limit` topics are seen; and whether these are
    all there are."""
    rows: list[_Row] = []
    topics: set[int] = set()
    for number in range(MOST_WINDOWS):
        size = min(WINDOW, FIRST_WINDOW) if sql.is_postgres() and not number else WINDOW
        statement, params = _window_sql(member, narrowed, terms, before=before, size=size)
        looked_at = 0
        with sql.reading(statement, params) as newest:
            for row in map(_Row._make, newest):
                looked_at, before = looked_at + 1, row.post_id
                rows.append(row)
                if row.topic_id is not None:
                    topics.add(row.topic_id)
                    if len(topics) > limit and len(rows) > enough:
                        return rows, False
        if looked_at < size:
            return rows, True
    return rows, False


def _window_sql(
    member: Member | None, narrowed: _Narrowed, terms: list[Term], *, before: int, size: int
) -> tuple[str, list[Any]]:
    """The `size` newest matching posts, each with its topic where this reader may see it."""
    visible, values = statements.text(
        ("community search", who(member), narrowed.key),
        lambda: narrowed.of(topics_visible_to(member)).order_by().values("pk"),
    )
    _, has_where, conditions = visible.partition(' FROM "community_topic" WHERE ')
    assert has_where, "the statement of a queryset names its table so"
    if sql.is_postgres():
        newest, match = newest_matching(
            "community_search", "post_id", tsquery(terms), before=before, limit=size
        )
        source, ending = f"({newest}) s", " ORDER BY s.id DESC"
    else:  # not a sub-select: only so the index itself gives the order, and reading can end anywhere
        source, match = "community_search s", [fts5_query(terms), *([before] if before else [])]
        ending = f" WHERE s.community_search MATCH %s{' AND s.rowid < %s' if before else ''} ORDER BY s.rowid DESC LIMIT {size}"
    number = "s.id" if sql.is_postgres() else "s.rowid"
    statement = (
        f'SELECT {number}, "community_topic"."id", "community_topic"."title", "community_topic"."chosen_id" '  # noqa: S608 - ours
        f"FROM {source} LEFT JOIN community_post p ON p.id = {number} AND p.state = 'shown' "
        f'LEFT JOIN "community_topic" ON "community_topic"."id" = p.topic_id AND ({conditions}){ending}'
    )
    return statement, [*match, *values] if sql.is_postgres() else [*values, *match]


def _each_topic(rows: Sequence[_Row]) -> list[_Row]:
    """The newest hit of each topic that may be seen."""
    found: dict[int, _Row] = {}
    for row in rows:
        if row.topic_id is not None:
            found.setdefault(row.topic_id, row)
    return list(found.values())


def _shown_before(page: Sequence[_Row], terms: list[Term], before: int) -> set[int]:
    """The topics that stood on an earlier page with a newer hit."""
    topics = [row.topic_id for row in page]
    newer = sql.fetch(
        "SELECT topic_id, indexed FROM community_post WHERE state = 'shown' AND id >= %s "  # noqa: S608 - placeholders
        f"AND topic_id IN ({sql.placeholders(len(topics))})",
        [before, *topics],
    )
    return {topic_id for topic_id, indexed in newer if _holds(indexed, terms)}


def _holds(form: str, terms: list[Term]) -> bool:
    """Whether every term stands in a text in the index's form."""
    words = f" {form} ".replace("\n", " ")
    return all(f" {' '.join(term.words)}{'' if term.is_prefix else ' '}" in words for term in terms)


def _best(rows: Sequence[_Row], terms: list[Term]) -> list[_Row]:
    """Each topic once: titles that hold every word first, then what is solved, then the newest."""

    def order(row: _Row) -> tuple[bool, bool]:
        return not _holds(segment(row.title), terms), row.chosen_id is None

    return sorted(_each_topic(rows), key=order)


# ---- what is shown ---------------------------------------------------------------------------------------


def _hits(rows: Sequence[_Row], query: str) -> list[Hit]:
    if not rows:
        return []
    size = 20 if len(rows) <= 20 else len(rows)
    ids = [row.post_id for row in rows]
    text, params = kept(
        ("community hits", size),
        lambda: Post.objects.filter(pk__in=[slot(n) for n in range(size)]).values_list(
            *(f"topic__{name}" for name in _SHOWN), "text", "id", "kind"
        ),
        *ids,
        *([-1] * (size - len(ids))),
    )
    posts = {row[-2]: row for row in sql.fetch(text, params)}
    return [_hit(posts[pk], query) for pk in ids if pk in posts]


def _hit(row: Sequence[Any], query: str) -> Hit:
    """A hit from the columns of _SHOWN, a text, and the post where it stands."""
    number, slug, title, chosen, answers, thanks, last_at, space, text, post, kind = row
    return Hit(
        number, slug, chosen is not None, answers, thanks, sql.moment(last_at), space, post,  # type: ignore[arg-type]  # never null
        kind == Post.Kind.OPENING, marked(title, query), passage(text, query),
    )  # fmt: skip


def _latest(member: Member | None, narrowed: _Narrowed, after: str, limit: int) -> HitPage:
    """The topics with the newest posts; `after` is the last one shown, as "microseconds.id"."""
    at, _, number = after.partition(".")
    is_next = at.isdigit() and number.isdigit() and len(after) < 40
    tag = narrowed.tag
    is_few = tag is not None and tag.topic_count <= FEW

    def make() -> QuerySet[Any]:
        topics = topics_visible_to(member)
        if is_few:
            topics = topics.filter(pk__in=Tagging.objects.filter(tag=tag).values("topic"))
        only = _Narrowed(narrowed.space_id, None if is_few else tag, narrowed.kind)
        return only.of(topics).order_by("-last_at", "-id").values_list(*_SHOWN, "gist")

    if is_next:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(at[:16]))
        older = Q(last_at__lt=moment) | Q(last_at=moment, pk__lt=int(number[:18]))
        rows = list(make().filter(older, last_at__lte=moment)[: limit + 1])
    else:
        key = ("community latest", who(member), narrowed.key, is_few, limit)
        rows = statements.rows(key, lambda: make()[: limit + 1])
    found = [_hit((*row, 0, ""), "") for row in rows]
    following = ""
    if len(found) > limit:
        last = found[limit - 1]
        passed = (last.last_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        following = f"l-{passed}.{last.topic_id}"
    return HitPage(found[:limit], following)
