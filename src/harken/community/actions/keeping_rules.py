"""The house rules: drafted, announced, voted on by the members, in force at a date. Old versions stay as they were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.base import journal
from harken.community import judging, screening
from harken.community.events import RulesAgreed, RulesChanged
from harken.community.models import Agreement, Ballot, House, Member, Post, Rule, Rules, Vote
from harken.community.permissions import is_staff, may_moderate, may_write
from harken.community.queries.ruling import current_rules, in_force

from .changing import NotAllowed, NotUnderstood, Overtaken

MOST_RULES = 20
FIRST_RULES: tuple[tuple[str, str], ...] = (
    ("Be kind first", "Everyone was new once. Disagree with what was said, not with who said it."),
    ("Say it once, where it belongs", "The same words in many places help nobody."),
    ("Say what you know, and how you know it", "If you guess, say so."),
    ("No selling", "Neither you nor the company. A shop may stand on your profile."),
    ("Nobody’s private matters", "Not even your own: no booking codes, addresses, numbers."),
)


def first_rules(*, by: Member | None, at: datetime | None = None, is_demo: bool = False) -> Rules:
    """The rules that a house begins with, in force at once; those there are where there are any."""
    known = current_rules(at)
    if known is not None:
        return known
    at = at or now()
    with transaction.atomic():
        rules = _keep(FIRST_RULES, note="", by=by, at=at)
        rules.is_demo = is_demo
        _announce(rules, in_force_at=at, at=at, is_told=True)
    return rules


def draft_rules(
    wanted: Sequence[tuple[str, str]], *, by: Member, note: str = "", at: datetime | None = None
) -> Rules:
    """A new version as a draft; raises NotAllowed, NotUnderstood. One draft at a time: a second one is the first, changed."""
    _check(by)
    rows = _rules_of(wanted)
    with transaction.atomic():
        draft = Rules.objects.select_for_update().filter(state=Rules.State.DRAFT).first()
        if draft is None:
            rules = _keep(rows, note=note, by=by, at=at or now())
        else:
            rules = draft
            rules.note, rules.made_by = " ".join(note.split())[:300], by
            rules.save(update_fields=["note", "made_by"])
            rules.rules.all().delete()
            _put(rules, rows)
        journal.record(RulesChanged(subject_id=rules.pk, actor_id=by.user_id, what="drafted"))
    return rules


def announce_rules(rules: Rules, *, by: Member, days: int, at: datetime | None = None) -> None:
    """Announce a draft, or a version that the members advised on: in force in so many days."""
    _check(by)
    if not 0 <= days <= 90:
        raise NotUnderstood("days", _("Choose 0 to 90 days."))
    at = at or now()
    with transaction.atomic():
        row = Rules.objects.select_for_update().get(pk=rules.pk)
        is_advised = (
            row.state == Rules.State.VOTED
            and Vote.objects.filter(rules=row, counted_at__isnull=False, is_binding=False).exists()
        )
        if row.state != Rules.State.DRAFT and not is_advised:
            raise Overtaken(_("This version is not a draft any more."))
        _announce(row, in_force_at=at + timedelta(days=days), at=at)


def call_vote(rules: Rules, *, by: Member, days: int, is_binding: bool, at: datetime | None = None) -> Vote:
    """Put a draft before the members for some days. Whether the vote binds or advises is said now and stays."""
    _check(by)
    if not judging.SHORTEST_VOTE <= days <= judging.LONGEST_VOTE:
        raise NotUnderstood(
            "days",
            _("Choose %(least)s to %(most)s days.")
            % {"least": judging.SHORTEST_VOTE, "most": judging.LONGEST_VOTE},
        )
    at = at or now()
    with transaction.atomic():
        row = Rules.objects.select_for_update().get(pk=rules.pk)
        if row.state != Rules.State.DRAFT:
            raise Overtaken(_("This version is not a draft any more."))
        vote = Vote.objects.create(
            rules=row, opens_at=at, closes_at=at + timedelta(days=days), is_binding=is_binding
        )
        row.state = Rules.State.VOTED
        row.save(update_fields=["state"])
        journal.record(RulesChanged(subject_id=row.pk, actor_id=by.user_id, at=at, what="vote_called"))
    return vote


def may_vote(member: Member | None, *, at: datetime | None = None) -> bool:
    """Whether this member may vote: here for a while, with something that stayed, and not paid by the company."""
    if member is None or not may_write(member) or is_staff(member):
        return False
    shown = Post.objects.filter(author=member, state=Post.State.SHOWN)[: judging.VOTERS_POSTS].count()
    days = ((at or now()) - member.joined_at).total_seconds() / 86_400
    return judging.may_vote(days=days, shown=shown, is_staff=False, is_active=True)


def cast_ballot(vote: Vote, *, by: Member, is_for: bool, at: datetime | None = None) -> None:
    """Vote, or vote anew while it is open. Nobody is told what anybody voted."""
    at = at or now()
    if is_staff(by):
        raise NotAllowed(_("The company’s people don’t vote here: the rules are the members’."))
    if not may_vote(by, at=at):
        raise NotAllowed(
            _("Who has been here for %(days)s days and has written something may vote.")
            % {"days": judging.VOTERS_DAYS}
        )
    with transaction.atomic():
        row = Vote.objects.select_for_update().get(pk=vote.pk)
        if row.counted_at is not None or at >= row.closes_at:
            raise Overtaken(_("This vote is over."))
        Ballot.objects.update_or_create(vote=row, member=by, defaults={"is_for": is_for, "at": at})


def follow_dates(limit: int = 20) -> int:
    """Count votes whose time is over, and tell of versions whose date has come (a lane); how many."""
    at, done = now(), 0
    for vote_id in Vote.objects.filter(counted_at=None, closes_at__lte=at).values_list("pk", flat=True)[
        :limit
    ]:
        done += count_vote(vote_id, at=at)
    due = Rules.objects.filter(state=Rules.State.ANNOUNCED, is_told=False, in_force_at__lte=at)
    for rules_id in due.values_list("pk", flat=True)[:limit]:
        with transaction.atomic():
            if due.filter(pk=rules_id).update(is_told=True):
                journal.record(RulesChanged(subject_id=rules_id, at=at, what="in_force"))
                done += 1
    return done


def count_vote(vote_id: int, *, at: datetime) -> int:
    """Count a vote whose time is over, once, and destroy its ballots; 1 if this call did it."""
    with transaction.atomic():
        vote = Vote.objects.select_for_update().select_related("rules").get(pk=vote_id)
        if vote.counted_at is not None or at < vote.closes_at:
            return 0
        # who was suspended or came to work here meanwhile does not count
        good = vote.ballots.filter(member__state=Member.State.ACTIVE).exclude(
            member__user__agent__is_active=True
        )
        counts = good.aggregate(
            yes=Count("pk", filter=Q(is_for=True)), no=Count("pk", filter=Q(is_for=False))
        )
        vote.voted_for, vote.voted_against, vote.counted_at = counts["yes"], counts["no"], at
        vote.might_vote = _who_might(vote.closes_at)
        vote.save(update_fields=["voted_for", "voted_against", "counted_at", "might_vote"])
        vote.ballots.all().delete()
        if vote.is_binding:
            if judging.is_accepted(voted_for=vote.voted_for, voted_against=vote.voted_against):
                _announce(vote.rules, in_force_at=at, at=at, is_told=True)
            else:
                Rules.objects.filter(pk=vote.rules_id).update(state=Rules.State.REFUSED)
        journal.record(RulesChanged(subject_id=vote.rules_id, at=at, what="vote_counted"))
    return 1


def _who_might(at: datetime) -> int:
    since = at - timedelta(days=judging.VOTERS_DAYS)
    members = Member.objects.filter(state=Member.State.ACTIVE, user__isnull=False, joined_at__lte=since)
    spoke = members.exclude(user__agent__is_active=True).filter(posts__state=Post.State.SHOWN)
    return spoke.distinct().count()


def accept_rules(member: Member, *, number: int, act: str, at: datetime | None = None) -> bool:
    """By joining or writing (`act`, of Agreement.Act) under a line that named version `number`, a member agrees to it;
    recorded once. False where there is nothing to record: not in force yet, agreed to before, or one of the company's
    people, who are bound by their work."""
    at = at or now()
    versions = list(in_force(at)) if number > 0 and not is_staff(member) else []
    rules = next((one for one in versions if one.number == number), None)
    if rules is None:
        return False
    with transaction.atomic():
        _row, is_new = Agreement.objects.get_or_create(
            member=member, rules=rules, defaults={"act": act, "at": at}
        )
        if member.rules_agreed != versions[0].number:  # else an old page says what was agreed to before
            member.rules_agreed = number
            Member.objects.filter(pk=member.pk).update(rules_agreed=number)
        if is_new:
            journal.record(RulesAgreed(subject_id=rules.pk, actor_id=member.user_id, at=at))
    return is_new


def set_strictness(value: str, *, by: Member) -> None:
    """How many first posts wait for a look."""
    _check(by)
    if value not in set(screening.Strictness):
        raise NotUnderstood("strictness", _("Choose one of them."))
    row = House.objects.first() or House()
    row.strictness = value
    row.save()


def _check(by: Member) -> None:
    if not may_moderate(by):
        raise NotAllowed(_("The rules are kept by moderators."))


def _rules_of(wanted: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    rows = [(" ".join(title.split()), words.strip()) for title, words in wanted]
    rows = [(title, words) for title, words in rows if title or words]
    if not rows:
        raise NotUnderstood("rules", _("Write one rule at least."))
    if len(rows) > MOST_RULES:
        raise NotUnderstood(
            "rules", _("%(count)s rules is the most; nobody reads more.") % {"count": MOST_RULES}
        )
    for number, (title, words) in enumerate(rows, 1):
        if not title or len(title) > 80 or len(words) > 500:
            raise NotUnderstood(
                "rules",
                _("Rule %(number)s needs a name of up to 80 characters, and up to 500 to explain it.")
                % {"number": number},
            )
    return rows


def _keep(rows: Sequence[tuple[str, str]], *, note: str, by: Member | None, at: datetime) -> Rules:
    number = (Rules.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    rules = Rules.objects.create(number=number, note=" ".join(note.split())[:300], made_by=by, made_at=at)
    _put(rules, rows)
    return rules


def _put(rules: Rules, rows: Sequence[tuple[str, str]]) -> None:
    Rule.objects.bulk_create(
        [Rule(rules=rules, number=n, title=title, words=words) for n, (title, words) in enumerate(rows, 1)]
    )


def _announce(rules: Rules, *, in_force_at: datetime, at: datetime, is_told: bool = False) -> None:
    rules.state, rules.announced_at, rules.in_force_at = Rules.State.ANNOUNCED, at, in_force_at
    rules.is_told = is_told or in_force_at <= at
    rules.save()
    journal.record(RulesChanged(subject_id=rules.pk, at=at, what="announced"))
