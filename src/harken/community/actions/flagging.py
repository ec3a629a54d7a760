"""Reporting what breaks a rule: once a person and thing, with the rule and words; nobody is ever told who it was."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.base import journal
from harken.community import judging
from harken.community.events import CaseFlagged, CaseOpened, PostRemoved
from harken.community.judging import LOOK_WITHIN
from harken.community.models import Case, Flag, Member, Post, ServerReport
from harken.community.permissions import is_staff
from harken.community.queries.ruling import current_rules, reporters_of

from .changing import NotAllowed, NotUnderstood, Overtaken, TooMuch, check_writer, lock, touch
from .editing import turn_post
from .holding import open_case


def flag_post(post: Post, *, by: Member, rule: int, words: str = "", at: datetime | None = None) -> Flag:
    """Report a post, or a topic by its opening; raises NotAllowed, NotUnderstood, TooMuch. Reporting it again is the first
    report. Enough trusted reports hide it until somebody looked (`judging.holds`)."""
    at = at or now()
    known = Flag.objects.filter(member=by, post=post).first()
    if known is not None:
        return known
    _check(by, about_id=post.author_id, rule=rule, at=at)
    with transaction.atomic():
        topic = lock(post.topic_id)
        row = Post.objects.select_related("author").get(pk=post.pk)
        if row.state == Post.State.REMOVED:
            raise Overtaken(_("It is not shown any more."))
        case = open_case(row, at=at)
        flag = _keep(case, by=by, post=row, about_id=row.author_id, rule=rule, words=words, at=at)
        if row.state == Post.State.SHOWN and judging.holds(
            reporters_of(case.flags.values_list("member_id", flat=True)), author_helped=row.author.helped
        ):
            turn_post(topic, row, Post.State.HELD, at=at)
            Case.objects.filter(pk=case.pk).update(reasons=[*case.reasons, ["reported", 0.0]])
            touch(
                topic, PostRemoved, by=None, at=at, post_id=row.pk, member_id=row.author_id, state=row.state
            )
    return flag


def flag_member(about: Member, *, by: Member, rule: int, words: str = "", at: datetime | None = None) -> Flag:
    """Report a member's name or profile; as `flag_post`."""
    at = at or now()
    known = Flag.objects.filter(member=by, post=None, about=about).first()
    if known is not None:
        return known
    _check(by, about_id=about.pk, rule=rule, at=at)
    with transaction.atomic():
        urgent = judging.urgency(f"{about.name}\n{about.line}\n{about.about}", is_shown=True)
        due_at = at + LOOK_WITHIN["flagged"]
        case, is_new = Case.objects.get_or_create(
            post=None,
            about=about,
            decided_at=None,
            defaults={
                "opened_at": at,
                "due_at": due_at,
                "urgent": urgent,
                "tell_at": judging.tell_at(urgent=urgent, opened_at=at, due_at=due_at),
                "is_demo": about.is_demo,
            },
        )
        if is_new:
            journal.record(CaseOpened(subject_id=case.pk, at=at))
        return _keep(case, by=by, post=None, about_id=about.pk, rule=rule, words=words, at=at)


def flag_from_server(post: Post, *, server: str, words: str = "", at: datetime | None = None) -> bool:
    """Another server asks for a look; False where it had asked before, or the post is gone. It hides nothing and raises
    no alarm: only what members of the house say does."""
    at = at or now()
    with transaction.atomic():
        topic = lock(post.topic_id)
        row = Post.objects.select_related("topic").get(pk=post.pk)
        if row.state == Post.State.REMOVED or ServerReport.objects.filter(server=server, post=row).exists():
            return False
        case = open_case(row, at=at)
        words = " ".join(words.split())[:300]
        ServerReport.objects.create(case=case, post=row, server=server, words=words, at=at)
        journal.record(CaseFlagged(subject_id=case.pk, scope_id=topic.space_id, at=at))
    return True


def _keep(
    case: Case, *, by: Member, post: Post | None, about_id: int, rule: int, words: str, at: datetime
) -> Flag:
    flag = Flag.objects.create(
        case=case,
        member=by,
        post=post,
        about_id=about_id,
        rule=rule,
        words=" ".join(words.split())[:300],
        at=at,
    )
    if not case.urgent and judging.urgency("", reports=[flag.words], is_shown=True):
        case.urgent, case.tell_at = judging.THREAT, at
        case.save(update_fields=["urgent", "tell_at"])
    space_id = post.topic.space_id if post is not None else None
    journal.record(CaseFlagged(subject_id=case.pk, scope_id=space_id, at=at))  # without who
    return flag


def _check(by: Member, *, about_id: int, rule: int, at: datetime) -> None:
    check_writer(by)
    if about_id == by.pk:
        raise NotAllowed(_("This is yours: you can edit it or take it away."))
    rules = current_rules(at)
    if rules is None or rule not in {one.number for one in rules.rules.all()}:
        raise NotUnderstood("rule", _("Say which rule it breaks."))
    if (
        not is_staff(by)
        and by.flags_given.filter(at__gt=at - timedelta(days=1)).count() >= judging.MOST_FLAGS_A_DAY
    ):
        raise TooMuch("You reported a lot today. The moderators have it; come back tomorrow.")
