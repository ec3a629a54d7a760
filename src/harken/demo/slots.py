"""Fills the gaps in a story's texts: names, flights, cities and dates, each in the language of the text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from harken.demo.company import Agent, Brand, Customer

_GAP = re.compile(r"\{(@|[A-Za-z]+)(?::([^{}]*))?\}")
_SPAN = re.compile(r"^([+-]?\d+)([mhd]?)$")

WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "pt": (
        "segunda-feira",
        "terça-feira",
        "quarta-feira",
        "quinta-feira",
        "sexta-feira",
        "sábado",
        "domingo",
    ),
    "ar": ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"),
}
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
}
_TITLES = {
    "en": {"f": "Ms", "m": "Mr"},
    "fr": {"f": "Madame", "m": "Monsieur"},
    "de": {"f": "Frau", "m": "Herr"},
}


def pattern_of(text: str) -> re.Pattern[str]:
    """Finds the text again, whatever its gaps were filled with and however its lines were broken."""
    known = _GAP.split(text)[:: _GAP.groups + 1]
    parts = [r"\s+".join(re.escape(word) for word in part.split()) for part in known]
    return re.compile(r".{1,80}?".join(parts), re.DOTALL)


class UnknownGap(ValueError):
    """A text asks for something that no slot gives."""


@dataclass(frozen=True, slots=True)
class Filling:
    """What the gaps of one story are filled with. `begun` is the story's first moment, `cities` its two ends."""

    language: str
    begun: datetime
    brand: Brand
    customer: Customer
    mention: str
    flight: str
    cities: tuple[Mapping[str, str], Mapping[str, str]]
    reference: str
    tag: str

    def fill(self, text: str, *, at: datetime, agent: Agent | None = None) -> str:
        """The text without gaps, as said at that moment by that agent.

        Raises UnknownGap for a gap that does not exist or an agent's gap in a customer's words.
        """

        def one(found: re.Match[str]) -> str:
            return self._value(found[1], found[2] or "", at, agent, text)

        return _GAP.sub(one, text)

    def _value(self, name: str, argument: str, at: datetime, agent: Agent | None, text: str) -> str:
        day = self.begun.astimezone(ZoneInfo(self.brand.zone)).date()
        simple = {
            "@": self.mention,
            "name": self.customer.first,
            "fullname": self.customer.name,
            "family": self.customer.family,
            "initial": self.customer.first[:1],
            "flight": self.flight,
            "ref": self.reference,
            "tag": self.tag,
        }
        if name in simple:
            return simple[name]
        if name in {"dep", "arr"}:
            city = self.cities[name == "arr"]
            return city.get(f"{self.language}_{argument}") or city.get(self.language, city["en"])
        if name == "title":
            return _TITLES[self.language][self.customer.gender]
        if agent is not None and name == "me":
            return agent.first
        if agent is not None and name == "sign":
            return f"{agent.name}\n{self.brand.name}"
        if name == "clock":
            return _clock(at + _span(argument), self.brand.zone, self.language)
        if name in {"date", "weekday", "on", "On", "month", "year"}:
            return self._day(name, int(argument or 0), day)
        raise UnknownGap(f"no slot {{{name}}} here: {text[:80]!r}")

    def _day(self, name: str, shift: int, day: date) -> str:
        language = self.language if self.language in MONTHS else "en"
        if name == "year":
            return str(day.year + shift)
        months = MONTHS[language].split()
        if name == "month":
            return months[(day.month - 1 + shift) % 12]
        then = day + timedelta(days=shift)
        if name == "date":
            return _date(then, months[then.month - 1], language)
        weekday = WEEKDAYS[language][then.weekday()]
        if name == "weekday":
            return weekday
        said = {
            "en": f"on {weekday}",
            "es": f"el {weekday}",
            "fr": weekday,
            "de": f"am {weekday}",
            "pt": f"{'no' if then.weekday() > 4 else 'na'} {weekday}",
            "ar": f"يوم {weekday}",
        }[language]
        return said[0].upper() + said[1:] if name == "On" else said


def date_in(moment: datetime, language: str) -> str:
    """Day and time of a moment as people write them in that language, in UTC."""
    code = language if language in MONTHS else "en"
    day = _date(moment.date(), MONTHS[code].split()[moment.month - 1], code)
    return f"{day} {moment:%Y %H:%M}"


def _date(day: date, month: str, language: str) -> str:
    if language in {"es", "pt"}:
        return f"{day.day} de {month}"
    if language == "de":
        return f"{day.day}. {month}"
    if language == "fr" and day.day == 1:
        return f"1er {month}"
    return f"{day.day} {month}"


def _clock(moment: datetime, zone: str, language: str) -> str:
    """A time of day as people promise one: on five minutes."""
    local = moment.astimezone(ZoneInfo(zone))
    local += timedelta(minutes=-local.minute % 5)
    return f"{local.hour} h {local.minute:02d}" if language == "fr" else f"{local:%H:%M}"


def _span(text: str) -> timedelta:
    found = _SPAN.match(text)
    if not found:
        raise UnknownGap(f"not a span of time: {text!r}")
    return timedelta(**{{"m": "minutes", "h": "hours", "d": "days"}[found[2] or "m"]: int(found[1])})
