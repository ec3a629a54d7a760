"""What members' help comes to, and the powers that it opens and gives back: a batch of members at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count
from django.utils.timezone import now

from harken.brain import standing as rules
from harken.brain.reputation import Helped, Worth, worths
from harken.community import notice_words
from harken.community.models import (
    HeldPower,
    HelpItem,
    Member,
    Notice,
    Standing,
)
from harken.community.permissions import is_staff
from harken.community.policy import Power
from harken.community.queries.earned import (
    LATELY,
    community_figures,
    decided_against,
    figures_of,
    freezes_of,
    judged_answers,
)

AGAIN_AFTER = timedelta(days=1)  # what fades is worked out once a day
BATCH = 100
HERE = "/community/me/standing/"


def work_out_due(*, at: datetime | None = None, limit: int = BATCH) -> int:
    """Work out what is due, at most `limit` members; how many were. A fixed number of statements."""
    at = at or now()
    ids = list(
        Standing.objects.filter(due_at__lte=at).order_by("due_at").values_list("member_id", flat=True)[:limit]
    )
    if ids:
        work_out(ids, at=at)
    return len(ids)


def work_out(member_ids: Iterable[int], *, at: datetime | None = None) -> None:
    """What these members' help comes to now, with the powers that follow. Safe to run twice."""
    ids, at = sorted(set(member_ids)), at or now()
    community = community_figures()
    mean, steps = community["mean"], rules.steps_for(community["helpers"])
    with transaction.atomic():
        rows = {row.member_id: row for row in Standing.objects.select_for_update().filter(member__in=ids)}
        members = {m.pk: m for m in Member.objects.select_related("user__agent").filter(pk__in=rows)}
        found = _worths(rows, at=at)
        judged = {
            author: (all_, good)
            for author, all_, good in judged_answers(at=at)
            .filter(author__in=rows)
            .values("author_id")
            .annotate(all=Count("id"), good=Count("help_item"))
            .values_list("author_id", "all", "good")
        }
        holds: dict[int, dict[str, HeldPower]] = defaultdict(dict)
        for hold in HeldPower.objects.filter(member__in=rows):
            holds[hold.member_id][hold.power] = hold
        decided = decided_against(rows)
        not_looked_at = _not_looked_at(rows, searched_at=community["searched_at"])
        turning = _Turning(at)
        for member_id, row in rows.items():
            member = members[member_id]
            _fill(row, found[member_id], judged.get(member_id, (0, 0)), at=at)
            if is_staff(member) or member.state == Member.State.GONE:
                turning.end(member, holds[member_id])
                continue
            figures = figures_of(row, member, mean=mean, decided_at=decided.get(member_id), at=at)
            may_open = member_id not in not_looked_at
            turning.turn(member, holds[member_id], steps, figures, mean=mean, may_open=may_open)
        Standing.objects.bulk_update(
            rows.values(),
            [
                "credit",
                "frozen",
                "people",
                "people_lately",
                "good",
                "judged",
                "parts",
                "computed_at",
                "due_at",
            ],
        )
        turning.keep()


def _not_looked_at(member_ids: Iterable[int], *, searched_at: datetime | None) -> set[int]:
    """Of these, who has help in the ledger that no search for rings has seen yet: nothing new is opened to them."""
    items = HelpItem.objects.filter(helper__in=list(member_ids))
    if searched_at is not None:
        items = items.filter(noted_at__gt=searched_at)
    return set(items.values_list("helper_id", flat=True))


def _worths(member_ids: Iterable[int], *, at: datetime) -> dict[int, list[Worth]]:
    items = [
        Helped(*values)
        for values in HelpItem.objects.filter(helper__in=list(member_ids)).values_list(
            "helper_id", "who", "at", "is_staff_verified", "helped_later"
        )
    ]
    found: dict[int, list[Worth]] = defaultdict(list)
    for worth in worths(items, rings=freezes_of(member_ids), at=at):
        found[worth.item.helper].append(worth)
    return found


def _fill(row: Standing, found: list[Worth], judged: tuple[int, int], *, at: datetime) -> None:
    counted = [one for one in found if not one.is_frozen]
    row.credit = sum(one.credit for one in counted)
    row.frozen = sum(one.credit for one in found if one.is_frozen)
    row.people = len({one.item.asker for one in counted})
    row.people_lately = len({one.item.asker for one in counted if one.item.at > at - LATELY})
    row.judged, row.good = judged
    row.parts = {
        "plain": sum(one.plain for one in counted),
        "later": sum(one.later for one in counted),
        "verified": sum(one.verified for one in counted),
        "repeated": sum(one.repeated for one in counted),
        "capped": sum(one.capped for one in counted),
        "items": len(counted),
        "verified_items": sum(one.item.is_staff_verified for one in counted),
        "repeated_items": sum(one.repeated < 0 for one in counted),
    }
    row.computed_at, row.due_at = at, at + AGAIN_AFTER


class _Turning:
    """What becomes of the powers of a batch, kept together at its end."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.made: list[HeldPower] = []
        self.changed: list[HeldPower] = []
        self.gone: list[int] = []
        self.members: list[Member] = []
        self.notices: list[Notice] = []

    def turn(
        self,
        member: Member,
        holds: Mapping[str, HeldPower],
        steps: list[rules.Step],
        figures: rules.Figures,
        *,
        mean: float,
        may_open: bool,
    ) -> None:
        counted = []
        for step in steps:
            row = holds.get(step.power)
            conditions = rules.conditions(step, figures, mean=mean)
            is_decided = any(one.name == "clean" for one in conditions)
            is_earned = all(one.is_met for one in conditions) and (row is not None or may_open)
            holding, told = rules.turn(_holding(row), is_earned=is_earned, is_decided=is_decided, at=self.at)
            self._keep_hold(member, step.power, row, holding)
            if holding is not None and holding.state is not rules.Hold.RESTING:
                counted.append(step.power)
            if told and member.user_id is not None:
                self._tell(member, step.power, told, conditions, holding)
        self._count(member, counted)

    def end(self, member: Member, holds: Mapping[str, HeldPower]) -> None:
        """Whoever works for the company, or left, holds nothing by standing."""
        self.gone += [row.pk for row in holds.values()]
        self._count(member, [])

    def _count(self, member: Member, counted: list[str]) -> None:
        wanted = [power.value for power in Power if power.value in counted]
        if member.powers != wanted:
            member.powers = wanted
            self.members.append(member)

    def _keep_hold(
        self, member: Member, power: str, row: HeldPower | None, holding: rules.Holding | None
    ) -> None:
        if holding is None:
            if row is not None:
                self.gone.append(row.pk)
            return
        values = (holding.state.value, holding.leaves_at, holding.why.value if holding.why else "")
        if row is None:
            self.made.append(
                HeldPower(
                    member=member,
                    power=power,
                    state=values[0],
                    since=holding.since,
                    leaves_at=values[1],
                    why=values[2],
                )
            )
        elif (row.state, row.leaves_at, row.why) != values:
            row.state, row.leaves_at, row.why = values
            self.changed.append(row)

    def _tell(
        self,
        member: Member,
        power: str,
        told: str,
        conditions: list[rules.Met],
        holding: rules.Holding | None,
    ) -> None:
        said = notice_words.standing(
            told,
            power,
            conditions=conditions,
            leaves_at=holding.leaves_at if holding else None,
            why=holding.why.value if holding and holding.why else "",
        )
        key = f"standing:{member.pk}:{power}:{told}:{self.at:%Y%m%d}"
        self.notices.append(
            Notice(
                member=member,
                kind=Notice.Kind.STANDING,
                said=said,
                address=HERE,
                key=key,
                at=self.at,
                words=notice_words.words_for(member, said),
            )
        )

    def keep(self) -> None:
        """Write what was gathered (caller's transaction)."""
        if self.gone:
            HeldPower.objects.filter(pk__in=self.gone).delete()
        if self.made:
            HeldPower.objects.bulk_create(self.made, ignore_conflicts=True)
        if self.changed:
            HeldPower.objects.bulk_update(self.changed, ["state", "leaves_at", "why"])
        if self.members:
            Member.objects.bulk_update(self.members, ["powers"])
        if self.notices:
            Notice.objects.bulk_create(self.notices, ignore_conflicts=True)


def _holding(row: HeldPower | None) -> rules.Holding | None:
    if row is None:
        return None
    why = rules.Why(row.why) if row.why else None
    return rules.Holding(rules.Hold(row.state), row.since, row.used_at, row.leaves_at, why)
