"""Each night, when everybody is worked out: who may be asked to be a super user, who stays one, who rises, who tires."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import Length
from django.utils.timezone import now

from harken.brain import fatigue, stars
from harken.brain import standing as rules
from harken.community.models import HelpItem, Invitation, Member, Post, Round, Standing, SuperUserCall
from harken.community.policy import Voice
from harken.community.queries.earned import (
    NIGHTLY,
    community_figures,
    decided_against,
    figures_of,
    ranked_standings,
)
from harken.community.wording import day

from .super_users import end_unmet, tell_super

LISTED = 12  # who is near
ASKED_LATELY = timedelta(days=180)  # who said no is not asked again so soon
WEEK = timedelta(days=7)
DAY = timedelta(days=1)


def rank_community(*, at: datetime | None = None) -> None:
    """All of it; a fixed number of statements but for the few super users."""
    at = at or now()
    _find_candidates(at)
    keep_super_users(at=at)
    _find_rising(at)
    _find_tired(at)


def _find_candidates(at: datetime) -> None:
    community = community_figures()
    rows = list(ranked_standings().select_related("member")[: 3 * community["seats"] + LISTED])
    if rows:  # as of now: since the round counted it every credit has faded, that of the last seat too
        community["least_credit"] = rows[min(community["seats"], len(rows)) - 1].credit
    decided = decided_against([row.member_id for row in rows])
    asked = set(
        SuperUserCall.objects.filter(
            Q(state__in=["invited", "accepted"]) | Q(state="declined", answered_at__gt=at - ASKED_LATELY),
            member__in=[row.member_id for row in rows],
        ).values_list("member_id", flat=True)
    )
    candidates, near = [], []
    for row in rows:
        member = row.member
        if member.is_super_user or member.user_id is None or row.member_id in asked:
            continue
        figures = figures_of(
            row, member, mean=community["mean"], decided_at=decided.get(row.member_id), at=at
        )
        conditions = rules.super_conditions(
            figures, least_credit=community["least_credit"], mean=community["mean"]
        )
        missing = sum(not one.is_met for one in conditions)
        if not missing:
            candidates.append(member.pk)
        else:
            near.append((missing, -row.credit, member.pk))
    keep_figures(
        least_credit=community["least_credit"],
        candidates=candidates,
        near=[pk for *_, pk in sorted(near)[:LISTED]],
    )


def keep_figures(**found: Any) -> None:
    """Put these beside what the round found of the community."""
    row = Round.objects.get(name=NIGHTLY)
    row.figures = {**row.figures, **found}
    row.save(update_fields=["figures"])


def keep_super_users(*, at: datetime) -> None:
    """Who stays a super user: told a month before it ends, and when it stays after all."""
    community = community_figures()
    members = list(Member.objects.filter(is_super_user=True).select_related("user"))
    calls = {
        call.member_id: call
        for call in SuperUserCall.objects.filter(state="accepted", member__in=members).select_related(
            "member__user"
        )
    }
    rows = Standing.objects.in_bulk([one.pk for one in members])
    for member in members:
        call = calls.get(member.pk)
        if call is None:  # named before there was asking
            call = SuperUserCall.objects.create(member=member, state="accepted", words="", answered_at=at)
        row = rows.get(member.pk) or Standing(member=member)
        figures = figures_of(row, member, mean=community["mean"], decided_at=None, at=at)
        kept = rules.super_kept(figures, least_credit=community["least_credit"], mean=community["mean"])
        is_kept = all(one.is_met for one in kept)
        with transaction.atomic():
            if is_kept and call.leaves_at is not None:
                SuperUserCall.objects.filter(pk=call.pk).update(leaves_at=None)
                tell_super(member, "stays", at=at)
            elif not is_kept and call.leaves_at is None:
                leaves_at = at + rules.NOTICE
                SuperUserCall.objects.filter(pk=call.pk).update(leaves_at=leaves_at)
                tell_super(member, "leaving", day=day(leaves_at), at=at)
            elif not is_kept and call.leaves_at is not None and call.leaves_at <= at:
                end_unmet(call, at=at)


def _find_rising(at: datetime) -> None:
    """Who is new and helps more than nine of ten did at the same age. Peers are read, at most three years back."""
    joined: dict[int, float] = {}
    helped: dict[int, list[float]] = defaultdict(list)
    rows = HelpItem.objects.filter(
        at__gt=at - timedelta(days=1100), helper__state=Member.State.ACTIVE, helper__user__agent__isnull=True
    ).values_list("helper_id", "helper__joined_at", "at")
    for member_id, joined_at, moment in rows.iterator(chunk_size=5000):
        joined[member_id] = max(0.0, (at - joined_at) / DAY)
        helped[member_id].append((at - moment) / DAY)
    found = stars.rising(joined, helped)
    before = {row.member_id: row for row in Standing.objects.exclude(rising={})}
    _keep({pk: one._asdict() for pk, one in found.items()}, before, "rising", {})


def _find_tired(at: datetime) -> None:
    """Who helps less than their own usual weeks; read are only those who helped about weekly."""
    weeks = fatigue.BASE_WEEKS + fatigue.WATCHED
    since = at - weeks * WEEK
    answers = Post.objects.filter(
        kind=Post.Kind.ANSWER, state=Post.State.SHOWN, voice=Voice.CUSTOMER, created_at__gt=since, created_at__lte=at
    )  # fmt: skip
    steady = (
        answers.filter(author__state=Member.State.ACTIVE)
        .values("author_id")
        .annotate(all=Count("id"))
        .filter(all__gte=fatigue.LEAST_MEAN * fatigue.LEAST_WEEKS)
        .values_list("author_id", flat=True)
    )
    told: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for author, moment, length in (
        answers.filter(author__in=list(steady))
        .order_by("created_at")
        .values_list("author_id", "created_at", Length("text"))
    ):
        told[author].append((moment, length))
    left = dict(
        Invitation.objects.filter(member__in=told, state=Invitation.State.EXPIRED, at__gt=at - 8 * WEEK)
        .values("member_id")
        .annotate(all=Count("id"))
        .values_list("member_id", "all")
    )
    found = {}
    for author, said in told.items():
        signs = fatigue.signs(weeks_of(said, at=at, left=left.get(author, 0)))
        if signs:
            found[author] = [one._asdict() for one in signs]
    before = {row.member_id: row for row in Standing.objects.exclude(tired=[])}
    _keep(found, before, "tired", [])


def weeks_of(said: list[tuple[datetime, int]], *, at: datetime, left: int = 0) -> fatigue.Weeks:
    """A member's answers (when, how long; oldest first) in weeks that end now, from their first week on."""
    ages = [(at - moment) // WEEK for moment, _length in said]
    counts = [0] * (ages[0] + 1)
    for age in ages:
        counts[-1 - age] += 1
    moments = [moment for moment, _length in said]
    gaps = [(later - before) / DAY for before, later in pairwise(moments)]
    return fatigue.Weeks(counts, [length for _moment, length in said], gaps, (at - moments[-1]) / DAY, left)


def _keep(found: dict[int, Any], before: dict[int, Standing], name: str, empty: Any) -> None:
    """Write what was found into the standings, and take it from those of whom it does not hold any more."""
    rows = {row.member_id: row for row in Standing.objects.filter(member__in=list(found))} | before
    for member_id, row in rows.items():
        setattr(row, name, found.get(member_id, empty))
    Standing.objects.bulk_update(rows.values(), [name], batch_size=500)
