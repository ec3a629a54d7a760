"""Joining the community: a name, a mail address, a password. The address proves nothing until its link was opened, which is
mailed where the community has a mailbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth import login
from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from harken.accounts.attempts import attempt
from harken.accounts.models import User, normal_email
from harken.community.actions.changing import NotUnderstood
from harken.community.actions.joining import LONGEST_NAME, join
from harken.community.letters.boxes import ask_confirmation
from harken.community.models import Agreement
from harken.community.queries.ruling import current_rules
from harken.web.access import for_readers
from harken.web.portal.agreeing import agreed_by_sending
from harken.web.portal.form_times import TRAP, new_key, seconds_since
from harken.web.sign import place_of, safe_next

MOST_FROM_ONE_PLACE = 20  # tries an hour; a school or an office stands behind one address
MOST_FOR_ONE_ADDRESS = 5
WITHIN = timedelta(hours=1)
LEAST_SECONDS = 2.0  # from opening the form to sending it
BACKEND = "harken.accounts.backends.EmailBackend"


class JoinForm(forms.Form):
    """Who wants to join. The third field is for machines that fill in everything."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=LONGEST_NAME,
        help_text=gettext_lazy("As others shall see it. A first name will do."),
        widget=forms.TextInput({"autocomplete": "name", "class": "input", "dir": "auto"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("Mail address"),
        help_text=gettext_lazy("To sign in. Nobody else sees it."),
        widget=forms.EmailInput({"autocomplete": "username", "class": "input"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        help_text=gettext_lazy("Ten characters or more; several words are good."),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password", "class": "input"}, render_value=False),
    )

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_email(self) -> str:
        return normal_email(self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if "password" in found:
            try:
                validate_password(
                    found["password"], User(email=found.get("email", ""), name=found.get("name", ""))
                )
            except forms.ValidationError as why:
                self.add_error("password", why)
        return found


def _not_by_hand(request: HttpRequest) -> str:
    """What a person has to do once more whose form looks as if a machine had filled it in; "" nothing."""
    if request.POST.get(TRAP):
        return _(
            "One field too many was filled in: empty it below, type your password again and press the button."
        )
    seconds = seconds_since(request.POST.get("opened", ""))
    if seconds is None or seconds < LEAST_SECONDS:
        return _(
            "That was quick. To show that you are a person, type your password again and press the button."
        )
    return ""


@for_readers
@sensitive_post_parameters("password")
@csrf_protect
@never_cache
@require_http_methods(["GET", "POST"])
def join_page(request: HttpRequest) -> HttpResponse:
    """Join, and be signed in at once."""
    wanted = safe_next(request, otherwise="/community/")
    if request.user.is_authenticated and (request.member or request.agent):  # type: ignore[attr-defined]  # by AccessMiddleware
        return HttpResponseRedirect(wanted)
    form = JoinForm(request.POST if request.method == "POST" else None)
    opened = request.POST.get("opened", "")
    page = {
        "place": "join",
        "form": form,
        "next": wanted,
        "opened": opened if seconds_since(opened) is not None else new_key(),
        "rules": current_rules(),
    }
    if request.method == "GET" or not form.is_valid():
        return render(request, "portal/join.html", page, status=422 if form.errors else 200)
    if why := _not_by_hand(request):
        form.add_error(None, why)
        page["trapped"] = request.POST.get(TRAP, "")
        return render(request, "portal/join.html", page, status=422)
    email = form.cleaned_data["email"]
    if not attempt("join from", place_of(request), most=MOST_FROM_ONE_PLACE, within=WITHIN) or not attempt(
        "join as", email, most=MOST_FOR_ONE_ADDRESS, within=WITHIN
    ):
        form.add_error(None, _("Too many tries from here in the last hour. Come back in a while."))
        answer = render(request, "portal/join.html", page, status=429)
        answer["Retry-After"] = str(int(WITHIN.total_seconds()))
        return answer
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                email, form.cleaned_data["password"], name=form.cleaned_data["name"]
            )
            member = join(user, name=form.cleaned_data["name"])
            agreed_by_sending(request, member, act=Agreement.Act.JOINED)
    except IntegrityError:
        page["has_account"] = True
        form.add_error("email", _("This address has an account already."))
    except NotUnderstood as why:
        form.add_error(why.field, _(str(why)))
    else:
        login(request, user, backend=BACKEND)
        ask_confirmation(user.member)
        return HttpResponseRedirect(wanted)
    return render(request, "portal/join.html", page, status=422)
