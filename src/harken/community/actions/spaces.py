"""Making and changing spaces: the company lays them out."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from harken.accounts.models import User
from harken.base import journal
from harken.community.events import SpaceChanged
from harken.community.models import Space, Topic
from harken.community.policy import slug_of

from .changing import NotUnderstood


def keep_space(space: Space, *, by: User | None) -> Space:
    """Make or change a space; a new one gets an address of its own from its name. Raises NotUnderstood."""
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
            space.save()
            Space.objects.filter(pk=space.pk).update(version=F("version") + 1)
            space.refresh_from_db(fields=["version"])
            journal.record(
                SpaceChanged(subject_id=space.pk, version=space.version, actor_id=by.pk if by else None)
            )
    except IntegrityError:
        raise NotUnderstood("slug", _("Another space has this address.")) from None
    return space
