"""What every answer says about what may run, be framed and be kept."""

import pytest
from django.conf import settings

from harken.web.headers import POLICY
from tests.web.cast import client_of


def policy_of(answer) -> dict[str, set[str]]:
    return {
        name: set(values)
        for name, *values in (part.split() for part in answer["Content-Security-Policy"].split(";"))
    }


@pytest.mark.django_db
def test_pages_run_nothing_inline_and_nothing_from_elsewhere(cast):
    client = client_of(cast.admin)
    for address in (
        "/sign-in/",
        "/desk/",
        f"/desk/c/{cast.conversation.pk}/",
        "/ledger/",
        "/setup/people/",
        "/nowhere/",
    ):
        answer = client.get(address)
        policy = policy_of(answer)
        assert policy["default-src"] == {"'none'"}
        assert policy["script-src"] == {"'self'"}
        assert policy["style-src"] == {"'self'"}
        assert policy["frame-ancestors"] == {"'none'"}
        assert policy["base-uri"] == {"'none'"}
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        html = answer.content.decode()
        assert " style=" not in html
        assert "<style" not in html
        assert " onclick=" not in html
        assert "<script>" not in html


@pytest.mark.django_db
def test_nothing_of_a_person_is_kept_by_a_cache(cast):
    client = client_of(cast.noor)
    for address in ("/desk/", "/desk/list/", f"/desk/c/{cast.conversation.pk}/", "/people/999/"):
        assert client.get(address)["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
def test_a_mail_is_framed_in_a_sandbox_of_its_own(cast):
    answer = client_of(cast.noor).get(f"/desk/m/{cast.asked.pk}/html/")
    policy = policy_of(answer)
    assert policy["default-src"] == {"'none'"}
    assert "allow-scripts" not in policy["sandbox"]
    assert "allow-same-origin" not in policy["sandbox"]
    assert policy["img-src"] == {"data:"}
    assert policy["frame-ancestors"] == {"'self'"}
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.django_db
def test_a_file_is_saved_not_run_and_a_picture_is_shown_only_when_it_is_one(cast):
    client = client_of(cast.noor)
    picture = client.get(f"/desk/files/{cast.attachment.pk}/?inline=1")
    assert picture.status_code == 200
    assert picture["Content-Type"] == "image/png"
    assert picture["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in policy_of(picture)
    from harken.channels.files import store_file

    bad = b"<html><script>alert(1)</script>"
    cast.attachment.stored_as, cast.attachment.name = store_file(bad), 'x".png\r\nSet-Cookie: a=b'
    cast.attachment.save()
    assert client.get(f"/desk/files/{cast.attachment.pk}/?inline=1").status_code == 404
    saved = client.get(f"/desk/files/{cast.attachment.pk}/")
    assert saved["Content-Type"] == "application/octet-stream"
    assert saved["Content-Disposition"].startswith("attachment")
    assert "\n" not in saved["Content-Disposition"]
    assert b"".join(saved.streaming_content) == bad


def test_cookies_are_closed_to_scripts_and_to_other_sites():
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"
    assert settings.SESSION_COOKIE_SECURE == settings.IS_HTTPS
    assert "unsafe" not in POLICY
