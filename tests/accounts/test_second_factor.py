"""Codes by the standard's own examples; each good once; recovery codes; nothing readable in the database."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from django.utils.timezone import now

from harken.accounts import second_factor, totp
from harken.accounts.models import RecoveryCode, SecondFactor, User

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()


# RFC 6238, appendix B (SHA-1), its last six digits
@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"), (1111111109, "081804"), (1111111111, "050471"),
        (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130"),
    ],
)  # fmt: skip
def test_the_examples_of_the_standard(seconds, code):
    assert totp.code_at(RFC_SECRET, seconds // totp.STEP) == code
    assert totp.step_of(RFC_SECRET, code, at=seconds) == seconds // totp.STEP


def test_a_code_is_good_for_half_a_minute_before_and_after_and_no_longer():
    code = totp.code_at(RFC_SECRET, 1000)
    near = [s for s in range(996, 1006) if totp.step_of(RFC_SECRET, code, at=s * totp.STEP) == 1000]
    assert near == [999, 1000, 1001]
    assert totp.step_of(RFC_SECRET, code, at=30_000, after=1000) is None
    assert totp.step_of(RFC_SECRET, "１２３４５６", at=30_000) is None


@pytest.fixture
def user(db, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return User.objects.create_user("noor@quayside.example", "correct horse", name="Noor")


def turned_on(user: User, at) -> tuple[str, list[str]]:
    second_factor.begin(user)
    secret = second_factor.begun(user)
    assert secret
    codes = second_factor.confirm(user, totp.code_at(secret, int(at.timestamp()) // totp.STEP), at=at)
    assert codes
    return secret, codes


def test_it_is_on_only_when_a_code_proved_it(user):
    second_factor.begin(user)
    assert not second_factor.is_on(user)
    secret = second_factor.begun(user)
    assert second_factor.confirm(user, "000000x") is None
    assert not second_factor.is_on(user)
    assert secret not in SecondFactor.objects.get().sealed
    turned_on(user, now())
    assert second_factor.is_on(user)
    assert second_factor.begun(user) is None, "the secret is not shown again"
    second_factor.begin(user)
    assert second_factor.is_on(user), "beginning again changes nothing"


def test_a_code_signs_in_once(user):
    at = now()
    secret, _ = turned_on(user, at)
    later = at + timedelta(minutes=2)
    code = totp.code_at(secret, int(later.timestamp()) // totp.STEP)
    assert not second_factor.is_right(user, totp.code_at(secret, int(at.timestamp()) // totp.STEP), at=at)
    assert second_factor.is_right(user, f" {code[:3]} {code[3:]} ", at=later)
    assert not second_factor.is_right(user, code, at=later)


def test_a_recovery_code_signs_in_once_and_new_ones_replace_the_old(user):
    _, codes = turned_on(user, now())
    assert len(set(codes)) == 10
    assert second_factor.is_right(user, codes[0].upper())
    assert not second_factor.is_right(user, codes[0])
    assert second_factor.codes_left(user) == 9
    fresh = second_factor.new_recovery_codes(user)
    assert not second_factor.is_right(user, codes[1])
    assert second_factor.is_right(user, fresh[0])
    assert not RecoveryCode.objects.filter(digest__in=[c.replace("-", "") for c in fresh]).exists()


def test_another_user_s_recovery_code_is_worth_nothing(user):
    _, codes = turned_on(user, now())
    other = User.objects.create_user("ines@quayside.example", "correct horse", name="Ines")
    turned_on(other, now())
    assert not second_factor.is_right(other, codes[0])
    assert second_factor.take_off(other)
    assert not second_factor.is_right(other, codes[0])
    assert second_factor.is_on(user)
