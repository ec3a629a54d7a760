"""An idea as the pages show it: how it stands, who owns it, what is owed, what the reader may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from harken.community.models import Idea
from harken.community.weighing import Owed, Status, owed
from harken.web.desk.looks import network_of
from harken.web.portal.looks import VOICES

NAMES = {
    Status.NEW: _("New"),
    Status.WEIGHED: _("Being weighed"),
    Status.DOING: _("Being done"),
    Status.DONE: _("Done"),
    Status.NOT_DONE: _("Not done"),
}
LOOKS = {
    Status.NEW: "new",
    Status.WEIGHED: "open",
    Status.DOING: "doing",
    Status.DONE: "did",
    Status.NOT_DONE: "no",
}
STEPS = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """One idea for a page."""

    idea: Idea
    status: str
    look: str
    step: int
    steps: tuple[bool, ...]
    owed: Owed | None
    is_settled: bool
    is_wanted: bool
    word_voice: str  # the label of who spoke last for the company
    address: str


def shown(idea: Idea, *, is_wanted: bool = False, today: date | None = None) -> Shown:
    """The idea as it stands today."""
    status = Status(idea.status)
    return Shown(
        idea=idea,
        status=str(NAMES[status]),
        look=LOOKS[status],
        step=status.step,
        steps=tuple(number < status.step for number in range(STEPS)) if status.step else (),
        owed=owed(
            status,
            has_owner=idea.team_id is not None,
            opened_at=idea.topic.created_at,
            next_word_at=idea.next_word_at,
            today=today or now().date(),
        ),
        is_settled=status.is_settled,
        is_wanted=is_wanted,
        word_voice=str(VOICES["employee"].label),
        address=f"/community/t/{idea.topic_id}/{idea.topic.slug}/",
    )


def places(counts: list[tuple[str, int]]) -> list[dict[str, Any]]:
    """Where how many said that they want it; the community first among equals."""
    return [
        {"label": network_of(name).label if name else _("here"), "count": count} for name, count in counts
    ]
