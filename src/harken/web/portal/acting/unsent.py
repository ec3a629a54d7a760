"""What was sent after the sign-in had ended, shown again to who is back: to send, or to let go of."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from harken.web.access import for_members
from harken.web.unsent import let_go, unsent


@for_members
@never_cache
@require_http_methods(["GET", "POST"])
def words(request: HttpRequest) -> HttpResponse:
    """The words that wait, until they are sent from here or thrown away. Sent, they go on as they are (307) to where they
    were going, which says what is wrong with them, if anything is."""
    kept = unsent(request)
    if request.method == "POST":
        let_go(request)
    if kept is None or "throw" in request.POST:
        return HttpResponseRedirect("/community/")
    if request.method == "POST":
        return HttpResponseRedirect(kept.to, preserve_request=True)
    return render(request, "portal/unsent.html", {"unsent": kept})
