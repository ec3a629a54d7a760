"""Members who know something and want to be asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.timezone import now

from harken.community.actions.choosing import choose_answer
from harken.community.actions.learning import learn_experts
from harken.community.actions.reaching import change_reach
from harken.community.actions.writing import write_answer
from harken.community.models import Member
from harken.community.queries.spreads import forget_spreads
from tests.factories import ask, make_member


def make_expert(name: str, *, knows: int = 0, tag: str = "viola", **reach: Any) -> Member:
    """A member who solved so many questions under a tag in the last days, and said yes to being asked."""
    member = make_member(name)
    for number in range(knows):
        asker = make_member(f"Asker of {name} {number}")
        at = now() - timedelta(days=number + 2)
        topic = ask(f"Viola number {number} in the cabin", by=asker, tags=[tag], at=at)
        choose_answer(
            write_answer(topic, by=member, text="It worked for me.", at=at + timedelta(minutes=9)), by=asker
        )
    change_reach(member, is_on=True, **reach)
    while learn_experts():
        pass
    forget_spreads()
    return member
