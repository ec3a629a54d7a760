"""The one line above a member's form that says to which house rules they agree by sending it, and what follows."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from harken.community.actions.keeping_rules import accept_rules
from harken.community.judging import Change
from harken.community.models import Agreement, Member
from harken.community.queries.ruling import Versions

FIELD = "rules"  # of the form: the number of the version that stood above it


@dataclass(frozen=True, slots=True)
class Agreeing:
    """A version that a member has not agreed to yet."""

    number: int
    is_first: bool  # they never agreed to any
    changes: list[Change]  # of the version they agreed to last; all rules where there is none


def agreeing(member: Member | None, versions: Versions) -> Agreeing | None:
    """What the line says; None where there is none. No statement."""
    if member is None or not versions.current or member.rules_agreed == versions.current:
        return None
    before = member.rules_agreed
    return Agreeing(versions.current, before not in versions.texts, versions.changes_since(before))


def agreed_by_sending(request: HttpRequest, member: Member, *, act: str = Agreement.Act.WROTE) -> None:
    """What was sent is kept: they agree to the version that stood above the form; nothing where none did."""
    number = request.POST.get(FIELD, "")
    if number.isdecimal() and len(number) < 9:
        accept_rules(member, number=int(number), act=act)
