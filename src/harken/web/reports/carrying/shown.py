"""Who carries the community in the words of its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from harken.brain import standing as rules
from harken.community.models import Standing, SuperUserCall
from harken.community.queries.carrying import Carried, People
from harken.community.queries.earned import community_figures, decided_against, figures_of
from harken.insight.charts.lorenz import Lorenz, Mark, lorenz_chart
from harken.insight.charts.svg import Tick
from harken.web.reports.numbers import percent


def one_decimal(value: float) -> str:
    return number_format(round(value, 1), decimal_pos=1)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A member with their figures and why they stand here."""

    member: Any
    credit: str
    people: int
    share: str  # of answers that solve it, with its interval
    reasons: list[str]
    call: SuperUserCall | None = None


def near_heads(needs: dict[str, float]) -> dict[str, str]:
    """What a super user needs, as heads of a table, by condition; in the order given."""
    whole = {name: int(value) for name, value in needs.items()}
    words = {
        "credit": lambda: (
            _("Help credit; the last seat has %(needs)s") % {"needs": one_decimal(needs["credit"])}
        ),
        "people": lambda: _("People helped, of %(needs)s") % {"needs": whole["people"]},
        "days": lambda: _("Days here, of %(needs)s") % {"needs": whole["days"]},
        "quality": lambda: (
            _("Answers solve it, at least; %(needs)s do of all") % {"needs": percent(needs["quality"])}
        ),
        "clean": lambda: _("Days since a decision against them, of %(needs)s") % {"needs": whole["clean"]},
    }
    return {name: words[name]() for name in needs}


def has_words(one: rules.Met) -> str:
    """How far somebody is with one condition; "" where it is met."""
    if one.is_met:
        return ""
    if one.name == "quality":
        return percent(one.has)
    return one_decimal(one.has) if one.name == "credit" else str(int(one.has))


class Rows:
    """Makes rows of standings; the community's figures are read once."""

    def __init__(self, found: People, *, at: Any) -> None:
        self._found, self._at = found, at
        self.community = community_figures()
        everybody = [*found.super_users, *found.candidates, *found.near, *found.rising, *found.tired]
        self._decided = decided_against({row.member_id for row in everybody})

    def row(self, standing: Standing, reasons: list[str]) -> PersonRow:
        quality = self._figures(standing).quality
        share = _("%(share)s, between %(low)s and %(high)s") % {
            "share": percent(quality.share), "low": percent(quality.low), "high": percent(quality.high),
        }  # fmt: skip
        call = self._found.calls.get(standing.member_id)
        return PersonRow(standing.member, one_decimal(standing.credit), standing.people, share, reasons, call)

    def _figures(self, standing: Standing) -> rules.Figures:
        return figures_of(
            standing,
            standing.member,
            mean=self.community["mean"],
            decided_at=self._decided.get(standing.member_id),
            at=self._at,
        )

    def near(
        self, standings: Sequence[Standing]
    ) -> tuple[list[str], list[tuple[Any, list[tuple[str, str]]]]]:
        """Who is nearest with what is missing: the heads of a table, and for each member how far they are."""
        all_met = [
            {
                met.name: met
                for met in rules.super_conditions(
                    self._figures(one),
                    least_credit=self.community["least_credit"],
                    mean=self.community["mean"],
                )
            }
            for one in standings
        ]
        heads = near_heads({met.name: met.needs for conditions in all_met for met in conditions.values()})
        rows = [
            (
                one.member,
                [(head, has_words(met[name]) if name in met else "") for name, head in heads.items()],
            )
            for one, met in zip(standings, all_met, strict=True)
        ]
        return list(heads.values()), rows


def rising_words(why: dict[str, float]) -> list[str]:
    """Why somebody is a rising star."""
    return [
        _("%(items)s people helped in %(days)s days here")
        % {"items": int(why["items"]), "days": int(why["days"])},
        _("about %(rate)s in 28 days; nine of ten others stayed under %(peers)s at the same age")
        % {"rate": one_decimal(why["rate"]), "peers": one_decimal(why["peers"])},
        _("%(chance)s sure") % {"chance": percent(why["chance"])},
    ]


def tired_words(signs: list[dict[str, Any]]) -> list[str]:
    """Why somebody may be tired or leaving, each against their own usual."""
    words = {
        "fewer": _("%(now)s answers a week lately, %(usual)s before"),
        "gap": _("no answer for %(now)s days; gaps of over %(usual)s were rare"),
        "shorter": _("answers of %(now)s characters, %(usual)s before"),
        "left": _("%(now)s questions put before them stayed unanswered"),
    }
    found = []
    for sign in signs:
        how = one_decimal if sign["what"] == "fewer" else lambda value: str(round(value))
        found.append(words[sign["what"]] % {"now": how(sign["now"]), "usual": how(sign["usual"])})
    return found


def chart(found: Carried) -> SafeString:
    """The Lorenz curve with the few marked."""
    marks = []
    for share in (0.01, 0.1):
        few, part = found.of_the_most(share)
        if share == 0.1 and marks and few <= round(marks[0].few * len(found.answers)):
            continue
        label = ngettext("%(n)s member: %(part)s", "%(n)s members: %(part)s", few) % {
            "n": few,
            "part": percent(part),
        }
        marks.append(Mark(few / len(found.answers), part, label))
    finding = "; ".join(mark.label for mark in marks)
    ticks = tuple(Tick(part / 100, percent(part / 100)) for part in (0, 25, 50, 75, 100))
    drawn = lorenz_chart(
        Lorenz(
            name="lorenz",
            title=_("Share of answers by share of members, from those who gave least"),
            finding=finding,
            points=found.points(),
            ticks=ticks,
            across=_("members who answered, fewest answers first"),
            up=_("share of all answers"),
            even=_("everybody the same"),
            marks=tuple(marks),
        )
    )
    return mark_safe(drawn)  # noqa: S308 - written by insight.charts, which escapes what it is given


def parts_table(found: Carried) -> list[tuple[str, int, str]]:
    """The same as numbers: the members who gave most, how many they are, their share."""
    rows = []
    for share in (0.01, 0.05, 0.1, 0.25, 0.5):
        few, part = found.of_the_most(share)
        rows.append((percent(share), few, percent(part)))
    return rows


def cell(href: str, number: int) -> SafeString:
    """A number that opens to its rows."""
    return format_html('<a class="open" href="{}">{}</a>', href, number) if number else mark_safe("0")
