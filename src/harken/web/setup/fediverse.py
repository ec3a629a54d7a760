"""Spaces on the Fediverse: who follows, which servers can't be reached, and whom we deal with."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from harken.community.actions.changing import NotUnderstood
from harken.federation import queries
from harken.federation.actions.ruling import add_rule, is_listed_only, remove_rule, set_listed_only
from harken.federation.addresses import handle_of
from harken.federation.models import Rule
from harken.federation.shipping import try_again
from harken.web.access import for_admins

from .frame import setup_page

HERE = "/setup/fediverse/"
MOST_SERVERS = 100


@for_admins
@require_http_methods(["GET", "POST"])
def fediverse(request: HttpRequest) -> HttpResponse:
    """The whole page; `do`: block, allow, remove (`rule`), listed or all, again (`host`)."""
    problem = ""
    if request.method == "POST":
        problem = _do(request)
        if not problem:
            return HttpResponseRedirect(HERE)
    rules = list(Rule.objects.select_related("by").order_by("-kind", "host", "uri"))
    page = {
        "title": _("Fediverse"),
        "rows": [{**row, "handle": handle_of(row["actor"])} for row in queries.standing()],
        "servers": list(queries.servers()[:MOST_SERVERS]),
        "blocked": [rule for rule in rules if rule.kind == Rule.Kind.BLOCK],
        "allowed": [rule for rule in rules if rule.kind == Rule.Kind.ALLOW],
        "is_listed_only": is_listed_only(),
        "problem": problem,
        "typed": request.POST.get("what", "") if problem else "",
        "typed_why": request.POST.get("why", "") if problem else "",
    }
    return setup_page(request, "setup/fediverse.html", "fediverse", page, status=422 if problem else 200)


def _do(request: HttpRequest) -> str:
    """Do what was asked; what is wrong with what was typed, or ""."""
    user, wish = request.user, request.POST.get("do", "")
    if wish in ("block", "allow"):
        try:
            add_rule(wish, request.POST.get("what", ""), by=user, why=request.POST.get("why", ""))  # type: ignore[arg-type]  # an admin is signed in
        except NotUnderstood as why:
            return _(str(why))
    elif wish == "remove":
        rule = Rule.objects.filter(pk=_number(request.POST.get("rule", ""))).first()
        if rule is not None:
            remove_rule(rule, by=user)  # type: ignore[arg-type]  # as above
    elif wish in ("listed", "all"):
        set_listed_only(wish == "listed", by=user)  # type: ignore[arg-type]  # as above
    elif wish == "again":
        try_again(request.POST.get("host", ""))
    else:
        raise Http404
    messages.success(request, _("Saved."))
    return ""


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
