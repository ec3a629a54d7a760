"""Who may read and do what in the community. Views start here, never from `.objects`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.timezone import now

from harken.accounts.models import User
from harken.team.models import Agent

from . import policy
from .models import Case, Decision, Member, Post, Space, Topic


def agent_behind(user: User | None) -> Agent | None:
    """The active agent that this user is; staff are employees of the company, whatever their role."""
    agent: Agent | None = getattr(user, "agent", None) if user is not None else None
    return agent if agent is not None and agent.is_active else None


def is_staff(member: Member | None) -> bool:
    """Whether this member works for the company now."""
    return member is not None and agent_behind(member.user) is not None


def may_write(member: Member | None) -> bool:
    """Whether somebody may say anything at all."""
    return member is not None and member.state == Member.State.ACTIVE and member.user_id is not None


def powers_of(member: Member | None) -> frozenset[policy.Power]:
    """What standing has opened to them; everything to the company's people, nothing to who may not write."""
    if member is None or not may_write(member):
        return frozenset()
    if is_staff(member):
        return frozenset(policy.Power)
    return frozenset(policy.Power(name) for name in member.powers)


def may_moderate(member: Member | None) -> bool:
    """Whether they look at what waits and decide: members to whom standing has opened it, and the company's people."""
    return policy.Power.MODERATE in powers_of(member)


def member_moderators() -> set[int]:
    """Ids of the members (no staff) who may moderate now; asked where the company's own posts are judged."""
    found = Member.objects.annotate(named=Cast("powers", TextField())).filter(
        state=Member.State.ACTIVE, user__isnull=False, named__contains=policy.Power.MODERATE.value
    )
    return {one.pk for one in found.select_related("user__agent") if not is_staff(one)}


def cases_visible_to(member: Member | None) -> QuerySet[Case]:
    """What waits for a look: for moderators, in spaces that they may read, and never about themselves."""
    if member is None or not may_moderate(member):
        return Case.objects.none()
    spaces = spaces_visible_to(member).filter(pk=OuterRef("post__topic__space_id"))
    return Case.objects.filter(Q(post=None) | Exists(spaces)).exclude(about=member)


def decisions_visible_to(member: Member | None) -> QuerySet[Decision]:
    """Decisions as a whole, with what they are about: one's own, and for moderators all but of closed spaces."""
    if member is None or (member.pk is None and not may_moderate(member)):
        return Decision.objects.none()
    if not may_moderate(member):
        return Decision.objects.filter(about=member)
    spaces = spaces_visible_to(member).filter(pk=OuterRef("post__topic__space_id"))
    return Decision.objects.filter(Q(about=member) | Q(post=None) | Exists(spaces))


def spaces_visible_to(member: Member | None) -> QuerySet[Space]:
    """Spaces that may be read: everybody's; members' with an account; the lounge for super users and staff."""
    spaces = Space.objects.all()
    if is_staff(member):
        return spaces
    audiences = [Space.Audience.EVERYONE.value]
    if member is not None and member.state == Member.State.ACTIVE:
        audiences.append(Space.Audience.MEMBERS.value)
        if member.is_super_user:
            audiences.append(Space.Audience.LOUNGE.value)
    return spaces.filter(audience__in=audiences)


def topics_visible_to(member: Member | None) -> QuerySet[Topic]:
    """Topics of those spaces that are shown; one's own also while they wait for a look; staff see all of them."""
    # not "space in (…)": SQLite would sort every topic of these spaces instead of walking a list in its order
    topics = Topic.objects.filter(Exists(spaces_visible_to(member).filter(pk=OuterRef("space_id"))))
    if is_staff(member):
        return topics.exclude(state=Topic.State.REMOVED)
    if member is None:
        return topics.filter(is_shown=True)
    return topics.filter(Q(is_shown=True) | Q(state=Topic.State.HELD, author=member))


def posts_visible_to(member: Member | None) -> QuerySet[Post]:
    """Posts of topics that may be read: what is shown, and one's own (staff: all) that wait for a look."""
    # asked of each post rather than listed beforehand: there may be a hundred thousand topics
    posts = Post.objects.filter(Exists(topics_visible_to(member).filter(pk=OuterRef("topic_id"))))
    if is_staff(member):
        return posts.exclude(state=Post.State.REMOVED)
    if member is None:
        return posts.filter(state=Post.State.SHOWN)
    return posts.filter(Q(state=Post.State.SHOWN) | Q(state=Post.State.HELD, author=member))


def may_open(member: Member | None, *, space: Space, kind: str) -> bool:
    """Whether they may open a topic of this kind there; announcements are the company's."""
    if member is None or not may_write(member) or not space.is_open:
        return False
    return is_staff(member) or (kind != Topic.Kind.ANNOUNCEMENT and kind in space.kinds)


def may_edit(member: Member | None, *, post: Post) -> bool:
    """One's own posts, staff any post of the company's voice, and by standing the wording of other customers; what is
    removed stays as it is."""
    if member is None or not may_write(member) or post.state == Post.State.REMOVED:
        return False
    if post.author_id == member.pk or (is_staff(member) and post.voice == "brand"):
        return True
    return post.voice == policy.Voice.CUSTOMER and policy.Power.EDIT in powers_of(member)


def is_improving(member: Member, *, post: Post) -> bool:
    """Whether an edit by this member would be of somebody else's words: then a reason is needed and they are told."""
    return post.author_id != member.pk and post.voice == policy.Voice.CUSTOMER


@dataclass(frozen=True, slots=True)
class May:
    """What somebody who is signed in may do in one topic; a page asks this once and shows no other buttons."""

    member_id: int | None  # None: an agent who has not spoken in the community yet
    is_staff: bool
    is_asker: bool
    turn: bool  # thank, follow, say whether it worked
    write: bool  # something new
    choose: bool  # say what solved it
    tag: bool  # say under which words it is found
    close: bool  # and open it again
    improve: bool = False  # the wording of other customers


def may_in(
    topic: Topic, member: Member | None, *, agent: Agent | None = None, at: datetime | None = None
) -> May:
    """What this member, or this agent who becomes one by speaking, may do in the topic. No statement."""
    staff = agent is not None or is_staff(member)
    turn = may_write(member) if member is not None else agent is not None
    is_asker = member is not None and topic.author_id == member.pk
    powers = frozenset(policy.Power) if staff else powers_of(member)
    choose = policy.who_may_choose(
        is_asker=is_asker,
        is_staff=staff,
        asked_at=topic.created_at,
        chosen_as=topic.chosen_as,
        at=at or now(),
    )
    return May(
        member_id=member.pk if member is not None else None,
        is_staff=staff,
        is_asker=is_asker,
        turn=turn,
        write=turn and topic.state == Topic.State.OPEN and topic.space.is_open,
        choose=turn and topic.kind == Topic.Kind.QUESTION and choose is not None,
        tag=turn and (is_asker or policy.Power.TAG in powers),
        close=turn and (is_asker or policy.Power.CLOSE in powers),
        improve=turn and policy.Power.EDIT in powers,
    )
