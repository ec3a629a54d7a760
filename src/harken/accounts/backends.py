"""Sign-in by mail address; the session's user comes with their agent and member in one query."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from harken.base import statements
from harken.base.statements import slot

from .models import User, normal_email


class EmailBackend(ModelBackend):
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if not username or not password:
            return None
        user = User.objects.filter(email=normal_email(username)).first()
        if user is None:
            User().set_password(password)  # the same time is spent for an unknown address
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None

    def get_user(self, user_id: int) -> User | None:
        asked = statements.objects(
            "user", lambda: User.objects.select_related("agent", "member").filter(pk=slot()), user_id
        )
        user: User | None = next(asked, None)
        return user if user and self.user_can_authenticate(user) else None
