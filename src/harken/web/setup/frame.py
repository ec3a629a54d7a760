"""What the pages of the setup share: the places of its second bar, and form fields that look alike."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ZONES = sorted(
    zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/"))
)


def setup_page(
    request: HttpRequest, template: str, section: str, page: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page of the setup under one of its places."""
    places = [
        {"key": "channels", "href": "/setup/channels/", "label": _("Channels")},
        {"key": "people", "href": "/setup/people/", "label": _("People and teams")},
        {"key": "promises", "href": "/setup/promises/", "label": _("Hours and promises")},
        {"key": "brands", "href": "/setup/brands/", "label": _("Brands")},
        {"key": "spaces", "href": "/setup/spaces/", "label": _("Spaces")},
        {"key": "circles", "href": "/setup/circles/", "label": _("Asking members")},
        {"key": "fediverse", "href": "/setup/fediverse/", "label": _("Fediverse")},
        {"key": "travel", "href": "/setup/travel/", "label": _("Answers that travel")},
    ]
    if "zone" in getattr(page.get("form"), "fields", ()):
        page = {**page, "zones": ZONES}
    return render(
        request, template, {"place": "setup", "section": section, "places": places, **page}, status=status
    )


def wide(field: forms.Field, width: str) -> forms.Field:
    """Mark how much of the form's line a field takes: w6 all of it, w4, w3 half, w2."""
    field.widget.attrs["data_width"] = width
    return field


class ZoneField(forms.CharField):
    """An IANA time zone, with the known ones offered while typing."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("Time zone"))
        super().__init__(max_length=64, **kwargs)
        self.widget.attrs.update({"list": "zones", "autocomplete": "off", "dir": "ltr"})

    def clean(self, value: Any) -> str:
        found: str = super().clean(value)
        if found and found not in available_timezones():
            raise forms.ValidationError(
                _("“%(zone)s” is no time zone. Write it as Europe/Dublin.") % {"zone": found}
            )
        return found
