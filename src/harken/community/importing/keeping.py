"""Another community's archive becomes members, topics and posts: in batches, each one transaction, safe to run again.

Everything is known by its origin, so that a second run finds only what it knows. Nothing rings: no clocks, no notices,
no travelling; one event a batch tells open lists and kept pages. Scores are left out: thanks are persons' words here,
and a number of unknown voters is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.db import connection, models, transaction

from harken.base import journal, sql
from harken.community import policy, search, texts
from harken.community.actions.changing import count_space
from harken.community.events import SpaceChanged
from harken.community.models import Member, Post, Round, Space, Topic

from .figures import count_members, count_tags, derive_topics
from .lines import Bad, Said, Somebody
from .wording import words_of

BATCH = 500  # things said in one transaction
MOST_LATE, MOST_LATE_TEXT = (
    20_000,
    20_000_000,
)  # what came before its question waits for it: so many, of so much text


@dataclass(slots=True)
class Imported:
    """What came of an import so far: read = accepted + duplicates + rejected."""

    read: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    bad: list[tuple[int, str]] = field(default_factory=list)  # the first hundred, for the screen

    def as_json(self) -> dict[str, int]:
        return {
            "read": self.read, "accepted": self.accepted, "duplicates": self.duplicates, "rejected": self.rejected,
        }  # fmt: skip


def import_community(
    lines: Iterable[Somebody | Said | Bad],
    *,
    space: Space,
    source: str,
    keep_bad: Callable[[Bad], None] = lambda bad: None,
    progress: Callable[[Imported], None] = lambda so_far: None,
) -> Imported:
    """Import what a reader yields into a space; `source` names the archive in every origin ("stackexchange/coffee").

    Counted is what was said; members come along. What comes before its question waits for it; what belongs to nothing in
    the archive is rejected. What is longer than a post may be is cut, and all of it given to `keep_bad`.
    """
    done, keeper = Imported(), _Keeper(space, source)
    batch: list[Said] = []
    early: list[Said] = []
    room = MOST_LATE_TEXT

    def reject(bad: Bad) -> None:
        done.rejected += 1
        if len(done.bad) < 100:
            done.bad.append((bad.line, bad.reason))
        keep_bad(bad)

    def take(*, is_last: bool = False) -> None:
        nonlocal room
        kept = keeper.keep(batch)
        done.accepted += kept.accepted
        done.duplicates += kept.known
        for bad in kept.refused:
            reject(bad)
        for bad in kept.cut:
            keep_bad(bad)
        for said in kept.orphans:
            if is_last or len(early) >= MOST_LATE or len(said.text) > room:
                reject(_without_parent(said))
            else:
                room -= len(said.text)
                early.append(said)
        batch.clear()
        progress(done)

    for line in lines:
        if isinstance(line, Somebody):
            keeper.know(line)
            continue
        done.read += 1
        if isinstance(line, Bad):
            reject(line)
            continue
        batch.append(line)
        if len(batch) >= BATCH:
            take()
    if batch:
        take()
    late = sorted(early, key=lambda said: said.kind == "comment")  # answers first: comments may be on them
    for start in range(0, len(late), BATCH):
        batch.extend(late[start : start + BATCH])
        take(is_last=True)
    keeper.settle()
    progress(done)
    return done


@dataclass(slots=True)
class _Kept:
    """What became of a batch."""

    accepted: int = 0
    known: int = 0
    refused: list[Bad] = field(default_factory=list)
    orphans: list[Said] = field(default_factory=list)  # what they belong to is not here, or not yet
    cut: list[Bad] = field(default_factory=list)


def _without_parent(said: Said) -> Bad:
    above = "question" if said.kind == "answer" else "post"
    return Bad(said.line, f"its {above} {said.parent or '?'} is not here", said.text[:500])


class _Keeper:
    """Keeps batches; remembers which member and which post an origin became."""

    def __init__(self, space: Space, source: str) -> None:
        self._space, self._source = space, source
        self._names: dict[str, Somebody] = {}
        self._members: dict[str, int] = {}  # key → id
        self._wanted: dict[int, str] = {}  # topic → key of the answer that is chosen there
        self._tag_names: set[str] = set()
        self._cut: list[Bad] = []

    def know(self, somebody: Somebody) -> None:
        """Who an author's key is; a member is made when they say something."""
        self._names[somebody.key] = somebody

    def keep(self, batch: Sequence[Said]) -> _Kept:
        """One batch in one transaction."""
        self._cut = []
        with transaction.atomic():
            self._meet({said.author for said in batch})
            known = self._known_posts([*(s.key for s in batch), *(s.parent for s in batch if s.parent)])
            fresh, kept = self._sorted_out(batch, known)
            questions = [said for said in fresh if said.kind == "question"]
            topics = self._keep_topics(questions)
            for said in batch:  # known ones too: a run that was stopped may have missed the answer
                if (
                    said.kind == "question"
                    and said.chosen
                    and (found := topics.get(said.key) or known.get(said.key, (0, 0))[1])
                ):
                    self._wanted[found] = said.chosen
            placed = {key: (0, topic_id) for key, topic_id in topics.items()} | known
            touched: set[int] = set(topics.values())
            for kinds in (("question",), ("answer",), ("comment",)):
                self._keep_posts([s for s in fresh if s.kind in kinds], placed, touched)
            self._choose()
            derive_topics(touched)
            if fresh:
                count_space(self._space.pk)
                version = Space.objects.values_list("version", flat=True).get(pk=self._space.pk)
                journal.record(SpaceChanged(subject_id=self._space.pk, version=version))
        kept.cut = self._cut
        return kept

    def _sorted_out(
        self, batch: Sequence[Said], known: dict[str, tuple[int, int]]
    ) -> tuple[list[Said], _Kept]:
        """What of a batch is new and may be kept, and what became of the rest."""
        fresh: dict[str, Said] = {}
        kept = _Kept()
        kinds = self._kinds(found[0] for found in known.values())
        for said in batch:
            above = fresh.get(said.parent)
            kind = above.kind if above else kinds.get(known.get(said.parent, (0, 0))[0])
            if said.key in known or said.key in fresh:
                kept.known += 1
            elif said.kind != "question" and kind is None:
                kept.orphans.append(said)
            elif said.kind == "answer" and kind != "question":
                kept.refused.append(
                    Bad(said.line, f"what it answers, {said.parent}, is no question", said.text[:500])
                )
            elif not said.text.strip() and not said.title.strip():
                kept.refused.append(Bad(said.line, "it says nothing", said.key))
            elif said.kind == "comment" and above is not None and above.kind == "comment":
                fresh[said.key] = replace(said, parent=above.parent)  # it joins the same line
            else:
                fresh[said.key] = said
        kept.accepted = len(fresh)
        return list(fresh.values()), kept

    def settle(self) -> None:
        """Bring in line what is counted over the whole import: members and tags."""
        with transaction.atomic():
            count_members(list(self._members.values()))
            count_tags(self._tag_names)
            Round.objects.filter(name__in=("ledger", "index")).update(
                done_at=None, cursor=0
            )  # who helped whom is read from it next

    # ---- members ----

    def _origin(self, key: str) -> str:
        found = f"{self._source}/{key}"
        # cut, all of a long name's would be one
        return found if len(found) <= 120 else f"{found[:100]}-{_short(found)}"

    def _meet(self, keys: set[str]) -> None:
        missing = [key for key in keys if key not in self._members]
        origins = {self._origin(f"u{key or '-'}"): key for key in missing}
        for pk, origin in sql.select_in(
            "SELECT id, origin FROM community_member WHERE origin IN ({in})", origins
        ):
            self._members[origins.pop(origin)] = pk
        if not origins:
            return
        at = datetime.now(UTC)
        rows = []
        for origin, key in origins.items():
            somebody = self._names.get(key)
            name = " ".join((somebody.name if somebody else "").split())[:80] or (
                f"Member {key}" if key else "Somebody"
            )
            stem = policy.slug_of(name, longest=24)
            stem = stem if stem.isascii() else "member"
            joined = somebody.joined_at if somebody and somebody.joined_at else at
            rows.append((name, f"{stem}-{_short(origin)}", joined, origin))
        made = _insert(
            Member,
            [{"name": n, "slug": slug, "joined_at": sql.stamp(j), "origin": o} for n, slug, j, o in rows],
        )
        for pk, origin in made:
            self._members[origins[origin]] = pk

    # ---- topics and posts ----

    def _known_posts(self, keys: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Posts that are here: key → (post, topic)."""
        origins = {self._origin(key): key for key in keys}
        rows = sql.select_in(
            "SELECT origin, id, topic_id FROM community_post WHERE origin IN ({in})", origins
        )
        return {origins[origin]: (pk, topic_id) for origin, pk, topic_id in rows}

    def _kinds(self, ids: Iterable[int]) -> dict[int, str]:
        """What kind of thing said each post is."""
        rows = sql.select_in("SELECT id, kind FROM community_post WHERE id IN ({in})", set(ids))
        return {pk: "question" if kind == "opening" else kind for pk, kind in rows}

    def _keep_topics(self, questions: Sequence[Said]) -> dict[str, int]:
        rows = []
        for said in questions:
            title = " ".join(said.title.split())[: policy.LONGEST_TITLE] or "?"
            names = policy.tag_names(said.tags)
            self._tag_names.update(names)
            at = sql.stamp(said.at)
            rows.append(
                {
                    "space_id": self._space.pk,
                    "state": "closed" if said.is_closed else "open",
                    "title": title,
                    "slug": policy.topic_slug_of(title),
                    "author_id": self._members[said.author],
                    "tag_names": sql.as_json(names),
                    "origin": self._origin(said.key),
                    "created_at": at,
                    "last_at": at,
                    "views": max(0, said.views),
                }
            )
        made = _insert(Topic, rows)
        keys = {self._origin(said.key): said.key for said in questions}
        topics = {keys[origin]: pk for pk, origin in made}
        self._keep_taggings({topics[s.key]: policy.tag_names(s.tags) for s in questions})
        return topics

    def _keep_taggings(self, wanted: dict[int, list[str]]) -> None:
        names = {name for found in wanted.values() for name in found}
        if not names:
            return
        sql.insert_rows(
            "community_tag",
            ("name", "topic_count", "is_product", "is_demo"),
            [(name, 0, False, False) for name in sorted(names)],
            tail="ON CONFLICT (name) DO NOTHING",
        )
        ids = dict(sql.select_in("SELECT name, id FROM community_tag WHERE name IN ({in})", names))
        sql.insert_rows(
            "community_tagging",
            ("topic_id", "tag_id"),
            [(topic_id, ids[name]) for topic_id, found in wanted.items() for name in found],
        )

    def _keep_posts(
        self, fresh: Sequence[Said], placed: dict[str, tuple[int, int]], touched: set[int]
    ) -> None:
        if not fresh:
            return
        kind = {"question": "opening", "answer": "answer", "comment": "comment"}[fresh[0].kind]
        parents = self._parents(fresh, placed) if kind == "comment" else {}
        rows, gists, indexed = [], [], []
        for said in fresh:
            topic_id = placed[said.key][1] if kind == "opening" else placed[said.parent][1]
            touched.add(topic_id)
            longest = policy.LONGEST_COMMENT if kind == "comment" else policy.LONGEST_TEXT
            text, html, cut = words_of(said, longest)
            if cut is not None:
                self._cut.append(cut)
            words = texts.words_of(html)
            form = search.indexed_form(said.title if kind == "opening" else "", words)
            indexed.append(form)
            if kind == "opening":
                gists.append((texts.gist_of(html), topic_id))
            rows.append(
                {
                    "topic_id": topic_id,
                    "parent_id": parents.get(said.key),
                    "kind": kind,
                    "author_id": self._members[said.author],
                    "voice": policy.Voice.CUSTOMER.value,
                    "text": text,
                    "html": html,
                    "indexed": form,
                    "origin": self._origin(said.key),
                    "created_at": sql.stamp(said.at),
                }
            )
        made = _insert(Post, rows)
        keys = {self._origin(said.key): n for n, said in enumerate(fresh)}
        for pk, origin in made:
            said = fresh[keys[origin]]
            placed[said.key] = (pk, rows[keys[origin]]["topic_id"])
        search.index_posts([(pk, *search.parts_of(indexed[keys[origin]])) for pk, origin in made])
        if gists:
            with connection.cursor() as cursor:
                cursor.executemany("UPDATE community_topic SET gist = %s WHERE id = %s", gists)

    def _parents(self, comments: Sequence[Said], placed: dict[str, tuple[int, int]]) -> dict[str, int]:
        """What each comment stands under: a comment on a comment joins the same line."""
        above = {placed[said.parent][0] for said in comments}
        own = dict(sql.select_in("SELECT id, parent_id FROM community_post WHERE parent_id IS NOT NULL AND id IN ({in})", above))  # fmt: skip
        return {said.key: own.get(placed[said.parent][0], placed[said.parent][0]) for said in comments}

    def _choose(self) -> None:
        """Mark the answers that were chosen, as soon as they are here."""
        if not self._wanted:
            return
        by_key = self._known_posts(self._wanted.values())
        rows = []
        for topic_id, key in list(self._wanted.items()):
            if (found := by_key.get(key)) and found[1] == topic_id:
                rows.append((found[0], topic_id))
                del self._wanted[topic_id]
        if rows:
            with connection.cursor() as cursor:
                cursor.executemany(
                    "UPDATE community_topic SET chosen_id = %s, chosen_as = 'asker', chosen_by_id = author_id, "
                    "solved_at = (SELECT created_at FROM community_post p WHERE p.id = %s) WHERE id = %s AND chosen_id IS NULL "
                    # who chose here, or took the choice back, has the last word
                    "AND NOT EXISTS (SELECT 1 FROM base_event e WHERE e.subject_kind = 'topic' AND e.subject_id = community_topic.id AND e.kind = 'AnswerChosen') "
                    "AND EXISTS (SELECT 1 FROM community_post p WHERE p.id = %s AND p.kind = 'answer' AND p.state = 'shown')",
                    [(post_id, post_id, topic_id, post_id) for post_id, topic_id in rows],
                )


def _insert(model: type[models.Model], rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Insert rows of a model with what they don't say as the model has it; returns (id, origin) of each."""
    if not rows:
        return []
    defaults: dict[str, Any] = {}
    for one in model._meta.concrete_fields:
        if not one.primary_key:
            value = one.get_default()
            if isinstance(one, models.JSONField):
                value = sql.as_json(value)
            defaults[one.attname] = sql.stamp(value) if isinstance(value, datetime) else value
    return sql.insert_rows(
        model._meta.db_table,
        list(defaults),
        [tuple((defaults | row).values()) for row in rows],
        returning=("id", "origin"),
    )


def _short(origin: str) -> str:
    """A mark of an origin; of a million members no two have the same."""
    return sha256(origin.encode()).hexdigest()[:14]
