"""A post's text as it is shown: its @names lead to the members who are here."""

from __future__ import annotations

from harken.community import policy, texts
from harken.community.models import Member


def html_naming(text: str) -> str:
    """`texts.html_of` with the members it names. At most one query, and none where nobody is named."""
    names = policy.mentioned(text)
    known = (
        Member.objects.filter(slug__in=names, user__isnull=False).values_list("slug", flat=True)
        if names
        else ()
    )
    return texts.html_of(text, named=set(known))
