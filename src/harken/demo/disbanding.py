"""Takes the demo's community away again. What real people wrote in real topics stays, as do spaces that hold such."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.sessions.models import Session

from harken.accounts.models import User
from harken.clocks.models import Clock
from harken.community import search
from harken.community.actions.changing import count_space
from harken.community.actions.choosing import count_member
from harken.community.actions.tagging import count_tags
from harken.community.actions.writing import count_answers
from harken.community.models import CreditFreeze, Member, Post, Round, Space, Tag, Topic
from harken.demo.forgetting import forget_facts
from harken.demo.housing import leave_house
from harken.inbox.models import Conversation
from harken.knowledge.models import Solution


def count_in(conversations: Collection[int]) -> None:
    """Count to the demo what came of it while it was tried out: topics from its conversations, with who asked there,
    and staff of the demo who spoke here (caller's transaction, before the conversations go)."""
    asked = Topic.objects.filter(trip__conversation__in=conversations)
    askers = list(asked.filter(author__user=None).values_list("author_id", flat=True))
    asked.update(is_demo=True)
    Member.objects.filter(pk__in=askers).update(is_demo=True)
    Member.objects.filter(user__agent__is_demo=True).update(is_demo=True)


def disband() -> None:
    """Remove topics, members, spaces and tags of the demo (caller's transaction)."""
    leave_house()
    topics = list(Topic.objects.filter(is_demo=True).values_list("pk", flat=True))
    posts = Post.objects.filter(topic__in=topics)
    solutions = list(Solution.objects.filter(topic__in=topics).values_list("pk", flat=True))
    for pk, indexed in posts.filter(state=Post.State.SHOWN).values_list("pk", "indexed"):
        search.forget_posts([(pk, *search.parts_of(indexed))])
    clocks = list(Topic.objects.filter(pk__in=topics).exclude(clock=None).values_list("clock_id", flat=True))
    in_use = Conversation.objects.filter(clock__isnull=False).values("clock_id")
    met = set(posts.filter(author__is_demo=False).values_list("author_id", flat=True))
    Topic.objects.filter(pk__in=topics).delete()
    Clock.objects.filter(pk__in=clocks).exclude(pk__in=in_use).delete()
    for member_id in sorted(met):  # real ones who tried it out
        count_answers(member_id)
        count_member(member_id)
    members = _remove_members()
    freezes = list(CreditFreeze.objects.filter(members=None).values_list("pk", flat=True))
    CreditFreeze.objects.filter(pk__in=freezes).delete()
    spaces = list(Space.objects.filter(is_demo=True, topics=None).values_list("pk", flat=True))
    Space.objects.filter(pk__in=spaces).delete()
    for space_id in Space.objects.filter(is_demo=True).values_list("pk", flat=True):
        count_space(space_id)
    Space.objects.filter(is_demo=True).update(is_demo=False)
    Tag.objects.filter(is_demo=True, taggings=None).delete()
    count_tags(Tag.objects.filter(is_demo=True).values_list("name", flat=True))
    Tag.objects.filter(is_demo=True).update(is_demo=False)
    Round.objects.all().delete()  # what it found of the community was of this one
    forget_facts(
        {
            "topic": topics, "member": members, "notice": members, "solution": solutions, "space": spaces,
            "credit_freeze": freezes,
        }
    )  # fmt: skip


def _remove_members() -> list[int]:
    """Members of the demo and their sign-ins; one under whose name something real was said stays, without a sign-in."""
    every = Member.objects.filter(is_demo=True)
    users = list(every.filter(user__agent=None).exclude(user=None).values_list("user_id", flat=True))
    gone = list(every.filter(posts=None, topics=None).values_list("pk", flat=True))
    Member.objects.filter(pk__in=gone).delete()
    Member.objects.filter(is_demo=True).update(is_demo=False, is_super_user=False)
    names = {str(pk) for pk in users}
    for session in Session.objects.iterator():
        if session.get_decoded().get("_auth_user_id") in names:
            session.delete()
    User.objects.filter(pk__in=users).delete()
    return gone
