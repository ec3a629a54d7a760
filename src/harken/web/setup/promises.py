"""What we promise: targets by brand, channel and urgency, and the calendars whose hours count."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from harken.accounts.models import Brand
from harken.base.joints import joined
from harken.base.time.calendar import Calendar, CalendarError
from harken.base.time.rules import calendar_from_rules
from harken.channels.models import Channel
from harken.clocks.models import BusinessCalendar, Target
from harken.clocks.policy import RULES
from harken.clocks.setting import keep_calendar, keep_target, remove_calendar, remove_target
from harken.web.access import for_admins
from harken.web.desk.looks import URGENCIES

from .frame import ZoneField, setup_page, wide

DAYS = [
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
]
KINDS = {"first": gettext_lazy("First answer"), "next": gettext_lazy("Each next answer")}
_SPAN = re.compile(r"^\s*(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})\s*$")
_PAIR = re.compile(r"(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})")
_HOLIDAY = re.compile(r"^\s*(\d{4}-\d{2}-\d{2})\s*((?:\d{1,2}:\d{2}\s*[-–]\s*\d{1,2}:\d{2}[,\s]*)*)(.*)$")


def within_words(seconds: int) -> str:
    """A promise's length in its largest whole unit."""
    if seconds % 86400 == 0:
        return ngettext("%(n)s day", "%(n)s days", seconds // 86400) % {"n": seconds // 86400}
    if seconds % 3600 == 0:
        return ngettext("%(n)s hour", "%(n)s hours", seconds // 3600) % {"n": seconds // 3600}
    return ngettext("%(n)s minute", "%(n)s minutes", round(seconds / 60)) % {"n": round(seconds / 60)}


@for_admins
@require_safe
def promises(request: HttpRequest) -> HttpResponse:
    """Every promise and every calendar."""
    channels = dict(Channel.objects.values_list("pk", "name"))
    targets = [
        {
            "id": t.pk,
            "kind_words": KINDS[t.kind],
            "brand_words": t.brand.name if t.brand else _("any"),
            "channel_words": channels.get(t.channel_id or 0, _("any")) if t.channel_id else _("any"),
            "urgency_words": URGENCIES.get(t.urgency, _("any")),
            "within": within_words(t.seconds),
            "calendar_words": t.calendar.name if t.calendar else _("every hour"),
        }
        for t in Target.objects.select_related("brand", "calendar").order_by(
            "kind", "brand__name", "channel_id", "urgency"
        )
    ]
    today = now().date()
    calendars = [
        {
            "id": c.pk,
            "name": c.name,
            "zone": c.zone,
            "hours_words": _hours_words(c),
            "holidays_ahead": sum(h.day >= today for h in c.holidays.all()),
        }
        for c in BusinessCalendar.objects.prefetch_related("holidays").order_by("name")
    ]
    page = {
        "title": _("Hours and promises"),
        "targets": targets,
        "calendars": calendars,
        "rules": [_(rule.sentence) for rule in RULES],
    }
    return setup_page(request, "setup/promises.html", "promises", page)


def _hours_words(c: BusinessCalendar) -> str:
    if c.is_always_open:
        return _("always")
    parts = []
    for number, day in enumerate(DAYS):
        spans = c.hours.get(str(number))
        if spans:
            parts.append(f"{str(day)[:3]} {joined('–'.join(span) for span in spans)}")
    return " · ".join(parts) or _("never")


class TargetForm(forms.ModelForm):
    """How soon we promise to answer."""

    kind = wide(forms.ChoiceField(label=gettext_lazy("What is promised"), choices=list(KINDS.items())), "w3")
    minutes = wide(
        forms.IntegerField(label=gettext_lazy("Answer within, in minutes"), min_value=1, max_value=100_000),
        "w3",
    )
    brand = wide(
        forms.ModelChoiceField(
            Brand.objects.none(), required=False, label=gettext_lazy("Brand"), empty_label=gettext_lazy("any")
        ),
        "w3",
    )
    channel_id = wide(
        forms.TypedChoiceField(required=False, label=gettext_lazy("Channel"), coerce=int, empty_value=None),
        "w3",
    )
    urgency = wide(forms.ChoiceField(required=False, label=gettext_lazy("Urgency")), "w3")
    calendar = wide(
        forms.ModelChoiceField(
            BusinessCalendar.objects.none(), required=False, label=gettext_lazy("Hours that count"),
            empty_label=gettext_lazy("every hour"),
        ),
        "w3",
    )  # fmt: skip

    class Meta:
        model = Target
        fields = ["kind", "brand", "channel_id", "urgency", "calendar"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        any_word = ("", _("any"))
        self.fields["brand"].queryset = Brand.objects.order_by("name")  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["calendar"].queryset = BusinessCalendar.objects.order_by("name")  # type: ignore[attr-defined]  # as above
        channels = list(Channel.objects.order_by("name").values_list("pk", "name"))
        self.fields["channel_id"].choices = [any_word, *channels]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["urgency"].choices = [any_word, *URGENCIES.items()]  # type: ignore[attr-defined]  # as above
        if self.instance.pk:
            self.initial["minutes"] = round(self.instance.seconds / 60)


@for_admins
@require_http_methods(["GET", "POST"])
def target_edit(request: HttpRequest, target_id: int | None = None) -> HttpResponse:
    """Add, change or delete a promise."""
    target = Target.objects.filter(pk=target_id).first() if target_id else Target()
    if target is None:
        raise Http404
    if request.method == "POST" and request.POST.get("do") == "delete" and target.pk:
        remove_target(target)
        return HttpResponseRedirect("/setup/promises/")
    form = TargetForm(request.POST if request.method == "POST" else None, instance=target)
    if request.method == "POST" and form.is_valid():
        target.seconds = form.cleaned_data["minutes"] * 60
        keep_target(target)
        messages.success(request, _("Saved. It holds for what begins to wait from now on."))
        return HttpResponseRedirect("/setup/promises/")
    page = {
        "title": _("A promise") if target.pk else _("Add a promise"),
        "lead": _(
            "The most specific promise that fits a conversation holds: channel before urgency before brand."
        ),
        "form": form,
        "back": "/setup/promises/",
        "may_delete": bool(target.pk),
    }
    return setup_page(request, "setup/edit.html", "promises", page, status=422 if form.errors else 200)


class CalendarForm(forms.Form):
    """Opening hours as wall-clock rules in a zone, with holidays."""

    name = wide(forms.CharField(label=gettext_lazy("Name"), max_length=120), "w3")
    zone = wide(ZoneField(), "w3")
    is_always_open = wide(forms.BooleanField(label=gettext_lazy("Always open"), required=False), "w6")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, day in enumerate(DAYS):
            self.fields[f"day{number}"] = wide(
                forms.CharField(
                    label=day,
                    required=False,
                    widget=forms.TextInput({"dir": "ltr", "class": "num", "data_quiet": "1"}),
                ),
                "w3",
            )
        self.fields["day0"].help_text = _(
            "09:00-17:00, or 09:00-12:00, 13:00-17:00; past midnight: 22:00-06:00"
        )
        self.fields["holidays"] = wide(
            forms.CharField(
                label=_("Holidays"), required=False, widget=forms.Textarea({"rows": 6, "dir": "ltr", "data_quiet": "1"}),
                help_text=_("One a line: 2026-12-25 Christmas Day; with hours: 2026-12-24 09:00-13:00 Christmas Eve"),
            ),
            "w6",
        )  # fmt: skip
        self.calendar: Calendar | None = None

    def clean(self) -> dict[str, Any]:
        clean: dict[str, Any] = super().clean() or {}
        hours = {}
        for number in range(7):
            try:
                spans = _spans(clean.get(f"day{number}", ""))
            except ValueError as wrong:
                self.add_error(
                    f"day{number}", _("“%(text)s” is no time span: write 09:00-17:00.") % {"text": wrong}
                )
                continue
            if spans:
                hours[str(number)] = spans
        holidays = []
        for line in (clean.get("holidays") or "").splitlines():
            if not line.strip():
                continue
            found = _HOLIDAY.match(line)
            if not found:
                self.add_error(
                    "holidays",
                    _("“%(line)s” does not begin with a day like 2026-12-25.") % {"line": line[:60]},
                )
                continue
            holidays.append({"day": found[1], "name": found[3].strip()[:120], "hours": _pairs(found[2])})
        if self.errors:
            return clean
        try:
            self.calendar = calendar_from_rules(
                {
                    "zone": clean["zone"],
                    "hours": hours,
                    "holidays": holidays,
                    "always_open": clean["is_always_open"],
                }
            )
        except CalendarError as wrong:
            self.add_error(None, str(wrong))
        return clean


def _pairs(text: str) -> list[list[str]]:
    return [[opens.zfill(5), closes.zfill(5)] for opens, closes in _PAIR.findall(text)]


def _spans(text: str) -> list[list[str]]:
    spans = []
    for part in re.split(r"[,،;؛]\s*|\s{2,}", text.strip()):
        if not part.strip():
            continue
        found = _SPAN.match(part)
        if not found:
            raise ValueError(part.strip()[:40])
        spans.append([found[1].zfill(5), found[2].zfill(5)])
    return spans


def _calendar_values(c: BusinessCalendar) -> dict[str, Any]:
    days = {f"day{n}": ", ".join("-".join(span) for span in c.hours.get(str(n), ())) for n in range(7)}
    holidays = "\n".join(
        " ".join(filter(None, [h.day.isoformat(), ", ".join("-".join(s) for s in h.hours), h.name]))
        for h in c.holidays.order_by("day")
    )
    return {"name": c.name, "zone": c.zone, "is_always_open": c.is_always_open, **days, "holidays": holidays}


@for_admins
@require_http_methods(["GET", "POST"])
def calendar_edit(request: HttpRequest, calendar_id: int | None = None) -> HttpResponse:
    """Add, change or delete a calendar."""
    row = BusinessCalendar.objects.filter(pk=calendar_id).first() if calendar_id else BusinessCalendar()
    if row is None:
        raise Http404
    if request.method == "POST" and request.POST.get("do") == "delete" and row.pk:
        remove_calendar(row)
        return HttpResponseRedirect("/setup/promises/")
    initial = _calendar_values(row) if row.pk else {f"day{n}": "09:00-17:00" for n in range(5)}
    form = CalendarForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid() and form.calendar is not None:
        row.name = form.cleaned_data["name"]
        if BusinessCalendar.objects.filter(name=row.name).exclude(pk=row.pk).exists():
            form.add_error("name", _("There is a calendar of this name already."))
        else:
            keep_calendar(row, form.calendar)
            messages.success(request, _("Saved. It holds for what begins to wait from now on."))
            return HttpResponseRedirect("/setup/promises/")
    page = {
        "title": row.name if row.pk else _("Add a calendar"),
        "lead": _("Hours by the clock on the wall in the zone; summer time is taken care of."),
        "form": form,
        "back": "/setup/promises/",
        "may_delete": bool(row.pk),
    }
    return setup_page(request, "setup/edit.html", "promises", page, status=422 if form.errors else 200)
