"""What waits for a moderator, by need; what belongs beside one case; and the public log. The number of statements does not
grow with the rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.timezone import now

from harken.brain.normalise import is_near_duplicate
from harken.community import judging
from harken.community.judging import Act, Barrier
from harken.community.models import (
    Agreement,
    Appeal,
    Case,
    Decision,
    Flag,
    Member,
    Post,
    Rules,
    ServerReport,
    Space,
)
from harken.community.permissions import (
    cases_visible_to,
    is_staff,
    may_moderate,
    member_moderators,
    spaces_visible_to,
)
from harken.community.policy import Voice

from .ruling import in_force, reporters_of

MOST_WAITING = 200
MOST_ALIKE = 50
A_YEAR = timedelta(days=365)


@dataclass(slots=True)
class Item:
    """One thing that waits: a case, or an appeal."""

    case: Case
    appeal: Appeal | None
    need: float
    flags: list[Flag] = field(default_factory=list)
    barrier: Barrier | None = None
    from_servers: list[ServerReport] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Its part of an address."""
        return f"a{self.appeal.pk}" if self.appeal else f"c{self.case.pk}"

    @property
    def opened_at(self) -> datetime:
        return self.appeal.at if self.appeal else self.case.opened_at

    @property
    def due_at(self) -> datetime:
        return self.appeal.due_at if self.appeal else self.case.due_at

    @property
    def is_held(self) -> bool:
        return self.case.post is not None and self.case.post.state == Post.State.HELD

    @property
    def rule(self) -> int:
        """The number of the rule that most reports name; 0 without a report."""
        counted = Counter(flag.rule for flag in self.flags).most_common(1)
        return counted[0][0] if counted else 0

    @property
    def looker(self) -> Member | None:
        thing = self.appeal or self.case
        fresh = thing.looked_at is not None and now() - thing.looked_at < judging.LOOKING_FOR
        return thing.looker if fresh else None


def waiting_for(member: Member, *, at: datetime | None = None) -> list[Item]:
    """Everything this moderator may decide, what needs it most first; what they may not decide, or passed on, is not in
    it. Eight statements at most."""
    at = at or now()
    cases = [
        case
        for case in cases_visible_to(member)
        .filter(Q(post=None) | ~Q(post__state=Post.State.REMOVED), decided_at=None)
        .select_related("post__topic__space", "about__user__agent", "looker")
        .order_by("due_at", "id")[:MOST_WAITING]
        if member.pk not in case.passed_by
    ]
    appeals = list(_appeals(member)[:MOST_WAITING])
    by_case: dict[int, list[Flag]] = defaultdict(list)
    wanted = [case.pk for case in cases] + [one.decision.case_id for one in appeals]
    for flag in Flag.objects.filter(case__in=wanted).order_by("at"):
        by_case[flag.case_id].append(flag)
    by_server: dict[int, list[ServerReport]] = defaultdict(list)
    for report in ServerReport.objects.filter(case__in=wanted).order_by("at"):
        by_server[report.case_id].append(report)
    weights = {
        one.member_id: judging.weight_of(one)
        for one in reporters_of({flag.member_id for flags in by_case.values() for flag in flags}, at=at)
    }
    found: list[Item] = []
    for case in cases:
        flags = by_case.get(case.pk, [])
        item = Item(case, None, 0.0, flags, from_servers=by_server.get(case.pk, []))
        item.need = judging.need(
            weights=[
                *(weights.get(flag.member_id, 0.1) for flag in flags),
                *(judging.SERVER_WEIGHT for _report in item.from_servers),
            ],
            is_held=item.is_held,
            opened_at=case.opened_at,
            due_at=case.due_at,
            at=at,
            is_urgent=bool(case.urgent),
        )
        found.append(item)
    for one in appeals:
        need = judging.need(weights=(), is_held=True, opened_at=one.at, due_at=one.due_at, at=at)
        found.append(Item(one.decision.case, one, need, by_case.get(one.decision.case_id, [])))
    _bar(found, member)
    found = [item for item in found if item.barrier is None]
    found.sort(key=lambda item: (-item.need, item.key))
    return found


def due_to_tell(at: datetime, *, limit: int = 50) -> list[Item]:
    """What waits and of which moderators have not heard though they should, with its reports; three statements."""
    cases = (
        Case.objects.filter(decided_at=None, tell_at__lte=at)
        .filter(Q(post=None) | ~Q(post__state=Post.State.REMOVED))
        .select_related("post__topic__space", "about__user__agent")
        .order_by("tell_at")[:limit]
    )
    appeals = (
        Appeal.objects.filter(judged_at=None, tell_at__lte=at)
        .select_related("decision__case__post__topic__space", "decision__case__about__user__agent")
        .order_by("tell_at")[:limit]
    )
    found = [Item(case, None, 0.0) for case in cases]
    found += [Item(one.decision.case, one, 0.0) for one in appeals]
    by_case: dict[int, list[Flag]] = defaultdict(list)
    for flag in Flag.objects.filter(case__in=[item.case.pk for item in found]) if found else ():
        by_case[flag.case_id].append(flag)
    for item in found:
        item.flags = by_case.get(item.case.pk, [])
    return found


def may_decide(member: Member, items: Sequence[Item]) -> list[Item]:
    """Those of these that this moderator may decide: in spaces they read, not about or against themselves, and not what
    they passed on; two statements, three for the company's people."""
    cases = set(
        cases_visible_to(member).filter(pk__in=[one.case.pk for one in items]).values_list("pk", flat=True)
    )
    appeals = set(
        _appeals(member)
        .filter(pk__in=[one.appeal.pk for one in items if one.appeal])
        .values_list("pk", flat=True)
    )
    mine = [
        one
        for one in items
        if (one.appeal.pk in appeals if one.appeal else one.case.pk in cases)
        and member.pk not in one.case.passed_by
    ]
    _bar(mine, member)
    return [one for one in mine if one.barrier is None]


def _appeals(member: Member) -> QuerySet[Appeal]:
    if not may_moderate(member):
        return Appeal.objects.none()
    spaces = spaces_visible_to(member).filter(pk=OuterRef("decision__post__topic__space_id"))
    return (
        Appeal.objects.filter(Q(decision__post=None) | Exists(spaces), judged_at=None)
        .exclude(by=member)
        .select_related(
            "decision__case__post__topic__space",
            "decision__case__about__user__agent",
            "decision__case__looker",
            "decision__by",
            "looker",
        )
        .order_by("due_at", "id")
    )


def _bar(items: Sequence[Item], member: Member) -> None:
    staff = is_staff(member)
    moderators: set[int] | None = None
    for item in items:
        case, decision = item.case, item.appeal.decision if item.appeal else None
        company = decision.on_company if decision else _is_company(case)
        if staff and company and moderators is None:
            moderators = member_moderators()
        item.barrier = judging.barrier(
            member_id=member.pk or 0,
            is_staff=staff,
            about_id=case.about_id,
            is_about_company=company,
            reporter_ids=[flag.member_id for flag in item.flags],
            decider_id=decision.by_id if decision else None,
            member_moderators=moderators or (),
        )


def _is_company(case: Case) -> bool:
    return (case.post is not None and Voice(case.post.voice).is_company) or is_staff(case.about)


@dataclass(slots=True)
class Beside:
    """What a moderator might want to know of one case."""

    days: int  # its author is here
    helped: int
    shown: int  # their posts that others see
    upheld: int  # earlier decisions against them that stand
    thanks: int  # for this post
    parent: Post | None  # what it replies to
    alike: list[Case]  # open cases of the same text or the same author, for all at once
    ended: list[tuple[str, int]]  # how cases under this rule ended in the last year, the most frequent first


def beside(item: Item, *, waiting: Sequence[Item], at: datetime | None = None) -> Beside:
    """Its author's history, what it replies to, and what waits alike; four statements."""
    at = at or now()
    case, post = item.case, item.case.post
    about = case.about
    upheld = (
        Decision.objects.filter(about=about, undone_at=None)
        .exclude(act__in=[Act.KEEP.value, Act.MOVE.value])
        .exclude(case=case)
        .count()
    )
    ended = (
        Decision.objects.filter(rule=item.rule, at__gt=at - A_YEAR, undone_at=None)
        .values_list("act")
        .annotate(n=Count("pk"))
        .order_by("-n")
        if item.rule
        else ()
    )
    parent = None
    if post is not None and post.kind != Post.Kind.OPENING:
        above = Q(pk=post.parent_id) if post.parent_id else Q(topic=post.topic_id, kind=Post.Kind.OPENING)
        parent = Post.objects.filter(above, state=Post.State.SHOWN).select_related("author").first()
    alike = []
    if item.appeal is None and post is not None:
        alike = [
            other.case
            for other in waiting
            if other.appeal is None
            and other.case.pk != case.pk
            and other.case.post is not None
            and (other.case.about_id == about.pk or is_near_duplicate(other.case.mark, case.mark))
        ][:MOST_ALIKE]
    return Beside(
        days=(at - about.joined_at).days,
        helped=about.helped,
        shown=Post.objects.filter(author=about, state=Post.State.SHOWN).count(),
        upheld=upheld,
        thanks=post.thanks if post else 0,
        parent=parent,
        alike=alike,
        ended=list(ended)[:3],
    )


# ---- how long it takes ---------------------------------------------------------------------------------------

USUAL_OF = 20  # decisions


def usual_wait() -> timedelta:
    """How long what waits has usually waited lately: the median of the last decisions; before there are five, what is
    promised."""
    waits = sorted(
        decided - opened
        for opened, decided in Case.objects.filter(decided_at__isnull=False)
        .order_by("-decided_at")
        .values_list("opened_at", "decided_at")[:USUAL_OF]
        if decided is not None
    )
    return waits[len(waits) // 2] if len(waits) >= 5 else judging.LOOK_WITHIN["held"]


# ---- the log -------------------------------------------------------------------------------------------------

LOGGED = [act.value for act in Act if act is not Act.KEEP]
PAGE = 40


def everybodys() -> QuerySet[Decision]:
    """What the public log tells of: decided where everybody read it, and where everybody still does. A space that was
    closed to the public since takes its lines with it; nothing is lost, and opened again they stand there as before."""
    spaces = spaces_visible_to(None).filter(pk=OuterRef("post__topic__space_id"))
    return Decision.objects.filter(Q(post=None) | Exists(spaces), act__in=LOGGED, is_public=True)


def log_rows(*, before: int = 0, limit: int = PAGE) -> list[list[Decision]]:
    """The public log, newest first: what, under which rule, when, and whether it was taken back; what was decided at once
    stands together. Without who it was about, who reported it and what it said; one statement."""
    public = everybodys()
    alike = Exists(public.filter(first=OuterRef("pk")))  # decided at once, in spaces that have parted since
    lines = Decision.objects.filter(Exists(public.filter(pk=OuterRef("pk"))) | alike, first=None)
    lines = lines.order_by("-id")
    if before:
        lines = lines.filter(pk__lt=before)
    ids = lines.values("pk")[:limit]
    rows = public.filter(Q(pk__in=ids) | Q(first__in=ids)).select_related("appeal")
    found: dict[int, list[Decision]] = {}
    for row in rows.defer("before", "case", "post", "about", "by", "undone_by").order_by("id"):
        found.setdefault(row.first_id or row.pk, []).append(row)
    return [found[pk] for pk in sorted(found, reverse=True)]


def log_versions(*, after: datetime | None, until: datetime | None) -> list[Rules]:
    """Versions of the rules that came into force between two moments, newest first, with how many members agreed by
    joining (`joined`) and by writing (`wrote`); nobody's name. One statement."""
    rows = in_force().annotate(
        joined=Count("agreements", filter=Q(agreements__act=Agreement.Act.JOINED)),
        wrote=Count("agreements", filter=Q(agreements__act=Agreement.Act.WROTE)),
    )
    if after is not None:
        rows = rows.filter(in_force_at__gt=after)
    if until is not None:
        rows = rows.filter(in_force_at__lte=until)
    return list(rows.select_related("vote")[:PAGE])


@dataclass(frozen=True, slots=True)
class LogFigures:
    """Of the last thirty days, in places that everybody reads."""

    posts: int
    by_company: int
    acts: int
    by_staff: int
    appeals: int
    put_right: int

    @property
    def company_share(self) -> int:
        """Of a hundred posts."""
        return round(100 * self.by_company / self.posts) if self.posts else 0


def log_figures(*, at: datetime | None = None) -> LogFigures:
    """How much was said and by the company, how much was decided and by whom; three statements."""
    since = (at or now()) - timedelta(days=30)
    posts = Post.objects.filter(
        created_at__gt=since, state=Post.State.SHOWN, topic__is_shown=True, origin=None,
        topic__space__audience=Space.Audience.EVERYONE,
    ).aggregate(all=Count("pk"), company=Count("pk", filter=Q(voice__in=[Voice.EMPLOYEE.value, Voice.BRAND.value])))  # fmt: skip
    public = everybodys()
    acts = public.filter(at__gt=since).aggregate(all=Count("pk"), staff=Count("pk", filter=Q(by_staff=True)))
    told = Exists(public.filter(pk=OuterRef("decision_id")))
    appeals = Appeal.objects.filter(told, at__gt=since).aggregate(
        all=Count("pk"), granted=Count("pk", filter=Q(is_granted=True))
    )
    return LogFigures(
        posts["all"], posts["company"], acts["all"], acts["staff"], appeals["all"], appeals["granted"]
    )
