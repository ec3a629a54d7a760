"""The rules of a place that isn't ours, asked where its channel is connected and shown and changed there."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from harken.channels.contract import Manifest
from harken.channels.models import Channel
from harken.guests.actions import record_place
from harken.guests.models import Place
from harken.guests.policy import (
    KEEP_DAYS,
    LONGEST_NAME,
    LONGEST_URL,
    MOST_KEEP_DAYS,
    Answering,
    missing,
)
from harken.team.models import Agent

from .frame import wide

ANSWERING = {
    Answering.READ: gettext_lazy("No, or we don’t know: we only read"),
    Answering.ASKED: gettext_lazy("Yes, when somebody there asks us"),
    Answering.WELCOME: gettext_lazy("Yes, they invited us to"),
}
FIELDS = ("run_by", "rules_url", "answering", "allowed_by", "allowed_on", "keep_days", "never_market")


def is_guest(manifest: Manifest) -> bool:
    """Whether what is connected by it is never ours."""
    return manifest.purposes == ("guest",)


def place_of(channel: Channel | None) -> Place | None:
    """The rules as recorded, or None."""
    return Place.objects.filter(channel=channel).first() if channel is not None else None


def add_fields(form: forms.Form, place: Place | None) -> None:
    """Ask for the place's rules in the form of its channel."""
    made: dict[str, forms.Field] = {
        "run_by": wide(
            forms.CharField(
                label=_("Who runs the place"),
                max_length=LONGEST_NAME,
                help_text=_("For example: its members, a club, one person."),
            ),
            "w3",
        ),
        "rules_url": wide(
            forms.CharField(
                label=_("Address of its rules"),
                max_length=LONGEST_URL,
                widget=forms.TextInput({"dir": "ltr", "inputmode": "url", "spellcheck": "false"}),
            ),
            "w3",
        ),
        "answering": wide(
            forms.ChoiceField(
                label=_("May we answer there, by its rules?"),
                choices=[(one.value, words) for one, words in ANSWERING.items()],
            ),
            "w6",
        ),
        "allowed_by": wide(
            forms.CharField(
                label=_("Who allowed or invited us"),
                max_length=LONGEST_NAME,
                required=False,
                help_text=_("Somebody of the place, by name; needed if we may answer."),
            ),
            "w3",
        ),
        "allowed_on": wide(
            forms.DateField(label=_("On which day"), required=False, widget=forms.DateInput({"type": "date"})),
            "w3",
        ),
        "keep_days": wide(
            forms.IntegerField(
                label=_("Keep what is said there for so many days"),
                initial=KEEP_DAYS,
                required=False,
                min_value=1,
                max_value=MOST_KEEP_DAYS,
                help_text=_("Then every word of it is let go of here. What they take away there goes at once, where the feed tells."),
            ),
            "w6",
        ),
        "never_market": wide(
            forms.BooleanField(
                label=_("We never market there: no offers, no campaigns, no names taken from it"), required=False
            ),
            "w6",
        ),
    }  # fmt: skip
    for name, field in made.items():
        form.fields[f"g_{name}"] = field
    if place is not None:
        given: dict[str, Any] = {name: getattr(place, name) for name in FIELDS[:-1]}
        given["allowed_on"] = place.allowed_on.isoformat() if place.allowed_on else ""
        form.initial |= {f"g_{name}": value for name, value in given.items()} | {"g_never_market": True}


def check(form: forms.Form, clean: dict[str, Any]) -> None:
    """Put what stands against it under its field."""
    for name, why in missing(**_given(clean), today=localdate()).items():
        if f"g_{name}" not in form.errors:
            form.add_error(f"g_{name}", _(why))


def record(channel: Channel, clean: dict[str, Any], *, by: Agent) -> None:
    """Record what the checked form says."""
    record_place(channel, by=by, **_given(clean))


def _given(clean: dict[str, Any]) -> dict[str, Any]:
    return {
        "run_by": clean.get("g_run_by") or "",
        "rules_url": (clean.get("g_rules_url") or "").strip(),
        "answering": clean.get("g_answering") or "",
        "allowed_by": clean.get("g_allowed_by") or "",
        "allowed_on": clean.get("g_allowed_on"),
        "keep_days": KEEP_DAYS if clean.get("g_keep_days") is None else clean["g_keep_days"],
        "never_market": bool(clean.get("g_never_market")),
    }
