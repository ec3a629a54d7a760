"""When answers go back to where they were asked without a person: the rules that the company writes, and none as they come."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from harken.accounts.models import Brand
from harken.channels.models import Channel
from harken.inbox.actions.changing import NotAllowed
from harken.travel.actions.ruling import keep_rule, remove_rule
from harken.travel.models import TravelRule
from harken.travel.policy import Trust
from harken.web.access import for_admins

from .frame import setup_page, wide

LIST = "/setup/travel/"


@for_admins
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule, and what holds where there is none."""
    rows = [
        {
            "id": rule.pk,
            "brand": rule.brand.name,
            "channel": rule.channel.name if rule.channel else "",
            "parts": parts_of(rule),
            "is_open_to_all": rule.when_accepted and rule.accepted_from == Trust.ANYBODY,
            "wait": wait_words(rule.wait_minutes),
            "by": rule.written_by,
            "at": rule.written_at,
        }
        for rule in TravelRule.objects.select_related("brand", "channel", "written_by__user").order_by(
            "brand__name", "channel__name"
        )
    ]
    return setup_page(
        request, "setup/travel.html", "travel", {"title": _("Answers that travel"), "rules": rows}
    )


def parts_of(rule: TravelRule) -> list[str]:
    """What lets an answer go, in sentences."""
    earned = ngettext(
        "it worked for %(n)s, nobody said that it didn't, and its author is trusted to answer elsewhere",
        "it worked for %(n)s, nobody said that it didn't, and its author is trusted to answer elsewhere",
        rule.min_worked,
    ) % {"n": rule.min_worked}
    return [
        words
        for holds, words in (
            (rule.when_accepted, accepted_words(Trust(rule.accepted_from))),
            (rule.when_checked, _("one of us checked it")),
            (rule.when_earned, earned),
        )
        if holds
    ]


def accepted_words(wanted: Trust) -> str:
    """That who asked accepts it, and of whom it must be."""
    if wanted is Trust.SUPER_USER:
        return _("who asked says that it solved it, and its author is a super user")
    if wanted is Trust.TRUSTED:
        return _("who asked says that it solved it, and its author is trusted to answer elsewhere")
    return _("who asked says that it solved it, whoever wrote it")


def wait_words(minutes: int) -> str:
    """How long it can be stopped before it goes."""
    if not minutes:
        return _("at once")
    return ngettext("after %(n)s minute", "after %(n)s minutes", minutes) % {"n": minutes}


class RuleForm(forms.ModelForm):
    """When an answer goes by itself."""

    brand = wide(
        forms.ModelChoiceField(Brand.objects.none(), label=gettext_lazy("Brand"), empty_label=None), "w3"
    )
    channel = wide(
        forms.ModelChoiceField(
            Channel.objects.none(), label=gettext_lazy("Channel"), required=False,
            empty_label=gettext_lazy("all of the brand that have no rule of their own"),
        ),
        "w3",
    )  # fmt: skip
    when_accepted = wide(
        forms.BooleanField(label=gettext_lazy("Who asked says that it solved it"), required=False), "w6"
    )
    accepted_from = wide(
        forms.ChoiceField(
            label=gettext_lazy("… and it was written by"),
            required=False,
            initial=Trust.TRUSTED.value,
            choices=[
                (Trust.SUPER_USER.value, gettext_lazy("a super user")),
                (Trust.TRUSTED.value, gettext_lazy("a super user or who is trusted to answer elsewhere")),
                (Trust.ANYBODY.value, gettext_lazy("anybody, also an account made today")),
            ],
            help_text=gettext_lazy(
                "With “anybody”, one person with two accounts can ask, answer and accept, and has any words posted "
                "in your name without one of you reading them."
            ),
            widget=forms.Select({"data_quiet": "yes"}),  # it has one from the start
        ),
        "w6",
    )
    when_checked = wide(
        forms.BooleanField(
            label=gettext_lazy("One of us checked it; readers see that, too"),
            required=False,
        ),
        "w6",
    )
    when_earned = wide(
        forms.BooleanField(
            label=gettext_lazy("Its author has earned it: a super user, or trusted to answer elsewhere"),
            required=False,
        ),
        "w6",
    )
    min_worked = wide(
        forms.IntegerField(
            label=gettext_lazy("… and it worked for at least"), min_value=1, max_value=100,
            help_text=gettext_lazy("members who tried it, and nobody said that it didn’t"),
        ),
        "w3",
    )  # fmt: skip
    wait_minutes = wide(
        forms.IntegerField(
            label=gettext_lazy("Minutes in which it can be stopped"), min_value=0, max_value=1440,
            help_text=gettext_lazy("The desk shows it with a button meanwhile."),
        ),
        "w3",
    )  # fmt: skip

    class Meta:
        model = TravelRule
        fields = [
            "brand",
            "channel",
            "when_accepted",
            "accepted_from",
            "when_checked",
            "when_earned",
            "min_worked",
            "wait_minutes",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["brand"].queryset = Brand.objects.order_by("name")  # type: ignore[attr-defined]  # a ModelChoiceField
        channels = Channel.objects.filter(purpose=Channel.Purpose.DESK, is_archive=False)
        self.fields["channel"].queryset = channels.order_by("name")  # type: ignore[attr-defined]  # as above

    def clean_accepted_from(self) -> str:
        """Said by nobody, it is the usual one: a form of before that does not ask it opens nothing."""
        return self.cleaned_data["accepted_from"] or Trust.TRUSTED.value

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        others = TravelRule.objects.exclude(pk=self.instance.pk)
        if "brand" in found and others.filter(brand=found["brand"], channel=found.get("channel")).exists():
            raise forms.ValidationError(_("There is a rule for this already. Change that one."))
        return found


@for_admins
@require_http_methods(["GET", "POST"])
def rule_edit(request: HttpRequest, rule_id: int | None = None) -> HttpResponse:
    """Write a rule, change it or take it away."""
    rule = TravelRule.objects.filter(pk=rule_id).first() if rule_id else TravelRule()
    if rule is None:
        raise Http404
    agent = request.agent  # type: ignore[attr-defined]  # set by AccessMiddleware; an admin
    if request.method == "POST" and request.POST.get("do") == "delete" and rule.pk:
        remove_rule(rule, by=agent)
        messages.success(request, _("Taken away: a person sends each answer again."))
        return HttpResponseRedirect(LIST)
    form = RuleForm(request.POST if request.method == "POST" else None, instance=rule)
    if request.method == "POST" and form.is_valid():
        try:
            keep_rule(rule, by=agent)
        except NotAllowed as why:
            form.add_error(None, _(str(why)))
        else:
            messages.success(request, _("Saved. It is your rule from now on."))
            return HttpResponseRedirect(LIST)
    page = {
        "title": _("A rule") if rule.pk else _("Write a rule"),
        "lead": _(
            "An answer that fulfils one of these goes back to where it was asked without a person. What was asked in "
            "private never does, nor what was reported or did not work for somebody."
        ),
        "form": form,
        "back": LIST,
        "may_delete": bool(rule.pk),
    }
    return setup_page(request, "setup/edit.html", "travel", page, status=422 if form.errors else 200)
