"""Newcomers who come back: of those who posted for the first time, who posted or thanked again within 30 days.

*Newcomer*: somebody with an account (or who has left since) whose first post shown here, in a customer's voice, falls in
the period; what an import brought does not count. *Came back*: their next post or thanks at least 24 hours after the
first, so that a second sentence of the same visit is no return. Watched for less than 30 days: censored. Of one space:
the first post there, and who posted or thanked again there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from harken.base import sql
from harken.community.models import Member, Post, Thanks

from .scope import CUSTOMERS, DAY, Case, Figure, Scope, among, declared, ended_by, not_ended_by, too_young_for

WINDOW = 30 * DAY
BACK = "back"
VISIT = timedelta(hours=24)

FIGURES = declared(
    Figure("new", "Who posted for the first time?", "members", lambda case: True),
    Figure("back", "Who came back within 30 days?", "members", ended_by(BACK, WINDOW)),
    Figure("gone", "Who had not come back after 30 days?", "members", not_ended_by(WINDOW)),
    Figure(
        "young",
        "Who has not come back, and first posted less than 30 days ago?",
        "members",
        too_young_for(WINDOW),
    ),
)


def cases(scope: Scope, ids: Sequence[int] | None = None) -> list[Case]:
    """The newcomers of the scope's period, those of `ids` only where they are given. One statement."""
    again = {"created_at__gte": OuterRef("first") + VISIT}
    rows = (
        among(_newcomers(scope), ids)
        .annotate(
            posted=Subquery(_posts(scope).filter(**again).values("created_at")[:1]),
            thanked=Subquery(
                _thanks(scope).filter(at__gte=OuterRef("first") + VISIT).order_by("at").values("at")[:1]
            ),
        )
        .order_by()
        .values_list("id", F("first"), F("posted"), F("thanked"))
    )
    found = []
    for id_, *moments in sql.fetch(*rows.query.sql_with_params()):
        first, posted, thanked = (sql.moment(one) for one in moments)
        assert first is not None  # asked for
        back = min((at for at in (posted, thanked) if at is not None), default=None)
        until = back or scope.now
        found.append(Case(id_, first, max(0.0, (until - first).total_seconds()), BACK if back else ""))
    return found


def those(scope: Scope, name: str) -> QuerySet[Member]:
    """The members behind a figure, each with the moment of their `first` post here."""
    since, until = OuterRef("first") + VISIT, OuterRef("first") + timedelta(seconds=WINDOW)
    came_back = Exists(_posts(scope).filter(created_at__gte=since, created_at__lte=until)) | Exists(
        _thanks(scope).filter(at__gte=since, at__lte=until)
    )
    is_watched = Q(first__lte=scope.now - timedelta(seconds=WINDOW))
    conditions = {
        "new": Q(),
        "back": Q(came_back),
        "gone": is_watched & ~Q(came_back),
        "young": ~is_watched & ~Q(came_back),
    }
    return _newcomers(scope).filter(conditions[name])


def _newcomers(scope: Scope) -> QuerySet[Member]:
    # only who said something then is looked at: of all spaces by an index alone
    then = {"created_at__gte": scope.start, "created_at__lt": scope.end}
    spoke = (
        Q(Exists(Post.objects.filter(author=OuterRef("pk"), **then)))
        if scope.space is None
        else Q(pk__in=scope.posts().filter(**then).values("author"))
    )
    first = {name: Subquery(_posts(scope).values(name)[:1]) for name in ("created_at", "voice")}
    return (
        Member.objects.filter(Q(user__isnull=False) | Q(state=Member.State.GONE))
        .filter(spoke)
        .annotate(first=first["created_at"], voice=first["voice"])
        .filter(first__gte=scope.start, first__lt=scope.end, voice__in=CUSTOMERS)
    )


def _posts(scope: Scope) -> QuerySet[Post]:
    """A member's posts here, the first first."""
    return scope.posts().filter(author=OuterRef("pk")).order_by("created_at")


def _thanks(scope: Scope) -> QuerySet[Thanks]:
    return scope.there(Thanks.objects.filter(member=OuterRef("pk")), "post__topic__space")
