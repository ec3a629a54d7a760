"""The community's spaces: what each is about, who reads it, what may be opened there, and in which order they stand."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from harken.accounts.models import Brand, User
from harken.community.actions.changing import NotAllowed, NotUnderstood
from harken.community.actions.keeping_rules import first_rules
from harken.community.actions.spaces import keep_space
from harken.community.models import Space
from harken.federation.actions.turning import turn_off, turn_on
from harken.federation.addresses import handle_of
from harken.federation.models import SpaceActor
from harken.web.access import for_admins
from harken.web.portal.looks import SPACE_ICONS

from .frame import setup_page, wide

LIST = "/setup/spaces/"
AUDIENCES = [
    ("everyone", gettext_lazy("Everyone, also without an account")),
    ("members", gettext_lazy("Members")),
    ("lounge", gettext_lazy("Super users and the company's people")),
]
ICON_WORDS = {
    "message-circle": gettext_lazy("Speech bubble"), "luggage": gettext_lazy("Suitcase"), "ticket": gettext_lazy("Ticket"),
    "refresh-cw": gettext_lazy("Arrows in a circle"), "map-pin": gettext_lazy("Pin on a map"), "armchair": gettext_lazy("Armchair"),
    "accessibility": gettext_lazy("Accessibility"), "plane": gettext_lazy("Aeroplane"), "house": gettext_lazy("House"),
    "heart": gettext_lazy("Heart"), "lightbulb": gettext_lazy("Light bulb"), "route": gettext_lazy("Route"),
    "sprout": gettext_lazy("Sprout"), "users-round": gettext_lazy("People"), "smartphone": gettext_lazy("Telephone"),
    "credit-card": gettext_lazy("Bank card"), "megaphone": gettext_lazy("Megaphone"), "wrench": gettext_lazy("Wrench"),
}  # fmt: skip
KINDS = [
    ("question", gettext_lazy("Questions")),
    ("discussion", gettext_lazy("Discussions")),
    ("idea", gettext_lazy("Ideas")),
]


@for_admins
@require_safe
def spaces(request: HttpRequest) -> HttpResponse:
    """Every space, in its order."""
    rows = list(Space.objects.select_related("brand").order_by("position", "id"))
    audiences, kinds = dict(AUDIENCES), dict(KINDS)
    for row in rows:
        row.read_by = audiences.get(row.audience, row.audience)  # type: ignore[attr-defined]  # for the page
        row.opened = [kinds[kind] for kind in row.kinds if kind in kinds]  # type: ignore[attr-defined]  # as above
    page = {
        "title": _("Spaces"),
        "spaces": rows,
        "has_lounge": any(row.audience == Space.Audience.LOUNGE for row in rows),
    }
    return setup_page(request, "setup/spaces.html", "spaces", page)


class SpaceForm(forms.ModelForm):
    """A place for one subject."""

    name = wide(forms.CharField(label=gettext_lazy("Name"), max_length=80), "w3")
    brand = wide(
        forms.ModelChoiceField(Brand.objects.none(), label=gettext_lazy("Brand"), empty_label=None), "w3"
    )
    intro = wide(
        forms.CharField(
            label=gettext_lazy("What it is about"), required=False, max_length=300,
            help_text=gettext_lazy("One or two sentences at its top."),
        ),
        "w6",
    )  # fmt: skip
    audience = wide(
        forms.ChoiceField(label=gettext_lazy("Who reads it"), choices=AUDIENCES, widget=forms.RadioSelect),
        "w3",
    )
    kinds = wide(
        forms.MultipleChoiceField(
            label=gettext_lazy("What members open here"), choices=KINDS, widget=forms.CheckboxSelectMultiple
        ),
        "w3",
    )
    icon = wide(
        forms.ChoiceField(label=gettext_lazy("Icon"), choices=[(name, name) for name in SPACE_ICONS]), "w3"
    )
    is_open = wide(
        forms.BooleanField(
            label=gettext_lazy("Open; a closed space can be read, and nothing new is said in it"),
            required=False,
            initial=True,
        ),
        "w6",
    )

    fediverse = wide(
        forms.BooleanField(label=gettext_lazy("Can be followed from the Fediverse"), required=False), "w6"
    )

    class Meta:
        model = Space
        fields = ["name", "brand", "intro", "audience", "kinds", "icon", "is_open"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["brand"].queryset = Brand.objects.order_by("name")  # type: ignore[attr-defined]  # a ModelChoiceField
        if not self.instance.pk:
            self.initial |= {"kinds": [kind for kind, _words in KINDS], "audience": "everyone"}
        actor = SpaceActor.objects.filter(space=self.instance.pk).first() if self.instance.pk else None
        self.initial["fediverse"] = actor is not None and actor.is_on
        self.fields["fediverse"].help_text = (
            _("As %(handle)s. What is said here is sent to who follows.") % {"handle": handle_of(actor)}
            if actor is not None
            else _("What is said here is sent to who follows, by Mastodon and other servers.")
        )
        known = dict.fromkeys([*SPACE_ICONS, *([self.instance.icon] if self.instance.icon else [])])
        self.fields["icon"].choices = [(name, ICON_WORDS.get(name, name)) for name in known]  # type: ignore[attr-defined]  # a ChoiceField


@for_admins
@require_http_methods(["GET", "POST"])
def space_edit(request: HttpRequest, space_id: int | None = None) -> HttpResponse:
    """Add or change a space."""
    space = Space.objects.filter(pk=space_id).first() if space_id else Space()
    if space is None:
        raise Http404
    form = SpaceForm(request.POST if request.method == "POST" else None, instance=space)
    if not space.pk and request.GET.get("for") == "lounge":
        form.initial |= {
            "name": _("The lounge"),
            "intro": _("Super users and our people, among themselves."),
            "audience": Space.Audience.LOUNGE.value,
            "icon": "armchair",
        }
    if request.method == "POST" and form.is_valid():
        if not space.pk:
            space.position = (
                Space.objects.order_by("-position").values_list("position", flat=True).first() or 0
            ) + 1
        try:
            keep_space(space, by=request.user)  # type: ignore[arg-type]  # an admin is signed in
            first_rules(by=None)  # a place with people in it has rules from its first day
        except NotUnderstood as why:
            form.add_error(why.field if why.field in form.fields else None, _(str(why)))
        else:
            problem = _let_follow(space, form.cleaned_data["fediverse"], by=request.user)  # type: ignore[arg-type]  # as above
            if not problem:
                messages.success(request, _("Saved."))
                return HttpResponseRedirect(LIST)
            form.add_error("fediverse", problem)
    page = {
        "title": Space.objects.get(pk=space.pk).name if space.pk else _("Add a space"),
        "form": form,
        "back": LIST,
    }
    return setup_page(request, "setup/edit.html", "spaces", page, status=422 if form.errors else 200)


def _let_follow(space: Space, is_wanted: bool, *, by: User) -> str:
    """Let the space be followed, or end it; why that can't be, or ""."""
    actor = SpaceActor.objects.select_related("channel", "space").filter(space=space).first()
    try:
        if is_wanted:
            turn_on(space, by=by)
        elif actor is not None:
            turn_off(actor, by=by)
    except NotAllowed as why:
        return _(str(why))
    return ""


@for_admins
@require_POST
def space_move(request: HttpRequest, space_id: int) -> HttpResponse:
    """One place up or down (`do`: up, down); the order of all is written anew."""
    with transaction.atomic():
        rows = list(Space.objects.select_for_update().order_by("position", "id"))
        at = next((number for number, row in enumerate(rows) if row.pk == space_id), None)
        if at is None:
            raise Http404
        to = at - 1 if request.POST.get("do") == "up" else at + 1
        if 0 <= to < len(rows):
            rows[at], rows[to] = rows[to], rows[at]
        for number, row in enumerate(rows):
            if row.position != number:
                row.position = number
                keep_space(row, by=request.user)  # type: ignore[arg-type]  # an admin is signed in
    return HttpResponseRedirect(LIST)
