"""Agents and teams in the browser: who may sign in, as what, for which brands."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from harken.accounts import passkeys, second_factor
from harken.accounts.models import Brand, User, normal_email
from harken.team.actions import NotPossible, change_agent, create_agent, keep_team, remove_team
from harken.team.models import Agent, Team
from harken.web.access import for_admins
from harken.web.desk.surroundings import forget_surroundings

from .frame import setup_page, wide

ROLES = [
    ("agent", gettext_lazy("Agent: answers what their teams see")),
    ("lead", gettext_lazy("Lead: sees all of their teams' channels, approves, reads the ledger")),
    ("admin", gettext_lazy("Admin: everything, and the setup")),
]


@for_admins
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """All agents and teams."""
    page = {
        "title": _("People and teams"),
        "agents": Agent.objects.select_related("user")
        .prefetch_related("teams")
        .order_by("-is_active", "user__name"),
        "teams": Team.objects.prefetch_related("brands", "channels", "agents").order_by("name"),
    }
    return setup_page(request, "setup/teams.html", "people", page)


class AgentForm(forms.Form):
    """A person who answers."""

    name = wide(forms.CharField(label=gettext_lazy("Name"), max_length=150), "w3")
    email = wide(forms.EmailField(label=gettext_lazy("Mail address (to sign in)")), "w3")
    password = wide(
        forms.CharField(
            label=gettext_lazy("Password"),
            required=False,
            widget=forms.PasswordInput({"autocomplete": "new-password"}),
        ),
        "w3",
    )
    role = wide(forms.ChoiceField(label=gettext_lazy("Role"), choices=ROLES, widget=forms.RadioSelect), "w6")
    teams = wide(
        forms.ModelMultipleChoiceField(
            Team.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, label=gettext_lazy("Teams"),
            help_text=gettext_lazy("None chosen: what is open to every team."),
        ),
        "w6",
    )  # fmt: skip
    approvals_wanted = wide(
        forms.IntegerField(
            label=gettext_lazy("First replies that a second person reads"),
            min_value=0,
            max_value=1000,
            initial=0,
        ),
        "w3",
    )
    needs_approval = wide(
        forms.BooleanField(label=gettext_lazy("Every reply needs a second person"), required=False), "w6"
    )
    is_active = wide(
        forms.BooleanField(label=gettext_lazy("May sign in"), required=False, initial=True), "w6"
    )

    def __init__(self, *args: Any, agent: Agent | None = None, **kwargs: Any) -> None:
        self.agent = agent
        super().__init__(*args, **kwargs)
        self.fields["teams"].queryset = Team.objects.order_by("name")  # type: ignore[attr-defined]  # a ModelChoiceField
        if agent is not None:
            self.fields["email"].disabled = True
            self.fields["password"].help_text = _("Leave it empty to keep the old one.")
        else:
            self.fields["password"].required = True
            self.fields["password"].help_text = _("At least ten characters; tell it to them yourself.")

    def clean_email(self) -> str:
        email = normal_email(self.cleaned_data["email"])
        if self.agent is None and Agent.objects.filter(user__email=email).exists():
            raise forms.ValidationError(_("Somebody signs in with this address already."))
        return email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if password:
            user = (
                self.agent.user
                if self.agent
                else User(email=self.data.get("email", ""), name=self.data.get("name", ""))
            )
            validate_password(password, user)
        return password


@for_admins
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def agent_edit(request: HttpRequest, agent_id: int | None = None) -> HttpResponse:
    """Add or change an agent."""
    agent = Agent.objects.select_related("user").filter(pk=agent_id).first() if agent_id else None
    if agent_id and agent is None:
        raise Http404
    initial: dict[str, Any] = {"role": "agent"}
    if agent is not None:
        initial = {
            "name": agent.name, "email": agent.user.email, "role": agent.role, "is_active": agent.is_active,
            "teams": list(agent.teams.values_list("pk", flat=True)), "approvals_wanted": agent.approvals_wanted,
            "needs_approval": agent.needs_approval,
        }  # fmt: skip
    form = AgentForm(request.POST if request.method == "POST" else None, agent=agent, initial=initial)
    if request.method == "POST" and form.is_valid():
        clean = dict(form.cleaned_data)
        email = clean.pop("email")
        try:
            if agent is None:
                clean.pop("is_active")
                create_agent(email=email, **clean)
            else:
                change_agent(agent, **clean)
        except NotPossible as why:
            form.add_error(None, _(str(why)))
        else:
            forget_surroundings()
            messages.success(request, _("Saved."))
            return HttpResponseRedirect("/setup/people/")
    page = {
        "title": agent.name if agent else _("Add a person"),
        "lead": "" if agent else _("They sign in with their mail address and this password."),
        "form": form,
        "back": "/setup/people/",
    }
    return setup_page(request, "setup/edit.html", "people", page, status=422 if form.errors else 200)


@for_admins
@require_http_methods(["GET", "POST"])
def lost_second_step(request: HttpRequest) -> HttpResponse:
    """Take the second step and the passkeys off a sign-in whose owner lost them: an agent's or a member's."""
    form = LostForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        second_factor.take_off(form.cleaned_data["email"])
        passkeys.remove_all(form.cleaned_data["email"])  # what is lost may be in somebody's hands
        messages.success(request, _("They sign in with their password alone now, and can turn it on again."))
        return HttpResponseRedirect("/setup/people/")
    page = {
        "title": _("Lost second step"),
        "lead": _("Make sure that it is they who ask. They sign in with the password alone then."),
        "form": form,
        "back": "/setup/people/",
    }
    return setup_page(request, "setup/edit.html", "people", page, status=422 if form.errors else 200)


class LostForm(forms.Form):
    """Whose second step is lost."""

    email = wide(forms.EmailField(label=gettext_lazy("Mail address")), "w3")

    def clean_email(self) -> User:
        user = User.objects.filter(email=normal_email(self.cleaned_data["email"])).first()
        if user is None or not (second_factor.is_on(user) or user.passkeys.exists()):
            raise forms.ValidationError(_("Nobody signs in with this address and a second step."))
        return user


class TeamForm(forms.ModelForm):
    """People who answer together."""

    brands = wide(
        forms.ModelMultipleChoiceField(
            Brand.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, label=gettext_lazy("Brands"),
            help_text=gettext_lazy("None chosen: all brands."),
        ),
        "w3",
    )  # fmt: skip
    agents = wide(
        forms.ModelMultipleChoiceField(
            Agent.objects.none(),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            label=gettext_lazy("People"),
        ),
        "w3",
    )

    class Meta:
        model = Team
        fields = ["name"]
        labels = {"name": gettext_lazy("Name of the team")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["brands"].queryset = Brand.objects.order_by("name")  # type: ignore[attr-defined]  # a ModelChoiceField
        active = Agent.objects.filter(is_active=True).select_related("user").order_by("user__name")
        self.fields["agents"].queryset = active  # type: ignore[attr-defined]  # as above
        if self.instance.pk:
            self.initial["brands"] = list(self.instance.brands.values_list("pk", flat=True))
            self.initial["agents"] = list(self.instance.agents.values_list("pk", flat=True))


@for_admins
@require_http_methods(["GET", "POST"])
def team_edit(request: HttpRequest, team_id: int | None = None) -> HttpResponse:
    """Add, change or delete a team."""
    team = Team.objects.filter(pk=team_id).first() if team_id else Team()
    if team is None:
        raise Http404
    if request.method == "POST" and request.POST.get("do") == "delete" and team.pk:
        try:
            remove_team(team)
        except NotPossible as why:
            messages.error(request, str(why))
            return HttpResponseRedirect(f"/setup/teams/{team.pk}/")
        forget_surroundings()
        messages.success(request, _("The team is deleted; what it had is nobody's now."))
        return HttpResponseRedirect("/setup/people/")
    form = TeamForm(request.POST if request.method == "POST" else None, instance=team)
    if request.method == "POST" and form.is_valid():
        keep_team(team, brands=form.cleaned_data["brands"], agents=form.cleaned_data["agents"])
        forget_surroundings()
        messages.success(request, _("Saved."))
        return HttpResponseRedirect("/setup/people/")
    page = {
        "title": team.name if team.pk else _("Add a team"),
        "form": form,
        "back": "/setup/people/",
        "may_delete": bool(team.pk),
    }
    return setup_page(request, "setup/edit.html", "people", page, status=422 if form.errors else 200)
