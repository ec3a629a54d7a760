"""What a moderator decides: with a rule and a reason, shown to the author and in the log; never about one's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext

from harken.base import journal
from harken.community import judging, policy
from harken.community.events import (
    CaseLookedAt,
    DecisionMade,
    DecisionReversed,
    MemberChanged,
    PostRemoved,
    SpaceChanged,
    TopicTurned,
)
from harken.community.judging import Act, Barrier
from harken.community.models import Appeal, Case, Decision, Flag, Member, Notice, Post, Rule, Space, Topic
from harken.community.permissions import is_staff, may_moderate, member_moderators, spaces_visible_to
from harken.community.queries.ruling import current_rules

from .changing import NotAllowed, NotUnderstood, Overtaken, count_space, derive, lock, touch
from .editing import turn_post
from .holding import tell_shown
from .powers import use_power
from .telling import forget_waiting

LONGEST_REASON = 400
BARRED = {
    Barrier.OWN: "Nobody decides about themselves. Somebody else looks at this.",
    Barrier.REPORTED: "You reported this, so somebody else decides.",
    Barrier.COMPANY: "The company’s posts are judged by member moderators first. It waits for one of them.",
    Barrier.DECIDED: "You decided this, so somebody else judges the appeal.",
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
        raise NotAllowed(BARRED[against])
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
    decision.before = _carry_out(case, act, by=by, until=until, space=space, at=at)
    decision.save()
    use_power(by, policy.Power.MODERATE, at=at)
    case.decided_at = at
    case.save(update_fields=["decided_at"])
    outcome = Flag.Outcome.UPHELD if act in judging.UPHOLDS else Flag.Outcome.DISMISSED
    case.flags.update(outcome=outcome)
    _tell(decision, case)
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
        return "Somebody decided this meanwhile."
    return f"{last.by.name if last.by else 'Somebody'} decided this meanwhile: {act_words(last.act)}."


def act_words(act: str) -> str:
    """What was done, as one word or two, for sentences."""
    return {
        Act.KEEP: "kept",
        Act.ASK_EDIT: "asked to edit",
        Act.HOLD: "hidden",
        Act.REMOVE: "removed",
        Act.CLOSE: "closed",
        Act.LOCK: "closed for good",
        Act.MOVE: "moved",
        Act.WARN: "warned",
        Act.SUSPEND: "suspended",
        Act.BAN: "banned",
    }[Act(act)]


# ---- what it does --------------------------------------------------------------------------------------------


def _carry_out(
    case: Case, act: Act, *, by: Member, until: datetime | None, space: Space | None, at: datetime
) -> dict[str, Any]:
    """Does it; returns what it changed, for `_carry_back`."""
    if act in judging.ON_MEMBERS:
        return _turn_member(case.about, act, until=until, at=at)
    if case.post is None:
        if act is Act.KEEP or act is Act.ASK_EDIT:
            return {}
        raise NotUnderstood(
            "act", gettext("A profile is kept, asked to be changed, or its member warned or suspended.")
        )
    topic = lock(case.post.topic_id)
    post = Post.objects.get(pk=case.post_id)
    if act in judging.ON_TOPICS:
        _show_again(topic, post, case, by=by, at=at)
        if not topic.is_shown:
            raise Overtaken(gettext("It is not shown any more."))
        return _turn_topic(topic, act, by=by, space=space, at=at)
    before = {"state": post.state, "topic_state": topic.state, "is_fresh": case.is_fresh}
    if act is Act.KEEP:
        _show_again(topic, post, case, by=by, at=at)
    elif act is Act.HOLD or act is Act.REMOVE:
        state = Post.State.HELD if act is Act.HOLD else Post.State.REMOVED
        if post.state != state:
            turn_post(topic, post, state, at=at)
            touch(topic, PostRemoved, by=by, at=at, post_id=post.pk, member_id=post.author_id, state=state)
    return before


def _show_again(topic: Topic, post: Post, case: Case, *, by: Member, at: datetime) -> None:
    if post.state == Post.State.HELD:
        turn_post(topic, post, Post.State.SHOWN, at=at)
        topic.refresh_from_db()
        tell_shown(topic, post, is_fresh=case.is_fresh, by=by, at=at)
        Case.objects.filter(pk=case.pk).update(is_fresh=False)


def _turn_member(member: Member, act: Act, *, until: datetime | None, at: datetime) -> dict[str, Any]:
    if act is Act.WARN:
        return {}
    if is_staff(member):
        raise NotAllowed(
            gettext(
                "Somebody who works here can’t be suspended from here; their posts can be judged like any."
            )
        )
    before = {
        "member_state": member.state,
        "until": member.suspended_until.isoformat() if member.suspended_until else "",
    }
    if member.state == Member.State.GONE:
        raise Overtaken(gettext("They have left."))
    _suspend(member, [*_suspensions(member, at), until])
    return before


def _suspensions(member: Member, at: datetime) -> list[datetime | None]:
    """Until when each decision that stands suspends them; None: until somebody says otherwise."""
    standing = Decision.objects.filter(
        about=member, act__in=[Act.SUSPEND.value, Act.BAN.value], undone_at=None
    ).exclude(until__lte=at)
    return list(standing.values_list("until", flat=True))


def _suspend(member: Member, untils: Sequence[datetime | None]) -> None:
    """Several decisions may stand at once: the longest holds, and with none they write again."""
    ends = [until for until in untils if until is not None]
    if not untils:
        _set_member(member, Member.State.ACTIVE, None)
    else:
        _set_member(member, Member.State.SUSPENDED, max(ends) if len(ends) == len(untils) else None)


def _set_member(member: Member, state: str, until: datetime | None) -> None:
    member.state, member.suspended_until = state, until
    # who leaves at this moment has left
    rows = Member.objects.filter(pk=member.pk).exclude(state=Member.State.GONE)
    if rows.update(state=state, suspended_until=until):
        journal.record(MemberChanged(subject_id=member.pk, actor_id=None, what="standing"))


def _turn_topic(topic: Topic, act: Act, *, by: Member, space: Space | None, at: datetime) -> dict[str, Any]:
    before = {"topic_state": topic.state, "is_locked": topic.is_locked, "space": topic.space_id}
    if act is Act.MOVE:
        if space is None or space.pk == topic.space_id or not space.is_open:
            raise NotUnderstood("space", gettext("Choose where it belongs."))
        if not spaces_visible_to(by).filter(pk=space.pk).exists():
            raise NotUnderstood("space", gettext("Choose where it belongs."))
        if space.audience != topic.space.audience:
            raise NotAllowed(gettext("A topic moves between spaces for the same readers only."))
        _move(topic, space, at=at)
        touch(topic, TopicTurned, by=by, at=at, member_id=by.pk, what="moved")
        return before
    topic.state, topic.is_locked = Topic.State.CLOSED, act is Act.LOCK
    topic.save(update_fields=["state", "is_locked"])
    derive(topic, at=at)
    touch(topic, TopicTurned, by=by, at=at, member_id=by.pk, what="closed")
    return before


def _move(topic: Topic, space: Space, *, at: datetime) -> None:
    old = topic.space_id
    topic.space = space
    topic.save(update_fields=["space"])
    derive(topic, at=at)
    for space_id in sorted((old, space.pk)):
        count_space(space_id)
    version = Space.objects.values_list("version", flat=True).get(pk=old)
    journal.record(SpaceChanged(subject_id=old, version=version, actor_id=None))


# ---- taking it back ------------------------------------------------------------------------------------------


def undo_decision(decision: Decision, *, by: Member, at: datetime | None = None) -> None:
    """Take one's own decision back within ten seconds, as a slip: nobody is told, the case waits again."""
    at = at or now()
    with transaction.atomic():
        row = _standing(decision)
        if row.by_id != by.pk:
            raise NotAllowed(gettext("Only who decided undoes it; others take it back with a reason."))
        if at - row.at > judging.UNDO_WITHIN + timedelta(seconds=2):  # the way of the press
            raise Overtaken(gettext("The ten seconds are over. Take it back with a reason instead."))
        for one in _together(row):
            _carry_back(one, by=by, at=at)
            _mark(one, by=by, why="", at=at)
            one.case.flags.update(outcome=Flag.Outcome.OPEN)
            Notice.objects.filter(key__startswith=f"decision:{one.pk}:").delete()
            if not Case.objects.filter(post=one.post, about=one.about, decided_at=None).exists():
                Case.objects.filter(pk=one.case_id).update(decided_at=None)


def _together(decision: Decision) -> list[Decision]:
    if decision.count == 1:
        return [decision]
    return list(
        Decision.objects.filter(
            by=decision.by, at=decision.at, act=decision.act, undone_at=None
        ).select_related("case", "post", "about__user__agent")
    )


def reverse_decision(decision: Decision, *, by: Member, reason: str, at: datetime | None = None) -> None:
    """Take a decision back later, with a reason that its author and the log see; not about oneself."""
    at = at or now()
    check_moderator(by)
    if decision.about_id == by.pk:
        raise NotAllowed(BARRED[Barrier.OWN])
    with transaction.atomic():
        row = _standing(decision)
        if row.on_company and is_staff(by) and member_moderators() - {row.about_id}:
            raise NotAllowed(BARRED[Barrier.COMPANY])
        take_back(row, by=by, reason=reason, at=at)
        _notice(row, "back", _("It was taken back: %s") % row.undone_why, at=at)


def take_back(row: Decision, *, by: Member, reason: str, at: datetime) -> None:
    """Undo what a decision did, and record who and why (caller's transaction; the row is locked and stands)."""
    why = reason_of(reason, text=row.post.text if row.post else row.about.about, name=row.about.name)
    _carry_back(row, by=by, at=at)
    _mark(row, by=by, why=why, at=at)
    if Act(row.act) in judging.UPHOLDS:
        row.case.flags.update(outcome=Flag.Outcome.DISMISSED)
    Appeal.objects.filter(decision=row, judged_at=None).update(
        judged_at=at, judged_by=by, is_granted=True, reason=why
    )


def _standing(decision: Decision) -> Decision:
    row = (
        Decision.objects.select_for_update(of=("self",))
        .select_related("case", "post", "about__user__agent")
        .get(pk=decision.pk)
    )
    if row.undone_at is not None:
        raise Overtaken(gettext("It was taken back already."))
    return row


def _mark(row: Decision, *, by: Member, why: str, at: datetime) -> None:
    row.undone_at, row.undone_by, row.undone_why = at, by, why
    row.save(update_fields=["undone_at", "undone_by", "undone_why"])
    journal.record(DecisionReversed(subject_id=row.pk, scope_id=space_of(row), actor_id=by.user_id, at=at))


def _carry_back(row: Decision, *, by: Member, at: datetime) -> None:
    before, act = row.before, Act(row.act)
    if "member_state" in before:
        if row.about.state == Member.State.SUSPENDED:
            row.undone_at = at
            row.save(update_fields=["undone_at"])  # the others are asked what still stands
            _suspend(row.about, _suspensions(row.about, at))
        return
    if row.post is None:
        return
    topic = lock(row.post.topic_id)
    post = Post.objects.get(pk=row.post_id)
    if act is Act.MOVE:
        space = Space.objects.get(pk=before["space"])
        _move(topic, space, at=at)
        touch(topic, TopicTurned, by=by, at=at, member_id=by.pk, what="moved")
    elif act in judging.ON_TOPICS:
        if topic.is_shown:
            topic.state, topic.is_locked = before["topic_state"], before["is_locked"]
            topic.save(update_fields=["state", "is_locked"])
            derive(topic, at=at)
            touch(topic, TopicTurned, by=by, at=at, member_id=by.pk, what="opened")
    elif "state" in before and post.state != before["state"]:
        was_held_unseen = before["state"] == Post.State.HELD and act in (Act.HOLD, Act.REMOVE)
        # a slip leads back to what was; taken back later it is shown
        state = (
            before["state"] if act is Act.KEEP or at - row.at <= timedelta(minutes=1) else Post.State.SHOWN
        )
        turn_post(topic, post, state, at=at)
        if post.kind == Post.Kind.OPENING and state == Post.State.SHOWN and before["topic_state"] == "closed":
            topic.state = Topic.State.CLOSED
            topic.save(update_fields=["state"])
            derive(topic, at=at)
        if state == Post.State.SHOWN:
            is_fresh = was_held_unseen and bool(before.get("is_fresh"))
            tell_shown(topic, post, is_fresh=is_fresh, by=by, at=at)
        else:
            touch(topic, PostRemoved, by=by, at=at, post_id=post.pk, member_id=post.author_id, state=state)


# ---- who looks, who leaves it to others ----------------------------------------------------------------------


def look_at(thing: Case | Appeal, *, by: Member, at: datetime | None = None) -> str:
    """Say that one is looking; returns who else was, within the last minutes ("" nobody)."""
    at = at or now()
    other = ""
    if (
        thing.looker_id not in (None, by.pk)
        and thing.looked_at
        and at - thing.looked_at < judging.LOOKING_FOR
    ):
        other = thing.looker.name if thing.looker else ""
    else:
        is_news = (
            thing.looker_id != by.pk or not thing.looked_at or at - thing.looked_at >= judging.LOOKING_FOR
        )
        type(thing).objects.filter(pk=thing.pk).update(looker=by, looked_at=at)
        if is_news:
            case = thing.decision.case if isinstance(thing, Appeal) else thing
            scope_id = case.post.topic.space_id if case.post is not None else None
            journal.record(CaseLookedAt(subject_id=case.pk, scope_id=scope_id, actor_id=by.user_id, at=at))
    return other


def pass_case(case: Case, *, by: Member) -> None:
    """Leave a case to others: nobody judges a friend."""
    check_moderator(by)
    with transaction.atomic():
        row = Case.objects.select_for_update().get(pk=case.pk)
        if by.pk not in row.passed_by:
            row.passed_by = [*row.passed_by, by.pk]
            row.looker, row.looked_at = None, None
            row.save(update_fields=["passed_by", "looker", "looked_at"])


def lift_suspensions(limit: int = 50) -> int:
    """Let those write again whose suspension is over (a lane); how many."""
    due = Member.objects.filter(state=Member.State.SUSPENDED, suspended_until__lte=now())
    done = 0
    for member in due[:limit]:
        with transaction.atomic():
            if due.filter(pk=member.pk).update(state=Member.State.ACTIVE, suspended_until=None):
                journal.record(MemberChanged(subject_id=member.pk, actor_id=None, what="standing"))
                done += 1
    return done


# ---- who hears of it -----------------------------------------------------------------------------------------


def _tell(decision: Decision, case: Case) -> None:
    """The author hears what was decided and where the way back is; who reported hears that it was looked at."""
    act, rule = Act(decision.act), f"{decision.rule}, {decision.rule_title}"
    if act is not Act.KEEP or ("state" in decision.before and decision.before["state"] == Post.State.HELD):
        words = {
            Act.KEEP: _("Somebody looked at what you wrote: it is shown now."),
            Act.ASK_EDIT: _(
                "Thank you for writing. Rule %s, asks for a change; it stands until you make it."
            ),
            Act.HOLD: _("Thank you for writing. Rule %s, asks for a change; it is hidden until you make it."),
            Act.REMOVE: _("What you wrote was removed under rule %s. You can read why, and appeal."),
            Act.CLOSE: _("Your topic was closed under rule %s. What was said in it stays."),
            Act.LOCK: _("Your topic was closed for good under rule %s. What was said in it stays."),
            Act.MOVE: _("Your topic was moved to where it belongs (rule %s)."),
            Act.WARN: _("A moderator has a word for you, about rule %s."),
            Act.SUSPEND: _("You may read but not write for a while, under rule %s. You can appeal."),
            Act.BAN: _("You may read but not write here any more, under rule %s. You can appeal."),
        }[act]
        _notice(decision, "author", words % rule if "%s" in words else words, at=decision.at)
    upheld = act in judging.UPHOLDS
    words = (
        _("Thank you for reporting: somebody looked, and acted on it.")
        if upheld
        else _("Thank you for reporting: somebody looked, and it stays.")
    )
    for member_id in case.flags.values_list("member_id", flat=True):
        Notice.objects.get_or_create(
            key=f"decision:{decision.pk}:{member_id}",
            defaults={
                "member_id": member_id,
                "kind": Notice.Kind.DECIDED,
                "words": words,
                "address": "/community/log/",
                "at": decision.at,
            },
        )


def _notice(decision: Decision, what: str, words: str, *, at: datetime) -> None:
    Notice.objects.get_or_create(
        key=f"decision:{decision.pk}:{what}",
        defaults={
            "member_id": decision.about_id,
            "kind": Notice.Kind.DECIDED,
            "words": words[:300],
            "address": f"/community/house/decisions/{decision.pk}/",
            "at": at,
        },
    )


def _(words: str) -> str:
    """Marked for translation where it is shown."""
    return words
