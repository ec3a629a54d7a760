"""Files that nobody put into anything go, row and bytes, a day after they came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.apps import apps
from django.db import models, transaction
from django.db.models import Q
from django.utils.timezone import now

from harken.channels.files import file_path
from harken.community.models import Draft, File, Post, Revision
from harken.community.texts import FILES_AT, OWN_FILE

AT_ONCE = 200
AGAIN = timedelta(days=1)  # one that stands in a draft only is looked for again


def clear_files(*, at: datetime | None = None) -> int:
    """Look for the files that are due in everything members wrote, as it reads now and as it read before. One that
    stands there stays for good; one in a draft is looked for again; the others are deleted. Returns how many were
    looked at."""
    at = at or now()
    with transaction.atomic():
        due = list(
            File.objects.select_for_update(skip_locked=True)
            .filter(due_at__lte=at)
            .order_by("due_at")[:AT_ONCE]
        )
        if not due:
            return 0
        # its name is made at random when it comes: nothing written before can hold it
        said = _named(_said_since(min(one.at for one in due)))
        begun = _named(
            Draft.objects.filter(text__contains=FILES_AT).values_list("text", flat=True).iterator()
        )
        kept = [one.pk for one in due if one.stored_as in said]
        waiting = [one.pk for one in due if one.stored_as in begun - said]
        File.objects.filter(pk__in=kept).update(due_at=None)
        File.objects.filter(pk__in=waiting).update(due_at=at + AGAIN)
        gone = [one for one in due if one.stored_as not in said | begun]
        File.objects.filter(pk__in=[one.pk for one in gone]).delete()
        # the row first: a file without a row is only waste, a row without a file a link that leads nowhere
        transaction.on_commit(lambda: [file_path(one.stored_as).unlink(missing_ok=True) for one in gone])
    return len(due)


def _said_since(moment: datetime) -> Iterator[str]:
    """Every text of the community that may have been written since then and holds a file of ours."""
    with_one = {"text__contains": FILES_AT}
    posts = Post.objects.filter(Q(created_at__gte=moment) | Q(edited_at__gte=moment), **with_one)
    yield from posts.values_list("text", flat=True).iterator()
    yield from Revision.objects.filter(at__gte=moment, **with_one).values_list("text", flat=True).iterator()
    # whatever else holds texts of people: few rows, and a new kind of them is not forgotten here
    for model in apps.get_app_config("community").get_models():
        if model in (Post, Revision, Draft):
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, models.TextField):
                rows = model._default_manager.filter(**{f"{field.name}__contains": FILES_AT})
                yield from rows.values_list(field.name, flat=True).iterator()


def _named(texts: Iterator[str]) -> set[str]:
    return {name for text in texts for name in OWN_FILE.findall(text)}
