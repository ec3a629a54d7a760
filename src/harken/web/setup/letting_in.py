"""Access by a code, from the network's own page: asked for, brought back, and kept sealed in the form of who asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from harken.base import secrets
from harken.channels.contract import Ability, Manifest, SignInFailed, SigningIn, SignInPage
from harken.channels.registry import connector_class

# no connector's field is named so: whose form and which network's was sealed, and the page that was opened
FOR, KIND, PAGE = " for", " kind", " page"


@dataclass(slots=True)
class SignIn:
    """How far this form has come. While `is_asked` nothing else of the form is judged."""

    is_asked: bool = False
    url: str = ""
    sealed: str = field(default="", repr=False)
    has_worked: bool = False
    secrets: dict[str, str] = field(default_factory=dict, repr=False)  # typed before, or had by the code
    problem: str = ""
    what_to_do: str = ""

    @property
    def host(self) -> str:
        """Whose page it is, for people."""
        return urlsplit(self.url).netloc


def seal(request: HttpRequest, values: Mapping[str, str]) -> str:
    """Secrets as a hidden field of this person's form, so that nobody types a password twice."""
    return secrets.seal_mapping({**values, FOR: str(request.user.pk)})


def unseal(request: HttpRequest, sealed: str) -> dict[str, str]:
    """What `seal` sealed for this person; nothing from anybody else's form."""
    if not sealed:
        return {}
    try:
        found = dict(secrets.unseal_mapping(sealed))
    except secrets.SecretsError:
        return {}
    return found if found.pop(FOR, "") == str(request.user.pk) else {}


def posted(request: HttpRequest, manifest: Manifest) -> tuple[QueryDict | None, SignIn]:
    """The form as posted, with the fields filled that a code brought, and how far the sign-in is."""
    if request.method != "POST":
        return None, SignIn()
    form = request.POST
    now = SignIn(secrets=unseal(request, form.get("carried", "")))
    if Ability.SIGN_IN not in manifest.abilities:
        return form, now
    network = cast(type[SigningIn], connector_class(manifest.name))
    if form.get("do") == "sign_in":
        return form, _ask(request, manifest, network, now)
    code, sealed = form.get("code", "").strip(), form.get("signing", "")
    if not code and form.get("do") != "code":
        return form, now
    kept = unseal(request, sealed)
    if kept.pop(KIND, "") != manifest.name:
        now.problem, now.what_to_do = _("This code was not asked for here."), _("Ask for a new one.")
        now.is_asked = True
        return form, now
    try:
        brought = network.redeem_sign_in(kept, code)
    except SignInFailed as failed:
        now.is_asked, now.url, now.sealed = True, kept.pop(PAGE, ""), sealed
        now.problem, now.what_to_do = failed.reason, failed.what_to_do
        return form, now
    form = form.copy()
    for setting in manifest.settings:
        if setting.name in brought:
            is_secret = setting.kind == "secret"
            form[f"s_{setting.name}"] = "" if is_secret else brought[setting.name]
            if is_secret:
                now.secrets[setting.name] = brought[setting.name]
    now.has_worked = True
    return form, now


def _ask(request: HttpRequest, manifest: Manifest, network: type[SigningIn], now: SignIn) -> SignIn:
    now.is_asked = True
    values = {one.name: request.POST.get(f"s_{one.name}", "") for one in manifest.settings}
    try:
        page: SignInPage = network.open_sign_in(values)
    except SignInFailed as failed:
        now.problem, now.what_to_do = failed.reason, failed.what_to_do
        return now
    now.url, now.sealed = page.url, seal(request, {**page.kept, KIND: manifest.name, PAGE: page.url})
    return now
