"""What a member is told about their standing, in their own language: plainly, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone, translation
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from harken.brain.standing import Met, Why

from .policy import Power

POWERS: dict[str, Promise] = {
    Power.TAG.value: gettext_lazy("put tags on the topics of others"),
    Power.EDIT.value: gettext_lazy("improve the wording of others"),
    Power.CLOSE.value: gettext_lazy("close topics and open them again"),
    Power.ANSWER_ELSEWHERE.value: gettext_lazy("answer public questions from other networks"),
    Power.MODERATE.value: gettext_lazy("look at what was reported, and decide"),
}


def number(value: float) -> str:
    """A figure as it is read, without needless zeros; two decimals at most."""
    text = number_format(round(value, 2), use_l10n=True)
    return text[:-2] if text[-2:] in (".0", ",0") else text


def shares_apart(has: float, needs: float) -> tuple[str, str]:
    """Two shares in percent; with a decimal where they would else look the same."""
    if has != needs and f"{has:.0%}" == f"{needs:.0%}":
        return f"{has:.1%}", f"{needs:.1%}"
    return f"{has:.0%}", f"{needs:.0%}"


def met_words(one: Met) -> str:
    """One condition in words: what it takes and what there is."""
    values = {"has": number(round(one.has, 1)), "needs": number(round(one.needs, 1))}
    if one.name == "quality":
        has, needs = shares_apart(one.has, one.needs)
        values = {"has": has, "needs": needs}
        return _("%(has)s of answers solve it at least; more than %(needs)s is needed") % values
    return {
        "credit": _("help credit %(has)s of %(needs)s"),
        "people": _("%(has)s of %(needs)s people helped"),
        "days": _("%(has)s of %(needs)s days here"),
        "clean": _("the house decided against you %(has)s days ago; it takes %(needs)s"),
    }[one.name] % values


def unmet_words(conditions: Sequence[Met]) -> str:
    """What is missing, in one line."""
    return "; ".join(met_words(one) for one in conditions if not one.is_met)


def day(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATE_FORMAT")


def told_words(
    told: str, power: str, *, language: str, conditions: Sequence[Met], leaves_at: datetime | None, why: str
) -> str:
    """What a notice says: opened | leaving | stays | gone | resting."""
    with translation.override(language):
        values = {"do": str(POWERS[power]), "missing": unmet_words(conditions)}
        if told == "opened":
            met = "; ".join(met_words(one) for one in conditions[:2])
            return _("You can now %(do)s: %(met)s.") % {**values, "met": met}
        if told == "leaving":
            values["day"] = day(leaves_at) if leaves_at else ""
            if why == Why.UNUSED:
                return (
                    _("You have not used it for a year: from %(day)s it rests that you can %(do)s.") % values
                )
            return (
                _("Until %(day)s you can %(do)s. After that it takes more than there is: %(missing)s.")
                % values
            )
        if told == "stays":
            return _("It stays as it is: you can %(do)s.") % values
        if told == "resting":
            return _("It rests now that you can %(do)s. One press takes it up again.") % values
        return _("You can no longer %(do)s: %(missing)s.") % values
