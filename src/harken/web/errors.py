"""What is shown when a page cannot be: 400, 403, 404, 500. Says what happened and what one can do."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

log = logging.getLogger(__name__)


def _error(request: HttpRequest, status: int, title: str, explanation: str, detail: str = "") -> HttpResponse:
    page = {"title": title, "explanation": explanation, "detail": detail}
    return render(request, "web/error.html", page, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(
        request, 400, _("This cannot be read"), _("The request was not one that this page understands.")
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(
        request, 403, _("Not allowed"), _("Your role does not allow this. A lead or an admin can do it.")
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _error(
        request,
        403,
        _("This form was open too long"),
        _(
            "Nothing was done. Go back, load the page again and repeat; this keeps others from acting in your name."
        ),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    title = _("Nothing here")
    explanation = _("There is no such page, or it is gone, or it is not for you to see.")
    if request.path.startswith("/community/"):
        page = {"title": title, "explanation": explanation, "place": "search"}
        return render(request, "portal/missing.html", page, status=404)
    return _error(request, 404, title, explanation)


def only_an_act(request: HttpRequest, allowed: str) -> HttpResponse:
    """For who opens the address of a button: it changes something, and is no page (405)."""
    answer = _error(
        request,
        405,
        _("This is no page"),
        _("What this address does is done by a button. Go back to the page that has it."),
    )
    answer["Allow"] = allowed
    return answer


class NoPageMiddleware:
    """Gives a person who opens such an address a page instead of nothing; programs get what they got."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if answer.status_code != 405 or request.method != "GET" or answer.content:
            return answer
        if "text/html" not in request.headers.get("Accept", ""):
            return answer
        return only_an_act(request, answer.headers.get("Allow", "POST"))


def broken(request: HttpRequest) -> HttpResponse:
    """Must not fail itself: no session, no query."""
    return _error(
        request,
        500,
        _("Something broke here"),
        _("It is our fault and it was written to the log. What you typed is kept as a draft; try again."),
    )
