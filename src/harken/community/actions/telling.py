"""Moderators hear of what waits long for a look, or can't wait; not of each case, and only of what is theirs to decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext_noop as _

from harken.community import judging, notice_words
from harken.community.models import Appeal, Case, Decision, Member, Notice
from harken.community.models.hearing import tell_bells
from harken.community.permissions import member_moderators
from harken.community.queries.house import Item, due_to_tell, may_decide

MODERATED_WITHIN = timedelta(days=90)  # in which one of the company's people decided something


def tell_moderators(*, at: datetime | None = None) -> int:
    """Give the notices that are due (a lane); of how many things. Each is told once."""
    at = at or now()
    due = due_to_tell(at)
    if not due:
        return 0
    moderators = _who_moderates(at)
    with transaction.atomic():
        # whoever takes the mark away tells of it
        due = [one for one in due if _take(one)]
        for member in moderators:
            _tell(member, may_decide(member, due), at)
    return len(due)


def forget_waiting(key: str) -> None:
    """It is decided: who has not seen the notice of it need not (caller's transaction). `key`: as Item.key."""
    unseen = Notice.objects.filter(key__startswith=f"waits:{key}:", seen_at=None)
    members = list(unseen.values_list("member_id", flat=True))
    if members:
        unseen.delete()
        tell_bells(members)


def _take(item: Item) -> bool:
    if item.appeal is not None:
        return bool(Appeal.objects.filter(pk=item.appeal.pk, tell_at__isnull=False).update(tell_at=None))
    return bool(Case.objects.filter(pk=item.case.pk, tell_at__isnull=False).update(tell_at=None))


def _who_moderates(at: datetime) -> list[Member]:
    """Members with the power, and who of the company's people decided something lately; while there is nobody, its leads
    and admins who have spoken here."""
    members = Member.objects.filter(state=Member.State.ACTIVE, user__isnull=False).select_related(
        "user__agent"
    )
    staff = set(
        Decision.objects.filter(by_staff=True, at__gt=at - MODERATED_WITHIN).values_list("by_id", flat=True)
    )
    found = list(members.filter(pk__in=member_moderators()))
    found += list(members.filter(pk__in=staff, user__agent__is_active=True))
    return found or list(members.filter(user__agent__is_active=True, user__agent__role__in=["lead", "admin"]))


def _tell(member: Member, items: Sequence[Item], at: datetime) -> None:
    """A notice for each urgent thing; for all that waits long only one, and none while an earlier one is unseen."""
    late = [one for one in items if not _urgent(one)]
    knows = Notice.objects.filter(
        member=member, kind=Notice.Kind.WAITS, address="/community/house/", seen_at=None
    )
    rows = [one for one in items if _urgent(one)]
    if late and not knows.exists():
        rows.append(late[0])
    for one in rows:
        urgent = _urgent(one)
        said = notice_words.said(_words(urgent))
        Notice.objects.get_or_create(
            key=f"waits:{one.key}:{member.pk}",
            defaults={
                "member": member,
                "kind": Notice.Kind.WAITS,
                "said": said,
                "words": notice_words.words_for(member, said),
                "address": f"/community/house/{one.key}/" if urgent else "/community/house/",
                "at": at,
                # what is only late is told by the bell
                "mail_at": at if urgent else None,
            },
        )


def _urgent(item: Item) -> str:
    return "" if item.appeal is not None else item.case.urgent


def _words(urgent: str) -> str:
    if urgent == judging.THREAT:
        return _("Something that may be a threat to somebody waits for a look.")
    if urgent == judging.PERSONAL:
        return _("Something with personal data in it waits for a look.")
    return _("What waits for a look has waited long.")
