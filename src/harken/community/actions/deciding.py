"""What a moderator decides: with a rule and a reason, never about one's own, told to its author and in the log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext, gettext_noop

from harken.base import journal
from harken.community import judging, policy
from harken.community.events import DecisionMade
from harken.community.judging import Act, Barrier
from harken.community.models import Case, Decision, Flag, Member, Rule, Space
from harken.community.permissions import is_staff, may_moderate, member_moderators
from harken.community.queries.ruling import current_rules

from .changing import NotAllowed, NotUnderstood, Overtaken, lock
from .powers import use_power
from .taking_effect import carry_out
from .telling import forget_waiting
from .telling_decisions import tell_decision

LONGEST_REASON = 400
BARRED = {
    Barrier.OWN: gettext_noop("Nobody decides about themselves. Somebody else looks at this."),
    Barrier.REPORTED: gettext_noop("You reported this, so somebody else decides."),
    Barrier.COMPANY: gettext_noop(
        "The company’s posts are judged by member moderators first. It waits for one of them."
    ),
    Barrier.DECIDED: gettext_noop("You decided this, so somebody else judges the appeal."),
}
DONE = {  # what was done, in sentences
    Act.KEEP: gettext_noop("kept"),
    Act.ASK_EDIT: gettext_noop("asked to edit"),
    Act.HOLD: gettext_noop("hidden"),
    Act.REMOVE: gettext_noop("removed"),
    Act.CLOSE: gettext_noop("closed"),
    Act.LOCK: gettext_noop("closed for good"),
    Act.MOVE: gettext_noop("moved"),
    Act.WARN: gettext_noop("warned"),
    Act.SUSPEND: gettext_noop("suspended"),
    Act.BAN: gettext_noop("banned"),
}


def decide(
    case: Case,
    *,
    by: Member,
    act: str,
    rule: int,
    reason: str,
    days: int = 0,
    space: Space | None = None,
    at: datetime | None = None,
) -> Decision:
    """Decide a case. Raises NotAllowed (own, reported, the company's), Overtaken (somebody else decided), NotUnderstood.

    `days`: of a suspension; `space`: where a topic is moved.
    """
    return decide_alike([case], by=by, act=act, rule=rule, reason=reason, days=days, space=space, at=at)[0]


def decide_alike(
    cases: Sequence[Case],
    *,
    by: Member,
    act: str,
    rule: int,
    reason: str,
    days: int = 0,
    space: Space | None = None,
    at: datetime | None = None,
) -> list[Decision]:
    """Decide the first case, and those alike with it: all or none. Cases that others decided meanwhile are left as
    they are, but for the first: that one being decided raises Overtaken."""
    at = at or now()
    check_moderator(by)
    try:
        wanted = Act(act)
    except ValueError:
        raise NotUnderstood("act", gettext("Choose what shall be done.")) from None
    named = _rule(rule, at)
    made: list[Decision] = []
    with transaction.atomic():
        for topic_id in sorted({one.post.topic_id for one in cases if one.post is not None}):
            lock(topic_id)  # before the cases: who reports takes them in this order
        for number, one in enumerate(cases):
            row = (
                Case.objects.select_for_update(of=("self",), no_key=True)
                .select_related("about__user__agent")
                .get(pk=one.pk)
            )
            if row.decided_at is not None:
                if number == 0:
                    raise Overtaken(_decided_words(row))
                continue
            made.append(
                _decide(row, by=by, act=wanted, named=named, reason=reason, days=days, space=space, at=at)
            )
        made[0].count = len(made)
        made[0].save(update_fields=["count"])
        _stand_together(made)
    return made


def _stand_together(made: Sequence[Decision]) -> None:
    """In the log they are one line; what stands in a closed space is in no line."""
    public = [one for one in made if one.is_public]
    for one in public[1:]:
        one.first = public[0]
        one.save(update_fields=["first"])


def check_moderator(by: Member) -> None:
    """Raises NotAllowed for one who may not moderate."""
    if not may_moderate(by):
        raise NotAllowed(gettext("This is for moderators."))


def barrier_of(case: Case, *, by: Member) -> Barrier | None:
    """What stands between this moderator and this case."""
    is_company = is_about_company(case)
    return judging.barrier(
        member_id=by.pk,
        is_staff=is_staff(by),
        about_id=case.about_id,
        is_about_company=is_company,
        reporter_ids=case.flags.values_list("member_id", flat=True),
        member_moderators=member_moderators() if is_company and is_staff(by) else (),
    )


def is_about_company(case: Case) -> bool:
    """Whether it is about what the company, or one of its people, said."""
    return (case.post is not None and policy.Voice(case.post.voice).is_company) or is_staff(case.about)


def _decide(
    case: Case,
    *,
    by: Member,
    act: Act,
    named: Rule,
    reason: str,
    days: int,
    space: Space | None,
    at: datetime,
) -> Decision:
    against = barrier_of(case, by=by)
    if against is not None:
        raise NotAllowed(gettext(BARRED[against]))
    post = case.post
    reason = reason_of(reason, text=post.text if post else case.about.about, name=case.about.name)
    until = None
    if act is Act.SUSPEND:
        if not 1 <= days <= judging.LONGEST_SUSPENSION:
            raise NotUnderstood(
                "days",
                gettext("Choose 1 to %(most)s days.") % {"most": judging.LONGEST_SUSPENSION},
            )
        until = at + timedelta(days=days)
    decision = Decision(
        case=case,
        act=act.value,
        by=by,
        by_staff=is_staff(by),
        on_company=is_about_company(case),
        post=post,
        kind=post.kind if post else "profile",
        about=case.about,
        is_public=post is None or post.topic.space.audience == Space.Audience.EVERYONE,
        rule=named.number,
        rule_title=named.title,
        reason=reason,
        until=until,
        at=at,
        is_demo=case.is_demo,
    )
    decision.before = carry_out(case, act, by=by, until=until, space=space, at=at)
    decision.save()
    use_power(by, policy.Power.MODERATE, at=at)
    case.decided_at = at
    case.save(update_fields=["decided_at"])
    outcome = Flag.Outcome.UPHELD if act in judging.UPHOLDS else Flag.Outcome.DISMISSED
    case.flags.update(outcome=outcome)
    tell_decision(decision, case)
    forget_waiting(f"c{case.pk}")
    journal.record(
        DecisionMade(
            subject_id=decision.pk, scope_id=space_of(decision), actor_id=by.user_id, at=at, act=act.value
        )
    )
    return decision


def space_of(decision: Decision) -> int | None:
    """The space that it is about, for who may hear of it; None for a profile, which everybody reads."""
    return decision.post.topic.space_id if decision.post is not None else None


def reason_of(reason: str, *, text: str, name: str) -> str:
    """A reason as it is kept: the log is public, so it repeats neither a name nor what was said."""
    found = " ".join(reason.split())
    if not found:
        raise NotUnderstood("reason", gettext("Give a reason: its author and the public log see it."))
    if len(found) > LONGEST_REASON:
        raise NotUnderstood(
            "reason", gettext("Keep the reason under %(most)s characters.") % {"most": LONGEST_REASON}
        )
    too_much = judging.tells_too_much(found, text=text, name=name)
    if too_much == "name":
        raise NotUnderstood("reason", gettext("The log is public: leave the name out of the reason."))
    if too_much:
        raise NotUnderstood(
            "reason", gettext("The log is public: don’t repeat what was said, say what is wrong with it.")
        )
    return found


def _rule(number: int, at: datetime) -> Rule:
    rules = current_rules(at)
    found = next((one for one in rules.rules.all() if one.number == number), None) if rules else None
    if found is None:
        raise NotUnderstood("rule", gettext("Say under which rule."))
    return found


def _decided_words(case: Case) -> str:
    last = case.decisions.select_related("by").order_by("-pk").first()
    if last is None:
        return gettext("This does not wait for you any more.")
    return gettext("%(name)s decided this meanwhile: %(act)s.") % {
        "name": last.by.name if last.by else gettext("Somebody"),
        "act": gettext(DONE[Act(last.act)]),
    }
