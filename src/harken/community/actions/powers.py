"""Using the powers that standing opened, and taking one up again that rested."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.community.models import HeldPower, Member
from harken.community.policy import Power

from .changing import NotAllowed


def use_power(member: Member, power: Power, *, at: datetime | None = None) -> None:
    """Remember that a power was used, so that it does not go to rest. For staff nothing is kept."""
    HeldPower.objects.filter(member=member, power=power.value).update(used_at=at or now())


def take_up_power(member: Member, power: Power, *, at: datetime | None = None) -> None:
    """Hold a power again that rested for not being used. Raises NotAllowed where there is none that rests."""
    at = at or now()
    with transaction.atomic():
        taken = HeldPower.objects.filter(
            member=member, power=power.value, state=HeldPower.State.RESTING
        ).update(state=HeldPower.State.HELD, used_at=at, why="", leaves_at=None)
        if not taken:
            raise NotAllowed(_("This does not rest: you hold it, or it has to be earned first."))
        # as they are now: what was lost since the page was opened stays lost
        row = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        row.powers = [one.value for one in Power if one.value in {*row.powers, power.value}]
        row.save(update_fields=["powers"])
        member.refresh_from_db(fields=["powers"])
