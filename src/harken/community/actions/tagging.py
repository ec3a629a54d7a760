"""Tags and products on topics, and what else is changed about a topic as a whole."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from harken.community import policy
from harken.community.events import TopicTurned
from harken.community.models import Member, Tag, Tagging, Topic
from harken.community.permissions import powers_of

from .changing import NotAllowed, check_writer, lock, touch
from .powers import use_power
from .taking_turns import take_turn


def put_tags(topic: Topic, names: Iterable[str]) -> bool:
    """Put exactly these tags on the topic (caller's transaction); whether that changed anything."""
    wanted = policy.tag_names(names)
    if wanted == topic.tag_names:
        return False
    before = set(topic.tag_names)
    tags = [Tag.objects.get_or_create(name=name)[0] for name in wanted]
    topic.taggings.exclude(tag__in=tags).delete()
    Tagging.objects.bulk_create([Tagging(topic=topic, tag=tag) for tag in tags], ignore_conflicts=True)
    topic.tag_names = wanted
    Topic.objects.filter(pk=topic.pk).update(tag_names=wanted)
    count_tags(before | set(wanted))
    return True


def count_tags(names: Iterable[str]) -> None:
    """Bring the number of shown topics under each tag in line."""
    tags = Tag.objects.filter(name__in=list(names))
    take_turn(tags)
    for tag in tags:
        tag.topic_count = tag.taggings.filter(topic__is_shown=True).count()
        tag.save(update_fields=["topic_count"])


def set_tags(topic: Topic, names: Iterable[str], *, by: Member) -> None:
    """Change a topic's tags: the asker's, the staff's, and by standing others' to do."""
    check_writer(by)
    with transaction.atomic():
        row = lock(topic.pk)
        if row.author_id != by.pk and policy.Power.TAG not in powers_of(by):
            raise NotAllowed(
                _("The tags are for the one who asked, for staff, and for members whose standing opens it.")
            )
        if put_tags(row, names):
            if row.author_id != by.pk:
                use_power(by, policy.Power.TAG)
            touch(row, TopicTurned, by=by, member_id=by.pk, what="tagged")
