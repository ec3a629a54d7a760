"""How members are asked: sizes of the circles, when they widen, when the company's people take over; for all spaces or one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from harken.clocks.models import BusinessCalendar
from harken.community.models import Circles, Space
from harken.community.queries.plans import circles_of
from harken.team.models import Agent
from harken.web.access import for_admins
from harken.web.reports.numbers import percent

from .frame import setup_page, wide

LIST = "/setup/circles/"


@for_admins
@require_safe
def circles(request: HttpRequest) -> HttpResponse:
    """What holds for all spaces, and for those that have their own."""
    known = {
        row.space_id: row for row in Circles.objects.select_related("calendar", "takes__user").order_by("-pk")
    }
    usual = known.get(None) or Circles()
    rows: list[dict[str, Any]] = [{"space": None, "circles": usual, "is_own": True}]
    for space in Space.objects.order_by("position", "id"):
        rows.append({"space": space, "circles": known.get(space.pk, usual), "is_own": space.pk in known})
    for row in rows:
        own = row["circles"]
        row |= {"widened": percent(own.widen_percent / 100), "ours": percent(own.staff_percent / 100)}
    return setup_page(request, "setup/circles.html", "circles", {"title": _("Asking members"), "rows": rows})


class CirclesForm(forms.ModelForm):
    """How a space asks its members."""

    is_on = wide(
        forms.BooleanField(label=gettext_lazy("Ask members who may know"), required=False, initial=True), "w6"
    )
    first = wide(
        forms.IntegerField(label=gettext_lazy("Members asked at once"), min_value=1, max_value=6), "w3"
    )
    more = wide(forms.IntegerField(label=gettext_lazy("More, later"), min_value=0, max_value=9), "w3")
    widen_percent = wide(
        forms.IntegerField(
            label=gettext_lazy("Widened when so much of the promised time is used, in percent"),
            min_value=1,
            max_value=95,
        ),
        "w3",
    )
    staff_percent = wide(
        forms.IntegerField(
            label=gettext_lazy("Before our people when so much is used, in percent"),
            min_value=1,
            max_value=95,
        ),
        "w3",
    )
    calendar = wide(
        forms.ModelChoiceField(
            BusinessCalendar.objects.none(),
            required=False,
            label=gettext_lazy("When our people are there"),
            empty_label=gettext_lazy("always"),
            help_text=gettext_lazy("Outside these hours the community is asked first, and widely at once."),
        ),
        "w3",
    )
    takes = wide(
        forms.ModelChoiceField(
            Agent.objects.none(),
            required=False,
            label=gettext_lazy("Who has it first then"),
            empty_label=gettext_lazy("nobody by name"),
        ),
        "w3",
    )

    class Meta:
        model = Circles
        fields = ["is_on", "first", "more", "widen_percent", "staff_percent", "calendar", "takes"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["calendar"].queryset = BusinessCalendar.objects.order_by("name")  # type: ignore[attr-defined]  # a ModelChoiceField
        agents = Agent.objects.filter(is_active=True).select_related("user").order_by("user__name")
        self.fields["takes"].queryset = agents  # type: ignore[attr-defined]  # as above


@for_admins
@require_http_methods(["GET", "POST"])
def circles_edit(request: HttpRequest, space_id: int | None = None) -> HttpResponse:
    """Change what holds for all spaces, or for one; a space's own is taken away with `do=delete`."""
    space = Space.objects.filter(pk=space_id).first() if space_id else None
    if space_id and space is None:
        raise Http404
    own = Circles.objects.filter(space=space).first()
    if own is None:  # begins as what holds for all
        own = (circles_of(space.pk) if space else None) or Circles()
        own = Circles(
            space=space, is_on=own.is_on, first=own.first, more=own.more, widen_percent=own.widen_percent,
            staff_percent=own.staff_percent, calendar=own.calendar, takes=own.takes,
        )  # fmt: skip
    if request.method == "POST" and request.POST.get("do") == "delete" and space and own.pk:
        own.delete()
        return HttpResponseRedirect(LIST)
    form = CirclesForm(request.POST if request.method == "POST" else None, instance=own)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved. It holds for each question's next step."))
        return HttpResponseRedirect(LIST)
    page = {
        "title": _("Asking members in %(space)s") % {"space": space.name} if space else _("Asking members"),
        "lead": _("Every moment is a share of the question's own promised time."),
        "form": form,
        "back": LIST,
        "may_delete": bool(space and own.pk),
    }
    return setup_page(request, "setup/edit.html", "circles", page, status=422 if form.errors else 200)
