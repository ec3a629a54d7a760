"""Answers that go by themselves: by a rule that a person wrote, after a time in which anybody can stop them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from harken.base import journal, work
from harken.community.models import Case, Member, Outcome, Post, Topic
from harken.community.permissions import powers_of
from harken.community.policy import Chosen, Power, Voice
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.actions.replying import Changed
from harken.inbox.models import Conversation
from harken.team.models import Agent
from harken.travel import policy
from harken.travel.events import DeparturePlanned, DepartureSettled
from harken.travel.models import Departure, TravelRule, Trip

from .sending import is_everybodys, send_answer, text_to_send

MOST_ANSWERS = 50  # of one topic that are held against a rule


def waiting_trips() -> QuerySet[Trip]:
    """Trips whose answer nobody has sent yet. Private ones are never sent by a rule, and what was taken back or may
    have left already is a person's."""
    return Trip.objects.filter(
        state__in=[Trip.State.ASKED, Trip.State.ANSWERED], is_private=False
    ).select_related("topic__author", "topic__space", "conversation__brand", "conversation__channel")


def rule_for(conversation: Conversation) -> TravelRule | None:
    """The rule that holds for this conversation: its channel's own before its brand's. None: always a person."""
    return rules_for([conversation])[conversation.pk]


def rules_for(conversations: Iterable[Conversation]) -> dict[int, TravelRule | None]:
    """The rule that holds for each of these; one statement."""
    wanted = list(conversations)
    rules = list(
        TravelRule.objects.filter(brand__in={one.brand_id for one in wanted}).select_related(
            "written_by__user"
        )
    )
    return {
        one.pk: max(
            (r for r in rules if r.brand_id == one.brand_id and r.channel_id in (None, one.channel_id)),
            key=lambda rule: rule.channel_id is not None,
            default=None,
        )
        for one in wanted
    }


def as_policy(rule: TravelRule | None) -> policy.SendingRule | None:
    """The rule as the decision takes it."""
    if rule is None:
        return None
    return policy.SendingRule(
        when_accepted=rule.when_accepted,
        accepted_from=policy.Trust(rule.accepted_from),
        when_checked=rule.when_checked,
        when_earned=rule.when_earned,
        min_worked=rule.min_worked,
        wait=timedelta(minutes=rule.wait_minutes),
        is_writer_here=rule.written_by.is_active,
    )


def answers_of(trip: Trip) -> list[Post]:
    """The shown answers of customers in the trip's topic, with who wrote them; oldest first."""
    rows = Post.objects.filter(topic_id=trip.topic_id, kind=Post.Kind.ANSWER, state=Post.State.SHOWN)
    return list(rows.select_related("author__user__agent").order_by("created_at", "id")[:MOST_ANSWERS])


def goings_of(trip: Trip, posts: Iterable[Post], rule: TravelRule | None) -> dict[int, policy.Going]:
    """Whether each answer goes by itself, and why (not). Three statements, however many answers."""
    posts = list(posts)
    said = as_policy(rule)
    worked: dict[int, list[datetime]] = defaultdict(list)
    for post_id, at in (
        Outcome.objects.filter(post__in=posts, worked=True).order_by("at").values_list("post_id", "at")
    ):
        worked[post_id].append(at)
    before = {one.post_id: one for one in Departure.objects.filter(trip=trip)}
    stopped = {post_id for post_id, one in before.items() if one.state == Departure.State.STOPPED}
    spoken_over = {
        post_id
        for post_id, one in before.items()
        if one.state == Departure.State.HELD and one.why_held == policy.Stop.SPOKEN.name
    }
    reported = set(Case.objects.filter(post__in=posts, decided_at=None).values_list("post_id", flat=True))
    topic = trip.topic
    found = {}
    for post in posts:
        # what was said of an earlier text says nothing of this one
        times = [at for at in worked[post.pk] if post.edited_at is None or at >= post.edited_at]
        least = said.min_worked if said else 0
        found[post.pk] = policy.goes_by_itself(
            said,
            policy.AnswerFacts(
                is_private=trip.is_private,
                is_shown=post.state == Post.State.SHOWN and is_everybodys(topic),
                may_travel=post.may_travel and not Voice(post.voice).is_company,
                is_waited_for=trip.conversation.needs_answer,
                accepted_at=_accepted_at(topic, post),
                checked_at=post.checked_at,
                worked=len(times),
                failed=post.failed,
                enough_worked_at=times[least - 1] if 0 < least <= len(times) else None,
                is_author_trusted=post.author.is_super_user
                or Power.ANSWER_ELSEWHERE in powers_of(post.author),
                is_author_super_user=post.author.is_super_user,
                is_author_asker=_is_same(topic.author, post.author),
                open_reports=int(post.pk in reported),
                is_author_here=post.author.state == Member.State.ACTIVE,
                was_stopped=post.pk in stopped,
                was_spoken_over=post.pk in spoken_over,
            ),
        )
    return found


def _accepted_at(topic: Topic, post: Post) -> datetime | None:
    """When who asked said that this answer, as it reads now, solved it."""
    if topic.chosen_id != post.pk or topic.chosen_as != Chosen.BY_ASKER or topic.solved_at is None:
        return None
    return topic.solved_at if post.edited_at is None or topic.solved_at >= post.edited_at else None


def _is_same(one: Member, other: Member) -> bool:
    return one.pk == other.pk or (one.person_id is not None and one.person_id == other.person_id)


def plan_departure(trip: Trip, *, at: datetime | None = None) -> Departure | None:
    """Plan the first answer that the rule lets go; what was planned and does not hold any more is held (caller's
    transaction). One at a time."""
    at = at or now()
    rule = rule_for(trip.conversation)
    planned = Departure.objects.filter(trip=trip, state=Departure.State.PLANNED).first()
    if rule is None and planned is None:
        return None
    posts = answers_of(trip)
    goings = goings_of(trip, posts, rule)
    if planned is not None:
        going = goings.get(planned.post_id)
        if going is not None and going.is_going:
            return planned
        _settle(planned, Departure.State.HELD, why=going.stops[0] if going else policy.Stop.HIDDEN, at=at)
    ready = [(going.at, post) for post in posts if (going := goings[post.pk]).at is not None]
    if not ready or rule is None:
        return None
    _due, post = min(ready, key=lambda one: (one[0], one[1].pk))  # type: ignore[type-var, return-value]  # none is None
    going = goings[post.pk]
    assert going.because is not None  # an answer that goes has its reason
    # never in the past: whoever looks at the desk has the whole wait to stop it
    due = max(going.at or at, at + timedelta(minutes=rule.wait_minutes))
    departure = Departure.objects.update_or_create(
        trip=trip,
        post=post,
        defaults={
            "rule": rule,
            "state": Departure.State.PLANNED,
            "because": going.because.value,
            "why_held": "",
            "due_at": due,
            "seen_version": trip.conversation.version,
            "settled_at": None,
        },
    )[0]
    journal.record(
        DeparturePlanned(
            **_subject(trip, at), post_id=post.pk, rule_id=rule.pk, because=going.because.value, due_at=due.isoformat()
        )
    )  # fmt: skip
    work.nudge("departures")
    return departure


def stop_departure(departure: Departure, *, by: Agent, at: datetime | None = None) -> bool:
    """A person sends this one, or nobody. False where it went already."""
    at = at or now()
    with transaction.atomic():
        row = Departure.objects.select_for_update().select_related("trip__conversation").get(pk=departure.pk)
        if row.state != Departure.State.PLANNED:
            return False
        row.stopped_by = by
        _settle(row, Departure.State.STOPPED, at=at, actor_id=by.user_id)
    return True


def depart(departure: Departure, *, at: datetime | None = None) -> bool:
    """Send what is due, if everything still holds; whether it went (caller's transaction, with the row locked)."""
    at = at or now()
    trip = waiting_trips().filter(pk=departure.trip_id).first()
    if trip is None:  # a person sent one meanwhile, or it ended
        departure.trip = Trip.objects.select_related("conversation").get(pk=departure.trip_id)
        _settle(departure, Departure.State.HELD, why=policy.Stop.ANSWERED, at=at)
        return False
    departure.trip = trip
    rule = rule_for(trip.conversation)
    post = Post.objects.select_related("author__user__agent").get(pk=departure.post_id)
    going = goings_of(trip, [post], rule)[post.pk]
    if rule is None or not going.is_going:
        _settle(departure, Departure.State.HELD, why=going.stops[0], at=at)
        return False
    try:
        with transaction.atomic():
            send_answer(
                trip,
                post=post,
                by=rule.written_by,
                text=text_to_send(trip, post),
                request_key=departure.key,
                seen_version=departure.seen_version,
                rule_id=rule.pk,
                at=at,
            )
    except Changed:
        _settle(departure, Departure.State.HELD, why=policy.Stop.SPOKEN, at=at)
        return False
    except NotAllowed:  # a broken channel, an archive: the page of the conversation says it to who sends it
        _settle(departure, Departure.State.HELD, why=policy.Stop.ANSWERED, at=at)
        return False
    departure.rule = rule
    _settle(departure, Departure.State.GONE, at=at)
    return True


def _settle(
    departure: Departure,
    state: str,
    *,
    at: datetime,
    why: policy.Stop | None = None,
    actor_id: int | None = None,
) -> None:
    departure.state, departure.settled_at, departure.why_held = state, at, why.name if why else ""
    departure.save(update_fields=["state", "settled_at", "why_held", "rule", "stopped_by"])
    journal.record(
        DepartureSettled(
            **_subject(departure.trip, at),
            actor_id=actor_id,
            post_id=departure.post_id,
            state=state,
            why=departure.why_held,
        )
    )


def _subject(trip: Trip, at: datetime) -> dict[str, object]:
    return {
        "subject_id": trip.pk,
        "scope_id": trip.conversation.channel_id,
        "at": at,
        "conversation_id": trip.conversation_id,
        "topic_id": trip.topic_id,
    }
