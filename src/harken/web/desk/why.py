"""Why a conversation stands where it stands, in words: the parts of its points, and what would move it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from harken.base.joints import joined
from harken.brain.prioritise import TOP_LANE, Move, Part, Priority, prioritise
from harken.inbox.models import Conversation

from .looks import URGENCIES

SHOWN_MOVES = 3


def why_of(c: Conversation, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """The parts that sum to the points which the list sorts by, as stored; None where nobody waits."""
    stored = c.rank_parts or {}
    if not c.needs_answer or c.is_archive or not stored.get("parts"):
        return None
    parts = _parts_now(c, tuple(Part(name, points, value) for name, points, value in stored["parts"]))
    used = next((part.value for part in parts if part.name in ("overdue", "waiting")), None)
    target = c.clock.target_seconds / 60 if c.clock else None
    waited = used * target if used is not None and target is not None else None
    priority = Priority(
        sum(part.points for part in parts),
        parts,
        "top" if c.lane else "queue",
        int(c.rank) + TOP_LANE * c.lane,
        None,
        waited,
        target if waited is not None else None,
    )
    shown = [(name, points) for name, points in priority.shown if points]
    most = max((points for _name, points in shown), default=1)
    values = {part.name: part.value for part in parts}
    return {
        "points": sum(points for _name, points in shown),
        "parts": [
            {
                "label": _part_words(name, values[name], c, target, facts),
                "points": points,
                "share": round(100 * points / max(most, 1)),
            }
            for name, points in shown
        ],
        "moves": [
            {"icon": "arrow-up" if move.direction == "up" else "arrow-down", "label": words}
            for move in priority.moves
            if (words := _move_words(move))
        ][:SHOWN_MOVES],
        "foot": _("It waited more than three times its promise: such go before all others.")
        if c.lane
        else "",
    }


def _parts_now(c: Conversation, stored: tuple[Part, ...]) -> tuple[Part, ...]:
    """The stored parts, those of the clock as they are at this moment: the list's order is counted anew in whole
    points, and the words beside it must not lag behind the clock above them."""
    clock = c.clock
    if clock is None or clock.state != "running" or clock.calendar_id is not None:
        return stored
    waited = max(0.0, (now() - clock.started_at).total_seconds() / 60)
    fresh = {
        part.name: part for part in prioritise("low", waited=waited, target=clock.target_seconds / 60).parts
    }
    timed = tuple(fresh[name] for name in ("waiting", "overdue") if name in fresh)
    return tuple(part for part in stored if part.name not in ("waiting", "overdue")) + timed


def _part_words(
    name: str, value: float, c: Conversation, target: float | None, facts: Mapping[str, Any]
) -> str:
    if name == "urgency":
        because = joined(f"“{word}”" for word in facts.get("urgent_words", ()))
        level = _("Urgency: %(level)s") % {"level": str(URGENCIES.get(c.urgency, c.urgency)).lower()}
        return f"{level} ({because})" if because else level
    if name in ("waiting", "overdue") and target is not None:
        minutes, of = round(value * target), round(target)
        if name == "waiting":
            return _("%(used)s of %(of)s promised minutes used") % {"used": min(minutes, of), "of": of}
        late = minutes - of
        return ngettext("Late by %(n)s minute", "Late by %(n)s minutes", late) % {"n": late}
    if name == "churn":
        return _("Sounds like leaving us")
    if name == "repeat":
        return _("Not the first contact this week")
    if name == "reach":
        return ngettext("%(n)s joined in or passed it on", "%(n)s joined in or passed it on", int(value)) % {
            "n": int(value)
        }
    return _("Part of an open incident") if name == "incident" else name


def _move_words(move: Move) -> str:
    """What would move it, with the points; "" for what only a change of the customer's mind would do."""
    points = round(abs(move.points))
    if move.cause == "answered":
        return _("An answer stops the clock and takes it off the list.")
    if move.cause == "clock_used_up" and move.in_minutes is not None:
        minutes = max(1, round(move.in_minutes))
        if not points:
            return ngettext(
                "In %(n)s minute the promise is broken.", "In %(n)s minutes the promise is broken.", minutes
            ) % {"n": minutes}
        return ngettext(
            "In %(n)s minute the promise is broken: %(p)s points more by then.",
            "In %(n)s minutes the promise is broken: %(p)s points more by then.",
            minutes,
        ) % {"n": minutes, "p": points}
    if move.cause == "top_lane" and move.in_minutes is not None:
        hours = max(1, round(move.in_minutes / 60))
        return ngettext(
            "In %(n)s hour it goes before all others.", "In %(n)s hours it goes before all others.", hours
        ) % {"n": hours}
    if move.cause == "incident_closed":
        return _("When the incident is closed: %(p)s points less.") % {"p": points}
    if move.cause == "reach_none":
        return ""
    return ""
