"""The forms' tokens are Django's: its own middleware lets them through, and nothing else."""

from collections import Counter

import pytest
from django.http import HttpResponse
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_TOKEN_LENGTH, CsrfViewMiddleware
from django.test import RequestFactory

from harken.web import tokens

SECRET = (CSRF_ALLOWED_CHARS[::2] + "z")[:32]


def answered(secret: str, token: str) -> HttpResponse | None:
    """What the middleware says to a form that is sent back."""
    request = RequestFactory(enforce_csrf_checks=True).post("/", {"csrfmiddlewaretoken": token})
    request.COOKIES["harken_csrf"] = secret
    middleware = CsrfViewMiddleware(lambda request: HttpResponse())
    middleware.process_request(request)
    return middleware.process_view(request, lambda request: HttpResponse(), (), {})


def test_a_form_with_its_token_is_let_through_and_no_other():
    for _ in range(50):
        token = tokens.masked(SECRET)
        assert len(token) == CSRF_TOKEN_LENGTH
        assert answered(SECRET, token) is None
    assert answered(SECRET[::-1], token).status_code == 403
    assert answered(SECRET, token[:-1] + ("a" if token[-1] != "a" else "b")).status_code == 403


def test_no_two_answers_have_the_same_token_and_no_character_is_likelier():
    drawn = [tokens.masked(SECRET) for _ in range(2_000)]
    assert len(set(drawn)) == len(drawn)
    seen = Counter(char for token in drawn for char in token[:32])
    # 64,000 characters over 62: 1,032 each, a standard deviation of 32; six of them is one failure in ten million runs
    assert all(abs(seen[char] - 64_000 / 62) < 6 * 32 for char in CSRF_ALLOWED_CHARS)


@pytest.mark.parametrize("is_known", [True, False])
def test_the_answer_carries_the_cookie_of_its_token(is_known):
    request = RequestFactory().get("/")
    if is_known:
        request.COOKIES["harken_csrf"] = SECRET
    middleware = CsrfViewMiddleware(lambda request: HttpResponse())
    middleware.process_request(request)
    token = tokens.form_token(request)
    cookie = middleware.process_response(request, HttpResponse()).cookies["harken_csrf"].value
    assert (cookie == SECRET) == is_known
    assert answered(cookie, token) is None
