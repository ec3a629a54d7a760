"""The form that connects a channel: its fields are those that the connector's manifest names."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from harken.accounts.models import Brand
from harken.channels.actions import WrongSettings
from harken.channels.contract import Manifest, SettingField
from harken.channels.models import Channel
from harken.team.models import Team

from . import guests
from .frame import wide

PURPOSES = {
    "desk": gettext_lazy("The desk: what customers write becomes conversations"),
    "space": gettext_lazy("The community: it speaks for its spaces, and replies become answers there"),
    "guest": gettext_lazy("Listening only"),
}


class ChannelForm(forms.Form):
    """Name, brand and teams of a channel, and the fields that its connector's manifest asks for."""

    name = wide(forms.CharField(label=gettext_lazy("Name of the channel"), max_length=120), "w3")
    brand = wide(
        forms.ModelChoiceField(Brand.objects.none(), label=gettext_lazy("Brand"), empty_label=None), "w3"
    )

    def __init__(self, manifest: Manifest, *args: Any, channel: Channel | None = None, **kwargs: Any) -> None:
        self.manifest, self.channel = manifest, channel
        if channel is not None:
            kwargs["initial"] = {
                "name": channel.name,
                "brand": channel.brand_id,
                "teams": list(channel.teams.values_list("pk", flat=True)),
                "team": channel.team_id,
                **{f"s_{key}": value for key, value in channel.settings.items()},
            }
        super().__init__(*args, **kwargs)
        self.fields["brand"].queryset = Brand.objects.order_by("name")  # type: ignore[attr-defined]  # a ModelChoiceField
        if channel is None:  # most channels are of one brand
            self.initial["brand"] = (
                Channel.objects.values_list("brand")
                .annotate(n=Count("pk"))
                .order_by("-n")
                .values_list("brand", flat=True)
            ).first()
        if channel is None and len(manifest.purposes) > 1:
            self.fields["purpose"] = wide(
                forms.ChoiceField(
                    choices=[(one, PURPOSES[one]) for one in manifest.purposes],
                    label=gettext_lazy("What it is for"),
                    initial=manifest.purposes[0],
                    required=False,
                    help_text=gettext_lazy(
                        "It stays so: what has arrived for one is not moved to the other."
                    ),
                ),
                "w6",
            )
            self.fields["purpose"].widget.attrs["data_quiet"] = "yes"  # it has one from the start
        known = channel.secrets() if channel else {}
        for field in manifest.settings:
            self.fields[f"s_{field.name}"] = _field_of(field, is_kept=bool(known.get(field.name)))
        if guests.is_guest(manifest):
            guests.add_fields(self, guests.place_of(channel))
        teams = Team.objects.order_by("name")
        if teams:
            self.fields["teams"] = wide(
                forms.ModelMultipleChoiceField(
                    teams, required=False, widget=forms.CheckboxSelectMultiple, label=_("Who sees it"),
                    help_text=_("None chosen: every team."),
                ),
                "w3",
            )  # fmt: skip
        if teams and not guests.is_guest(manifest):
            self.fields["team"] = wide(
                forms.ModelChoiceField(
                    teams,
                    required=False,
                    label=_("New conversations go to"),
                    empty_label=_("nobody's: whoever is free"),
                ),
                "w3",
            )

    def clean(self) -> dict[str, Any]:
        """The fields together: the rules of a place that isn't ours."""
        clean = super().clean() or self.cleaned_data
        if guests.is_guest(self.manifest):
            guests.check(self, clean)
        return clean

    def values(self) -> dict[str, Any]:
        """The manifest's fields as posted, for split_settings."""
        return {field.name: self.data.get(f"s_{field.name}", "") for field in self.manifest.settings}

    def show_problems(self, wrong: WrongSettings) -> None:
        """Put what the manifest's rules say under the fields that they say it of."""
        for name, what in wrong.problems.items():
            self.add_error(f"s_{name}" if f"s_{name}" in self.fields else None, _(what))


def _field_of(field: SettingField, *, is_kept: bool) -> forms.Field:
    """The form's field for one of a manifest's; what is required is checked by the manifest's own rules."""
    label, text = _(field.label), _(field.help) if field.help else ""
    attrs = {"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}
    made: forms.Field
    if field.kind == "flag":
        return wide(forms.BooleanField(label=label, required=False, help_text=text), "w6")
    if field.kind == "choice":
        made = forms.ChoiceField(
            choices=[(v, _(word)) for v, word in field.choices],
            label=label,
            help_text=text,
            initial=field.default,
        )
    elif field.kind == "lines":
        made = forms.CharField(
            label=label, help_text=text, initial=field.default, widget=forms.Textarea({"rows": 3})
        )
    elif field.kind == "secret":
        if is_kept:
            text = " ".join([text, _("Kept; type only to change it.")]).strip()
        made = forms.CharField(
            label=label, help_text=text, widget=forms.PasswordInput({**attrs, "autocomplete": "new-password"})
        )
    elif field.kind == "port":
        made = forms.CharField(
            label=label, help_text=text, initial=field.default,
            widget=forms.TextInput({**attrs, "inputmode": "numeric", "class": "num"}),
        )  # fmt: skip
    else:
        made = forms.CharField(
            label=label, help_text=text, initial=field.default, widget=forms.TextInput(attrs)
        )
    made.required = False
    if field.is_required:
        made.widget.attrs["data_quiet"] = "yes"  # the page must not say that it may stay empty
    widths = {"port": "w2", "host": "w4", "secret": "w3", "choice": "w3", "email": "w3"}
    return wide(made, widths.get(field.kind, "w6" if field.kind in ("url", "lines") else "w3"))
