"""Who hears of what was said: followers, the ones named, the ones thanked. Nobody hears of their own acts."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_noop

from harken.community import notice_words, policy
from harken.community.models import Following, Member, Notice, Post, Space, Topic
from harken.community.models.hearing import tell_bells


def notify_post(post: Post, *, topic: Topic) -> None:
    """Notices of a new post, one a member: named before commented-on before followed (caller's transaction)."""
    if post.state != Post.State.SHOWN or not topic.is_shown:
        return
    kinds: dict[int, str] = {}
    if post.kind == Post.Kind.OPENING:
        kinds = dict.fromkeys(_followers_of_place(topic), Notice.Kind.OPENED)
    else:
        followers = Following.objects.filter(topic=topic, member__user__isnull=False)
        for member_id in followers.values_list("member_id", flat=True):
            kinds[member_id] = Notice.Kind.COMMENTED if post.kind == "comment" else Notice.Kind.ANSWERED
    if post.parent_id and (above := Post.objects.filter(pk=post.parent_id).first()):
        kinds[above.author_id] = Notice.Kind.COMMENTED
    # an @name elsewhere is somebody there, whatever a member here is called
    names = policy.mentioned(post.text) if not post.said_on else []
    named = Member.objects.filter(slug__in=names, user__isnull=False)
    for member in named.select_related("user__agent"):
        if _may_read(member, topic.space):
            kinds[member.pk] = Notice.Kind.MENTIONED
    kinds.pop(post.author_id, None)
    Notice.objects.bulk_create(
        [
            Notice(
                member_id=m, kind=kind, topic=topic, post=post, actor_id=post.author_id, at=post.created_at
            )
            for m, kind in kinds.items()
        ],
        ignore_conflicts=True,
        batch_size=500,
    )


def _followers_of_place(topic: Topic) -> list[int]:
    """Who follows the topic's space or one of its tags, each once, as far as they may read there."""
    place = Q(following__space=topic.space_id) | Q(following__tag__taggings__topic=topic)
    followers = Member.objects.filter(place, user__isnull=False, state=Member.State.ACTIVE).distinct()
    if topic.space.audience == Space.Audience.LOUNGE:
        followers = followers.filter(Q(is_super_user=True) | Q(user__agent__is_active=True))
    return list(followers.values_list("pk", flat=True))


def notify_one(
    member_id: int, *, kind: str, topic: Topic, post: Post, actor: Member, at: datetime | None = None
) -> None:
    """A notice for one member, unless it is about their own act; a second one of the same fact is the first."""
    if member_id != actor.pk:
        Notice.objects.get_or_create(
            member_id=member_id,
            kind=kind,
            post=post,
            actor=actor,
            defaults={"topic": topic, "at": at or now()},
        )


def tell_edited(post: Post, *, topic: Topic, by: Member, reason: str, at: datetime) -> None:
    """Tell the author that somebody improved their wording, with the reason and what it said before (caller's
    transaction)."""
    author = Member.objects.select_related("user").get(pk=post.author_id)
    if author.user is None:
        return
    said = notice_words.said(
        gettext_noop("%(name)s improved your wording: %(reason)s"),
        name=by.name,
        reason=" ".join(reason.split()),
    )
    Notice.objects.create(
        member=author,
        kind=Notice.Kind.DECIDED,
        topic=topic,
        actor=by,
        said=said,
        words=notice_words.words_for(author, said),
        address=f"/community/history/{post.pk}/",
        key=f"edited:{post.pk}:{post.edits}",
        at=at,
    )


def see_notices(member: Member, *, at: datetime | None = None) -> int:
    """Mark everything as seen; returns how many were new."""
    found = member.notices.filter(seen_at=None).update(seen_at=at or now())
    if found:
        tell_bells([member.pk])
    return found


def see_notice(notice: Notice, *, at: datetime | None = None) -> None:
    """Mark one as seen."""
    if Notice.objects.filter(pk=notice.pk, seen_at=None).update(seen_at=at or now()):
        tell_bells([notice.member_id])


def _may_read(member: Member, space: Space) -> bool:
    if space.audience == Space.Audience.LOUNGE:
        return member.is_super_user or getattr(member.user, "agent", None) is not None
    return True
