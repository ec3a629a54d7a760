"""Ideas: people say that they want it, somebody of the company owns it, speaks of it by a day, and settles it with a reason."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext_noop

from harken.base import secrets
from harken.community import notice_words
from harken.community.events import IdeaTurned
from harken.community.models import Idea, Member, Notice, Topic, Want
from harken.community.permissions import is_staff
from harken.community.weighing import LONGEST_LINE, LONGEST_WORD, Status, wants_date, wants_word
from harken.people.models import Person
from harken.team.models import Agent, Team

from .changing import NotAllowed, NotUnderstood, Overtaken, check_writer, lock, touch


def who_of(*, member: Member | None = None, person: Person | int | None = None) -> str:
    """One name for one person, whichever way they spoke: by the person where it is known, else by the account. Keyed,
    so that the community's rows lead back to nobody's messages."""
    person_id = (
        member.person_id if member is not None else person.pk if isinstance(person, Person) else person
    )
    if person_id is not None:
        return secrets.sign(["person", person_id], "idea.want")
    if member is None:
        raise ValueError("Somebody has to want it.")
    return secrets.sign(["member", member.pk], "idea.want")


def begin_idea(topic: Topic, *, by: Member, at: datetime) -> Idea:
    """Put a topic that was just opened among the ideas; who proposes it wants it, unless they speak for the company
    (caller's transaction)."""
    idea = Idea.objects.create(topic=topic, is_demo=topic.is_demo)
    if not is_staff(by):
        _keep_want(idea, who=who_of(member=by), member=by, said_on="", at=at)
    return idea


def want_idea(idea: Idea, *, by: Member, is_wanted: bool = True, at: datetime | None = None) -> bool:
    """“Me too”, or not any more; whether that changed anything. The company's people don't count."""
    check_writer(by)
    if is_staff(by):
        raise NotAllowed(gettext_noop("Ideas count customers. What you think of it can be said below it."))
    at = at or now()
    with transaction.atomic():
        topic, row = _lock(idea)
        _check_open(topic, row)
        if is_wanted:
            changed = _keep_want(row, who=who_of(member=by), member=by, said_on="", at=at)
        else:
            mine = row.wants.filter(who=who_of(member=by), said_on="") | row.wants.filter(
                member=by, said_on=""
            )
            changed = bool(mine.delete()[0])
            count_people(row)
        if changed:
            _tell(topic, by=by, at=at, what="wanted")
    return changed


def want_from_elsewhere(
    idea: Idea, *, who: str, said_on: str, is_wanted: bool = True, at: datetime | None = None
) -> bool:
    """Somebody said so on a network (`who` as `who_of` names them), or it was put there by mistake; whether that
    changed anything. Who said so here as well counts once, as here."""
    at = at or now()
    with transaction.atomic():
        topic, row = _lock(idea)
        if is_wanted:
            changed = _keep_want(row, who=who, member=None, said_on=said_on, at=at)
        else:
            changed = bool(row.wants.filter(who=who).exclude(said_on="").delete()[0])
            count_people(row)
        if changed:
            _tell(topic, by=None, at=at, what="wanted")
    return changed


def own_idea(
    idea: Idea,
    *,
    by: Member,
    team: Team | None,
    owner: Agent | None,
    next_word_at: date | None = None,
    next_word: str = "",
    at: datetime | None = None,
) -> None:
    """Say which department and who of it owns the idea, and by which day they speak of it."""
    _check_staff(by)
    at = at or now()
    if team is None:
        raise NotUnderstood("team", gettext_noop("Choose the department that owns it."))
    if owner is not None and not owner.is_active:
        raise NotUnderstood("owner", gettext_noop("Choose somebody who works here."))
    with transaction.atomic():
        topic, row = _lock(idea)
        row.team, row.owner = team, owner
        row.next_word_at, row.next_word = next_word_at, _line("next_word", next_word)
        row.save(update_fields=["team", "owner", "next_word_at", "next_word"])
        _tell(topic, by=by, at=at, what="owned")


def turn_idea(
    idea: Idea,
    *,
    by: Member,
    status: Status | str,
    word: str = "",
    said: str = "",
    did: str = "",
    next_word_at: date | None = None,
    next_word: str = "",
    at: datetime | None = None,
) -> bool:
    """Say how it stands now, with a word that everybody reads; whether that changed anything.

    An end needs its reason (`word`) and both lines of “you said, we did” (`said`, `did`); an idea being weighed or done
    needs the day of the next word and somebody who owns it.
    """
    _check_staff(by)
    status, at = Status(status), at or now()
    word, said, did = word.strip(), _line("said", said), _line("did", did)
    if len(word) > LONGEST_WORD:
        raise NotUnderstood("word", gettext_noop("Keep it shorter; what is long belongs below the idea."))
    with transaction.atomic():
        topic, row = _lock(idea)
        before = Status(row.status)
        if row.merged_into_id:
            raise Overtaken(gettext_noop("This idea was joined with another one."))
        if status is not Status.NEW and row.team_id is None:
            raise NotUnderstood("team", gettext_noop("Say first which department owns it."))
        if wants_word(status, before=before) and not word:
            raise NotUnderstood("word", gettext_noop("Say why, in words for those who wanted it."))
        if status.is_settled and not (said and did):
            raise NotUnderstood("said", gettext_noop("Say in one line each what was said and what was done."))
        if wants_date(status) and next_word_at is None:
            raise NotUnderstood("next_word_at", gettext_noop("Say by which day you speak of it next."))
        given = (status.value, word, said, did, next_word_at, _line("next_word", next_word))
        if given == (row.status, row.word, row.said, row.did, row.next_word_at, row.next_word):
            return False
        if word != row.word:
            row.word, row.word_by, row.word_at = word, by if word else None, at if word else None
        row.status, row.said, row.did = status.value, said, did
        row.next_word_at, row.next_word = (None, "") if status.is_settled else (next_word_at, given[5])
        row.settled_at = (row.settled_at or at) if status.is_settled else None
        if status is not before:
            row.told_at = None
        row.save()
        _tell(topic, by=by, at=at, what=status.value)
        if status is not before:
            _notify(row, topic, by=by, at=at)
    return True


def merge_idea(idea: Idea, *, into: Idea, by: Member, at: datetime | None = None) -> None:
    """Two ideas are one: who wanted this wants that one too, each person once; this one's page leads there."""
    _check_staff(by)
    at = at or now()
    if idea.pk == into.pk:
        raise NotUnderstood("into", gettext_noop("Choose another idea."))
    with transaction.atomic():
        first, second = sorted((idea.topic_id, into.topic_id))
        lock(first), lock(second)  # always in one order
        topic, row = _lock(idea)
        other_topic, other = _lock(into)
        if row.merged_into_id or other.merged_into_id:
            raise Overtaken(gettext_noop("This idea was joined with another one."))
        known = set(other.wants.values_list("who", flat=True))
        Want.objects.bulk_create(
            Want(idea=other, who=one.who, member_id=one.member_id, said_on=one.said_on, at=one.at)
            for one in row.wants.all()
            if one.who not in known
        )
        row.merged_into = other
        row.save(update_fields=["merged_into"])
        count_people(other)
        _tell(topic, by=by, at=at, what="merged")
        _tell(other_topic, by=by, at=at, what="wanted")


def take_wants(old: Member, *, by: Member) -> None:
    """What a member without a sign-in wanted becomes `by`'s, once each (caller's transaction)."""
    for want in Want.objects.filter(member=old).select_related("idea"):
        twice = Want.objects.filter(idea_id=want.idea_id, member=by).exclude(pk=want.pk).exists()
        if twice:
            want.delete()
        else:
            want.member = by
            want.save(update_fields=["member"])
        count_people(want.idea)


def mark_told(idea: Idea, *, at: datetime | None = None) -> None:
    """Everybody who wanted it elsewhere was told of its end."""
    at = at or now()
    with transaction.atomic():
        topic, row = _lock(idea)
        row.told_at = at
        row.save(update_fields=["told_at"])
        _tell(topic, by=None, at=at, what="told")


def count_people(idea: Idea) -> None:
    """Bring the number of distinct people in line."""
    idea.people = idea.wants.count()
    idea.people_elsewhere = idea.wants.exclude(said_on="").count()
    idea.save(update_fields=["people", "people_elsewhere"])


def _keep_want(idea: Idea, *, who: str, member: Member | None, said_on: str, at: datetime) -> bool:
    known = idea.wants.filter(who=who).first()
    if known is None and member is not None:  # said before their person was known
        known = idea.wants.filter(member=member).first()
    if known is not None:
        if member is None or (known.member_id == member.pk and known.said_on == ""):
            return False
        known.member, known.said_on = member, ""
        known.save(update_fields=["member", "said_on"])
    else:
        Want.objects.create(idea=idea, who=who, member=member, said_on=said_on, at=at)
    count_people(idea)
    return True


def _notify(idea: Idea, topic: Topic, *, by: Member, at: datetime) -> None:
    """Members who want it hear how it stands, each in their language: one notice each and turn."""
    wants = idea.wants.filter(member__user__isnull=False).exclude(member=by).select_related("member__user")
    members = [one.member for one in wants if one.member is not None]
    said = notice_words.said(_NOTICES[Status(idea.status)], title=topic.title)
    Notice.objects.bulk_create(
        [
            Notice(
                member=member,
                kind=Notice.Kind.IDEA,
                topic=topic,
                actor=by,
                said=said,
                words=notice_words.words_for(member, said),
                key=f"idea:{idea.pk}:{idea.status}:{topic.version}:{member.pk}",
                at=at,
            )
            for member in members
        ],
        ignore_conflicts=True,
    )


_NOTICES = {
    Status.NEW: gettext_noop("“{title}” is open again"),
    Status.WEIGHED: gettext_noop("“{title}” is being weighed"),
    Status.DOING: gettext_noop("“{title}” is being done"),
    Status.DONE: gettext_noop("“{title}” is done"),
    Status.NOT_DONE: gettext_noop("“{title}” will not be done; the reason stands there"),
}


def _lock(idea: Idea) -> tuple[Topic, Idea]:
    topic = lock(idea.topic_id)
    return topic, Idea.objects.select_related("team", "owner").get(pk=idea.pk)


def _check_staff(by: Member) -> None:
    check_writer(by)
    if not is_staff(by):
        raise NotAllowed(gettext_noop("The company's people say what becomes of ideas."))


def _check_open(topic: Topic, idea: Idea) -> None:
    if idea.merged_into_id:
        raise Overtaken(gettext_noop("This idea was joined with another one."))
    if Status(idea.status).is_settled or topic.state != Topic.State.OPEN:
        raise Overtaken(gettext_noop("This idea is settled."))


def _line(field: str, text: str) -> str:
    found = " ".join(text.split())
    if len(found) > LONGEST_LINE:
        raise NotUnderstood(field, gettext_noop("Keep it to one line."))
    return found


def _tell(topic: Topic, *, by: Member | None, at: datetime, what: str) -> None:
    touch(topic, IdeaTurned, by=by, at=at, what=what)
