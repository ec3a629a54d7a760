"""Standing in the words and shapes of its pages: steps, sums, bands, the way from helped to helper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from harken.brain import standing as rules
from harken.community.queries.standing import Earned, Known, Marked, StepShown
from harken.community.wording import POWERS, met_words, number, shares_apart

NAMES = {
    "tag": gettext_lazy("Tags"),
    "edit": gettext_lazy("Wording"),
    "close": gettext_lazy("Closing"),
    "answer_elsewhere": gettext_lazy("Answers elsewhere"),
    "moderate": gettext_lazy("Moderator"),
}
ICONS = {"held": "circle-check", "leaving": "hourglass", "resting": "pause", "waits": "clock"}


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step as the page shows it."""

    power: str
    name: str
    does: str
    look: str  # of the class: held | here | next
    icon: str
    state: str
    conditions: list[tuple[bool, str]]
    since: datetime | None
    leaves_at: datetime | None
    is_unused: bool


def step_rows(steps: Sequence[StepShown]) -> list[StepRow]:
    """The steps in their order; the last one that is held is where one stands."""
    held = [number for number, one in enumerate(steps) if one.state in ("held", "leaving")]
    here = held[-1] if held else None
    return [
        StepRow(
            power=one.power,
            name=str(NAMES[one.power]),
            does=str(POWERS[one.power]),
            look="is-here" if place == here else "is-held" if one.state in ("held", "leaving") else "",
            icon=ICONS.get(one.state, "circle-dashed"),
            state=one.state,
            conditions=[(met.is_met, met_words(met)) for met in one.conditions],
            since=one.since,
            leaves_at=one.leaves_at,
            is_unused=one.why == "unused",
        )
        for place, one in enumerate(steps)
    ]


def sum_rows(parts: dict[str, float]) -> list[tuple[str, str]]:
    """The sum that explains a credit, line by line; lines of nothing are left out."""
    if not parts:
        return []
    items, verified, repeated = (int(parts[name]) for name in ("items", "verified_items", "repeated_items"))
    lines = [
        (
            ngettext(
                "%(n)s answer that closed a question, the newest counts most",
                "%(n)s answers that closed a question, the newest count most",
                items,
            )
            % {"n": items},
            parts["plain"],
        ),
        (_("others helped later by the same answers"), parts["later"]),
        (
            ngettext("%(n)s answer confirmed by our staff", "%(n)s answers confirmed by our staff", verified)
            % {"n": verified},
            parts["verified"],
        ),
        (
            ngettext(
                "%(n)s time the same person again, counted half",
                "%(n)s times the same person again, counted half",
                repeated,
            )
            % {"n": repeated},
            parts["repeated"],
        ),
        (_("beyond what one day can count"), parts["capped"]),
    ]
    return [(words, signed(value)) for words, value in lines if abs(value) >= 0.05]


def signed(value: float) -> str:
    """With one decimal, and a minus that is one."""
    return f"{'−' if value < 0 else ''}{number_format(round(abs(value), 1), decimal_pos=1)}"


def band(quality: rules.Quality) -> SafeString:
    """The measured share as a point on its 95 % interval, of 100."""
    low, high, point = (round(100 * part) for part in (quality.low, quality.high, quality.share))
    return format_html(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="ground" width="100" height="10" rx="2"/><rect class="range" x="{}" width="{}" height="10"/>'
        '<rect class="point" x="{}" width="1.6" height="10"/></svg>',
        band_words(quality),
        low,
        max(1, high - low),
        min(98.4, max(0, point - 0.8)),
    )


def band_words(quality: rules.Quality) -> str:
    """The same in words."""
    return _("%(share)s of 100, between %(low)s and %(high)s") % {
        "share": round(100 * quality.share),
        "low": round(100 * quality.low),
        "high": round(100 * quality.high),
    }


@dataclass(frozen=True, slots=True)
class KnownRow:
    """A tag as the table of what somebody knows shows it."""

    tag: str
    people: int
    bar: SafeString
    share: int


def known_rows(known: Sequence[Known]) -> list[KnownRow]:
    return [KnownRow(one.tag, one.people, band(one.quality), round(100 * one.quality.share)) for one in known]


@dataclass(frozen=True, slots=True)
class WayRow:
    """One stretch of the way from helped to helper."""

    words: str
    at: datetime | None
    more: str = ""
    is_now: bool = False


def way_rows(way: Sequence[Marked]) -> list[WayRow]:
    """The way in words; the last stretch is where one is."""
    found = []
    for place, one in enumerate(way):
        is_now = place == len(way) - 1
        words = {
            "helped": _("Was helped by %(name)s") % {"name": one.name},
            "thanked": _("Said thanks"),
            "told": _("Told others that it worked"),
            "answered": _("First answer that helped, to %(name)s") % {"name": one.name},
            "super_user": _("Became a super user"),
            "people": ngettext("Helped %(n)s person", "Helped %(n)s people", one.count) % {"n": one.count},
        }[one.what]
        more = ""
        if one.what == "people" and one.more:
            more = ngettext(
                "%(n)s of them has helped somebody since",
                "%(n)s of them have helped somebody since",
                one.more,
            ) % {"n": one.more}
        found.append(WayRow(words, one.at, more, is_now))
    return found


def super_words(found: Earned) -> list[tuple[bool, str]]:
    """What makes a super user, with what there is."""
    words = {
        "credit": _(
            "among the %(seats)s with the most help credit; today that takes %(needs)s, and there is %(has)s"
        ),
        "people": _("%(needs)s different people helped, and there are %(has)s"),
        "days": _("%(needs)s days here, and there are %(has)s"),
        "quality": _("answers solve it more often than most: %(has)s at least, and %(needs)s do of all"),
    }
    rows = []
    for one in found.super_conditions:
        as_words = signed if one.name == "credit" else number
        values = {
            "has": as_words(one.has),
            "needs": as_words(one.needs),
            "seats": int(found.community["seats"]),
        }
        if one.name == "quality":
            has, needs = shares_apart(one.has, one.needs)
            values |= {"has": has, "needs": needs}
        rows.append((one.is_met, words[one.name] % values))
    return rows
