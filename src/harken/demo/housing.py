"""The demo's house: its rules and a second version before the members, what was decided and taken back, what waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from harken.accounts.models import User
from harken.community.actions.appealing import appeal
from harken.community.actions.deciding import decide
from harken.community.actions.flagging import flag_member, flag_post
from harken.community.actions.holding import Written
from harken.community.actions.joining import join
from harken.community.actions.keeping_rules import call_vote, cast_ballot, draft_rules, first_rules
from harken.community.actions.undoing import reverse_decision
from harken.community.actions.writing import write_answer, write_comment
from harken.community.models import Agreement, Case, Decision, Member, Post, Rules, Topic
from harken.demo.company import read_toml
from harken.demo.forgetting import forget_facts
from harken.demo.founding import MAIL_HOST
from harken.demo.spans import span

SELLING = (
    "I had the same last spring: come early and ask at the desk, they were kind each time. I also sell neck pillows and "
    "padded cases, write to me for 10 % off."
)
ADVERTISED = "Hello everyone, visit my page for cheap flights, 70 % off today: http://wings.example.com"


def keep_house(members: Mapping[str, Member], *, now: datetime) -> None:
    """Rules in force and a vote, decisions in the log, an appeal, and what waits for a look (caller's transaction).

    Who of `members` decides holds the power to: it was opened to them before.
    """
    rules = first_rules(by=None, at=now - timedelta(days=200), is_demo=True)
    raw = read_toml("house.toml")
    known = dict(members)
    for one in raw["member"]:
        known[one["slug"]] = _newcomer(one, now)
    _agree(rules, now=now)
    for one in raw["case"]:
        _case(one, known, now)
    _wait(known, now)
    _vote(raw["rules"], known, now)
    ours = Q(post__topic__is_demo=True) | Q(post=None, about__is_demo=True)
    Post.objects.filter(topic__is_demo=True, is_demo=False).update(is_demo=True)
    Case.objects.filter(ours).update(is_demo=True)
    Decision.objects.filter(ours).update(is_demo=True)


def _newcomer(one: Mapping[str, Any], now: datetime) -> Member:
    member = join(
        User.objects.create_user(f"{one['slug']}@members.{MAIL_HOST}", name=one["name"]), name=one["name"]
    )
    member.line, member.about, member.is_demo = one["line"], one["about"], True
    member.joined_at = now - timedelta(days=one["joined"])
    member.save(update_fields=["line", "about", "is_demo", "joined_at"])
    return member


def _case(one: Mapping[str, Any], members: Mapping[str, Member], now: datetime) -> None:
    """Something is said, reported, decided, taken back or appealed against, as far as the file tells."""
    if "about" in one:
        for by, rule, words, ago in one["flags"]:
            flag_member(members[one["about"]], by=members[by], rule=rule, words=words, at=now - span(ago))
        return
    if "in" in one and "post_by" in one:
        post = Post.objects.get(topic__title__startswith=one["in"], author=members[one["post_by"]])
        for by, rule, words, ago in one["flags"]:
            flag_post(post, by=members[by], rule=rule, words=words, at=now - span(ago))
        return
    at = now - span(one["ago"])
    topic = Topic.objects.get(is_demo=True, title__startswith=one["in"])
    answer = topic.said.filter(kind=Post.Kind.ANSWER, created_at__lt=at).order_by("created_at").first()
    above = answer or topic.said.get(kind=Post.Kind.OPENING)
    said = write_comment(above, by=members[one["by"]], text=one["text"], at=at)
    for by, rule, words, after in one["flags"]:
        flag = flag_post(said, by=members[by], rule=rule, words=words, at=at + span(after))
    if "decided" not in one:
        return
    by, act, rule, after, reason = one["decided"]
    decided_at = at + span(after)
    decision = decide(flag.case, by=members[by], act=act, rule=rule, reason=reason, at=decided_at)
    if "back" in one:
        by, after, reason = one["back"]
        reverse_decision(decision, by=members[by], reason=reason, at=decided_at + span(after))
    if "appeal" in one:
        ago, words = one["appeal"]
        appeal(decision, by=members[one["by"]], words=words, at=now - span(ago))


def _wait(members: Mapping[str, Member], now: datetime) -> None:
    """In the youngest answered question: an offer that two reported, and a first post that waits unseen."""
    topics = Topic.objects.filter(
        is_demo=True, is_shown=True, state="open", kind="question", space__audience="everyone",
        created_at__lt=now - timedelta(hours=1),
    ).exclude(answered_at=None)  # fmt: skip
    young = topics.exclude(author__slug__in=["obinna", "teo", "kit"]).order_by("-created_at", "-pk")[0]
    offer = write_answer(young, by=members["obinna"], text=SELLING, at=now - timedelta(minutes=44))
    for name, words, ago in (("wanjiru", "The advice is good, the offer is not.", 31), ("bram", "", 19)):
        flag_post(offer, by=members[name], rule=4, words=words, at=now - timedelta(minutes=ago))
    write_answer(
        young, by=members["kit"], text=ADVERTISED, how=Written(seconds=1.0), at=now - timedelta(minutes=24)
    )


def _vote(raw: Mapping[str, Any], members: Mapping[str, Member], now: datetime) -> None:
    """A second version is before the members, and most have not voted yet."""
    at, by = now - span(raw["ago"]), members[raw["by"]]
    wanted = [(title, words) for title, words in raw["changed"]]
    rules = draft_rules(wanted, by=by, note=raw["note"], at=at)
    Rules.objects.filter(pk=rules.pk).update(is_demo=True)
    vote = call_vote(rules, by=by, days=raw["days"], is_binding=True, at=at)
    for number, (slug, is_for) in enumerate(
        [(slug, True) for slug in raw["for"]] + [(slug, False) for slug in raw["against"]], 1
    ):
        cast_ballot(vote, by=members[slug], is_for=is_for, at=min(at + number * timedelta(hours=3), now))


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
    ours = Q(post__topic__is_demo=True) | Q(post=None, about__is_demo=True)
    cases = list(Case.objects.filter(ours).values_list("pk", flat=True))
    decisions = list(Decision.objects.filter(case__in=cases).values_list("pk", flat=True))
    appeals = list(Decision.objects.filter(pk__in=decisions).exclude(appeal=None).values_list("appeal__pk", flat=True))  # fmt: skip
    rules = list(Rules.objects.filter(is_demo=True).values_list("pk", flat=True))
    if Rules.objects.filter(is_demo=False).exists():
        Rules.objects.filter(pk__in=rules).update(is_demo=False)
        rules = []
    numbers = list(Rules.objects.filter(pk__in=rules).values_list("number", flat=True))
    Member.objects.filter(rules_agreed__in=numbers).update(rules_agreed=0)
    Rules.objects.filter(pk__in=rules).delete()
    # one kind for all of the house: a number may be that of a case, a decision, an appeal or a version
    forget_facts({"house": sorted({*cases, *decisions, *appeals, *rules}), "rules": rules})
