"""What one member has done in one topic, for the buttons under its posts: one statement."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import BigIntegerField, Case, F, QuerySet, TextField, Value, When
from django.db.models.functions import Cast

from harken.community.models import Draft, Following, Member, Outcome, SameQuestion, Thanks, Topic


@dataclass(slots=True)
class Mine:
    """What this reader did here."""

    thanked: set[int] = field(default_factory=set)  # ids of posts
    worked: set[int] = field(default_factory=set)  # posts that worked for them
    failed: set[int] = field(default_factory=set)
    same: bool = False
    follows: bool = False
    draft: str = ""  # of an answer that is being written


def mine_in(topic: Topic, member: Member | None) -> Mine:
    """What this member did in the topic; nothing, and no statement, for one who is not a member yet."""
    found = Mine()
    if member is None:
        return found
    here = {"member": member, "post__topic": topic}
    whole = {"member": member, "topic": topic}
    worked = Case(When(worked=True, then=Value("yes")), default=Value("no"), output_field=TextField())
    parts = [
        _rows(Thanks.objects.filter(**here), "thanks", "post_id"),
        _rows(Outcome.objects.filter(**here), "outcome", "post_id", worked),
        _rows(SameQuestion.objects.filter(**whole), "same", "topic_id"),
        _rows(Following.objects.filter(**whole), "follows", "topic_id"),
        _rows(Draft.objects.filter(**whole), "draft", "topic_id", Cast("text", TextField())),
    ]
    for kind, thing, word in parts[0].union(*parts[1:], all=True):
        if kind == "thanks":
            found.thanked.add(thing)
        elif kind == "outcome":
            (found.worked if word == "yes" else found.failed).add(thing)
        elif kind == "draft":
            found.draft = word
        else:
            setattr(found, kind, True)
    return found


def _rows(rows: QuerySet, kind: str, thing: str, word: object = None) -> QuerySet:  # type: ignore[type-arg]  # of any model
    return (
        rows.order_by()
        .annotate(
            a_kind=Cast(Value(kind), TextField()),
            a_thing=Cast(F(thing), BigIntegerField()),
            a_word=word if word is not None else Cast(Value(""), TextField()),
        )
        .values_list("a_kind", "a_thing", "a_word")
    )
