"""The routes of the whole product. Each view is classified by harken.web.access; a test walks them all."""

from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from . import access, sign
from .desk.urls import urlpatterns as desk_urls
from .ledger.urls import urlpatterns as ledger_urls
from .reports.urls import urlpatterns as reports_urls
from .setup.urls import urlpatterns as setup_urls

start = access.for_agents(RedirectView.as_view(url="/desk/"))

urlpatterns: list[URLPattern | URLResolver] = [
    path("", start, name="start"),
    path("sign-in/", sign.sign_in, name="sign-in"),
    path("sign-out/", sign.sign_out, name="sign-out"),
    path("look/", sign.set_look, name="look"),
    *desk_urls,
    *ledger_urls,
    *reports_urls,
    *setup_urls,
]

handler400 = "harken.web.errors.bad_request"
handler403 = "harken.web.errors.forbidden"
handler404 = "harken.web.errors.not_found"
handler500 = "harken.web.errors.broken"
