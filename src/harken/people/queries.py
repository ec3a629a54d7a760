"""Finding persons by what they are called."""

from __future__ import annotations

from django.db.models import Q

from .models import Handle


def handles_named(words: str, *, limit: int) -> list[Handle]:
    """Handles whose name or way of writing holds every one of the words, the newest first.

    Looks from the newest on and stops at the limit. Who may know of them is for the caller to check.
    """
    wanted = Q()
    for word in words.split()[:5]:
        wanted &= Q(name__icontains=word) | Q(shown__icontains=word) | Q(person__name__icontains=word)
    return list(Handle.objects.filter(wanted).select_related("person").order_by("-pk")[:limit])
