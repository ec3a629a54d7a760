"""The routes of the whole product. Each view is classified by harken.web.access; a test walks them all."""

from django.http import HttpRequest, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path

from . import access, passkeys, second_factor, sign
from .desk.urls import urlpatterns as desk_urls
from .ledger.urls import urlpatterns as ledger_urls
from .portal.urls import urlpatterns as portal_urls
from .reports.urls import urlpatterns as reports_urls
from .setup.urls import urlpatterns as setup_urls


@access.for_members
def start(request: HttpRequest) -> HttpResponseRedirect:
    """Where a sign-in leads: agents to the desk, members to the community."""
    return HttpResponseRedirect("/desk/" if getattr(request, "agent", None) else "/community/")


urlpatterns: list[URLPattern | URLResolver] = [
    path("", start, name="start"),
    path("sign-in/", sign.sign_in, name="sign-in"),
    path("sign-in/code/", sign.sign_in_code, name="sign-in-code"),
    path("sign-in/passkey/begin/", passkeys.begin_sign_in, name="passkey-begin-sign-in"),
    path("sign-in/passkey/", passkeys.sign_in, name="passkey-sign-in"),
    path("passkeys/", passkeys.own_passkeys, name="passkeys"),
    path("passkeys/begin/", passkeys.begin_adding, name="passkey-begin"),
    path("passkeys/add/", passkeys.add, name="passkey-add"),
    path("second-step/", second_factor.second_step, name="second-step"),
    path("sign-out/", sign.sign_out, name="sign-out"),
    path("look/", sign.set_look, name="look"),
    *desk_urls,
    *ledger_urls,
    *portal_urls,
    *reports_urls,
    *setup_urls,
]

handler400 = "harken.web.errors.bad_request"
handler403 = "harken.web.errors.forbidden"
handler404 = "harken.web.errors.not_found"
handler500 = "harken.web.errors.broken"
