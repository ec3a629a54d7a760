"""Who can sign in (User), and the brands this company speaks for."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.timezone import now


class UserAccounts(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """A user who signs in by mail address; without a password nobody can sign in as them."""
        user = self.model(email=normal_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(email, password, is_superuser=True, **fields)


def normal_email(email: str) -> str:
    """The form in which mail addresses are stored and compared."""
    return email.strip().casefold()


class User(AbstractBaseUser, PermissionsMixin):
    """A sign-in. What it may do is an Agent's matter (team) or a member's (community)."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=10, blank=True, default="")
    zone = models.CharField(max_length=64, blank=True, default="")
    theme = models.CharField(max_length=10, blank=True, default="")
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[UserAccounts] = UserAccounts()  # type: ignore[assignment]  # Django's own pattern

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    is_staff = False

    def __str__(self) -> str:
        return self.name or self.email


class Brand(models.Model):
    """A name the company speaks under, with the zone in which its days are counted."""

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    zone = models.CharField(max_length=64, default="UTC")
    signature = models.CharField(max_length=200, blank=True, default="")
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.name


class Attempt(models.Model):
    """One try at something that has a limit (see attempts.py); forgotten after a day."""

    kind = models.CharField(max_length=20)
    who = models.CharField(max_length=40)  # a keyed digest of an address
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [
            models.Index(fields=["kind", "who", "at"], name="attempt_of_whom"),
            models.Index(fields=["at"], name="attempt_at"),
        ]


class SecondFactor(models.Model):
    """A second step at the sign-in: codes from an authenticator app (see second_factor.py)."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    sealed = models.TextField()  # the secret that the app has too
    begun_at = models.DateTimeField(default=now)
    confirmed_at = models.DateTimeField(null=True)  # null: shown, and not yet proven by a code
    last_step = models.BigIntegerField(default=0)  # the newest time step whose code was used


class Passkey(models.Model):
    """A key with which a user signs in without a password (see passkeys.py); it never leaves their device, we hold its
    public half."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=60)
    credential_id = models.CharField(max_length=1400, unique=True)  # base64url, as browsers name it
    credential = models.TextField()  # base64url of what the authenticator attested: its id and public key
    handle = models.CharField(max_length=90)  # how the authenticator knows the user; says nothing of them
    counter = models.BigIntegerField(default=0)  # of its signatures; most keep none
    created_at = models.DateTimeField(default=now)
    used_at = models.DateTimeField(null=True)


class RecoveryCode(models.Model):
    """One use instead of a code from the app, for somebody who lost it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="one_recovery_code")]
