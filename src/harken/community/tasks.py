"""The lane of standing: the ledger swept, what members' help comes to, and each night the community as a whole and its
index."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.timezone import now

from .actions.counting import count_community
from .actions.earning import work_out_due
from .actions.helping import derive_help
from .actions.ranking import rank_community
from .actions.rings import find_rings
from .models import Round, Standing, Topic
from .queries.earned import NIGHTLY
from .search import tidy_index

SWEPT = 300  # topics at once
EVERY = timedelta(hours=20)  # a round begins so long after the last one


def keep_standing(*, at: datetime | None = None) -> int:
    """One bounded piece of the work; 0 when there is none. Safe in many processes at once: all of it is derived."""
    at = at or now()
    return (
        sweep_ledger(at=at)
        or _know_the_community(at)
        or work_out_due(at=at)
        or nightly(at=at)
        or rank(at=at)
        or tidy(at=at)
    )


def sweep_ledger(*, at: datetime | None = None) -> int:
    """Go on through all topics, for what came without events (an import) or was missed; 0 when it is done."""
    at = at or now()
    row = Round.objects.get_or_create(name="ledger")[0]
    if row.done_at is not None:
        if at - row.done_at < EVERY:
            return 0
        Round.objects.filter(pk=row.pk, done_at=row.done_at).update(done_at=None, cursor=0)
        row.cursor = 0
    ids = list(Topic.objects.filter(pk__gt=row.cursor).order_by("pk").values_list("pk", flat=True)[:SWEPT])
    derive_help(ids, at=at)
    if len(ids) < SWEPT:
        Round.objects.filter(pk=row.pk).update(done_at=at)
        return 0
    Round.objects.filter(pk=row.pk, cursor=row.cursor).update(cursor=ids[-1])
    return len(ids)


def _know_the_community(at: datetime) -> int:
    """The first thing ever: without the community's figures nobody's can be measured."""
    if Round.objects.filter(name=NIGHTLY, figures__has_key="mean").exists():
        return 0
    count_community(at=at)
    return 1


def nightly(*, at: datetime | None = None) -> int:
    """Once a night: rings, the community's figures; then everybody is worked out anew, a batch at a time."""
    at = at or now()
    row = Round.objects.get_or_create(name=NIGHTLY)[0]
    if row.done_at is not None and at - row.done_at < EVERY:
        return 0
    if not Round.objects.filter(pk=row.pk, done_at=row.done_at).update(done_at=at, begun_at=now()):
        return 0  # another process is at it
    find_rings(at=at)
    count_community(at=at)
    # what was noted since the last search for rings may open something now
    Standing.objects.update(due_at=at)
    return 1


def rank(*, at: datetime | None = None) -> int:
    """After each night's round, when everybody is worked out: super users, rising stars, who tires."""
    at = at or now()
    night = Round.objects.filter(name=NIGHTLY).values_list("done_at", flat=True).first()
    row = Round.objects.get_or_create(name="ranking")[0]
    if night is None or (row.done_at is not None and row.done_at >= night):
        return 0
    if not Round.objects.filter(pk=row.pk, done_at=row.done_at).update(done_at=at, begun_at=now()):
        return 0  # another process is at it
    rank_community(at=at)
    return 1


def tidy(*, at: datetime | None = None) -> int:
    """Each night, a step at a time: the index of the search is brought together; 0 when it is."""
    at = at or now()
    row = Round.objects.get_or_create(name="index")[0]
    if row.done_at is not None and at - row.done_at < EVERY:
        return 0
    if tidy_index(begins=not row.cursor):
        Round.objects.filter(pk=row.pk).update(done_at=None, cursor=row.cursor + 1)
        return 1
    Round.objects.filter(pk=row.pk).update(done_at=at, cursor=0)
    return 0
