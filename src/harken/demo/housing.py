"""The demo's house: its rules, something reported, something that waits, and what the log shows already."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from harken.community.actions.deciding import decide
from harken.community.actions.flagging import flag_post
from harken.community.actions.holding import Written
from harken.community.actions.keeping_rules import first_rules
from harken.community.actions.writing import write_answer, write_comment
from harken.community.models import Agreement, Case, Decision, Member, Post, Rules, Topic
from harken.demo.forgetting import forget_facts

SELLING = (
    "I had the same last spring: come early and ask at the desk, they were kind each time. I also sell neck pillows and "
    "padded cases, write to me for 10 % off."
)
AGAIN = "Same here, same here, same here."
ADVERTISED = "Hello everyone, visit my page for cheap flights, 70 % off today: http://wings.example.com"


def keep_house(members: Mapping[str, Member], *, now: datetime) -> None:
    """Rules in force, an offer that two reported, a first post that waits, and one decision (caller's transaction)."""
    rules = first_rules(by=None, at=now - timedelta(days=200), is_demo=True)
    _agree(rules, now=now)
    topics = (
        Topic.objects.filter(
            is_demo=True, is_shown=True, state="open", kind="question", space__audience="everyone"
        )
        .exclude(author__slug__in=["obinna", "teo", "kit"])
        .exclude(answered_at=None)
        .order_by("-created_at", "-pk")
    )
    old = next(iter(topics.filter(created_at__lt=now - timedelta(days=4))), None)
    young = next(iter(topics.filter(created_at__lt=now - timedelta(hours=1))), None)
    if old is None or young is None:
        return
    at = now - timedelta(days=3)
    opening = old.said.get(kind=Post.Kind.OPENING)
    said = write_comment(opening, by=members["teo"], text=AGAIN, at=at)
    case = flag_post(said, by=members["bram"], rule=2, at=at + timedelta(minutes=9)).case
    decide(
        case, by=members["delphine"], act="remove", rule=2, at=at + timedelta(minutes=40),
        reason="It says nothing new; “I have this question too” is the button for it.",
    )  # fmt: skip
    offer = write_answer(young, by=members["obinna"], text=SELLING, at=now - timedelta(minutes=44))
    for name, words, ago in (("wanjiru", "The advice is good, the offer is not.", 31), ("bram", "", 19)):
        flag_post(offer, by=members[name], rule=4, words=words, at=now - timedelta(minutes=ago))
    waits = write_answer(
        young, by=members["kit"], text=ADVERTISED, how=Written(seconds=1.0), at=now - timedelta(minutes=24)
    )
    posts = [said.pk, offer.pk, waits.pk]
    Post.objects.filter(pk__in=posts).update(is_demo=True)
    Case.objects.filter(post__in=posts).update(is_demo=True)
    Decision.objects.filter(post__in=posts).update(is_demo=True)


def _agree(rules: Rules, *, now: datetime) -> None:
    """Who joined later agreed by joining, who was there before by what they wrote a while after."""
    begun = rules.in_force_at or now
    members = list(Member.objects.filter(is_demo=True, user__isnull=False, user__agent=None))
    Agreement.objects.bulk_create(
        [
            Agreement(member=one, rules=rules, act=Agreement.Act.JOINED, at=one.joined_at)
            if one.joined_at >= begun
            else Agreement(
                member=one, rules=rules, act=Agreement.Act.WROTE, at=begun + timedelta(hours=one.pk % 240)
            )
            for one in members
        ],
        ignore_conflicts=True,
    )
    Member.objects.filter(pk__in=[one.pk for one in members]).update(rules_agreed=rules.number)


def leave_house() -> None:
    """Take the demo's rules away, and the facts about what goes; rules that real people changed stay (caller's
    transaction, before the posts go)."""
    cases = list(Case.objects.filter(post__topic__is_demo=True).values_list("pk", flat=True))
    decisions = list(Decision.objects.filter(case__in=cases).values_list("pk", flat=True))
    rules = list(Rules.objects.filter(is_demo=True).values_list("pk", flat=True))
    if Rules.objects.filter(is_demo=False).exists():
        Rules.objects.filter(pk__in=rules).update(is_demo=False)
        rules = []
    numbers = list(Rules.objects.filter(pk__in=rules).values_list("number", flat=True))
    Member.objects.filter(rules_agreed__in=numbers).update(rules_agreed=0)
    Rules.objects.filter(pk__in=rules).delete()
    # one kind for all of the house: a number may be that of a case, a decision or a version
    forget_facts({"house": sorted({*cases, *decisions, *rules}), "rules": rules})
