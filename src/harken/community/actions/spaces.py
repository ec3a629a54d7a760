"""Making and changing spaces: the company lays them out."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.accounts.models import User
from harken.base import journal
from harken.community.events import SpaceChanged
from harken.community.models import Space, Topic
from harken.community.policy import slug_of

from .changing import NotUnderstood, derive, lock


def keep_space(space: Space, *, by: User | None) -> Space:
    """Make or change a space; a new one gets an address of its own from its name. Raises NotUnderstood.

    In a closed one nobody may answer, so nothing waits there either: clocks stop, and who was asked is asked no more.
    Opened again, what nobody answered waits again, with what was left of its time.
    """
    space.name = " ".join(space.name.split())
    if not space.name or len(space.name) > 80:
        raise NotUnderstood("name", _("A name of 1 to 80 characters, please."))
    known = set(Topic.Kind.values)
    space.kinds = [kind for kind in space.kinds if kind in known] or [
        Topic.Kind.QUESTION.value,
        Topic.Kind.DISCUSSION.value,
    ]
    if not space.slug:
        stem, number = slug_of(space.name, longest=50), 2
        space.slug = stem
        while Space.objects.filter(slug=space.slug).exists():
            space.slug, number = f"{stem}-{number}", number + 1
    try:
        with transaction.atomic():
            was_open = Space.objects.filter(pk=space.pk).values_list("is_open", flat=True).first()
            space.save()
            Space.objects.filter(pk=space.pk).update(version=F("version") + 1)
            space.refresh_from_db(fields=["version"])
            journal.record(
                SpaceChanged(subject_id=space.pk, version=space.version, actor_id=by.pk if by else None)
            )
    except IntegrityError:
        raise NotUnderstood("slug", _("Another space has this address.")) from None
    if was_open is not None and was_open != space.is_open:
        _carry_questions(space, at=now())
    return space


def _carry_questions(space: Space, *, at: datetime) -> None:
    """Bring clocks and circles of the questions that nobody answered in line with whether anybody may: one at a time,
    since whoever writes holds the topic before the space. What a stop leaves over, the lane `circles` finds."""
    rows = Topic.objects.filter(
        space=space,
        kind=Topic.Kind.QUESTION,
        state=Topic.State.OPEN,
        answered_at=None,
        chosen=None,
        origin=None,
    )
    for topic_id in list(rows.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            derive(lock(topic_id), at=at)
