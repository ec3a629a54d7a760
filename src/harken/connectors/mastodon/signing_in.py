"""Getting a token as a person would: register Harken with the server, let them allow it, take the code it shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from harken.base.net import http
from harken.base.net.errors import NetError
from harken.channels.contract import SignInFailed

from .api import Answer, answer_of
from .settings import clean_server

# The server shows the code on a page of its own, to be copied: works wherever Harken runs, without an address that the
# server could call back.
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
SCOPES = "read write"
APP = "Harken"


@dataclass(frozen=True, slots=True)
class App:
    """Harken as one server knows it. Keep it (the secret sealed) between the two steps."""

    server: str
    client_id: str
    client_secret: str = field(repr=False)

    @property
    def allow_url(self) -> str:
        """The page where the person signs in, allows Harken and gets a code."""
        query = {
            "client_id": self.client_id,
            "redirect_uri": OUT_OF_BAND,
            "response_type": "code",
            "scope": SCOPES,
        }
        return f"{self.server}/oauth/authorize?{urlencode(query)}"


def register_app(server: str) -> App:
    """Make Harken known to a server (a name, an address or a handle). Raises WrongSetting or SignInFailed."""
    server = clean_server(server)
    said = _ask(
        f"{server}/api/v1/apps",
        {"client_name": APP, "redirect_uris": OUT_OF_BAND, "scopes": SCOPES},
        "Is this the account's server, and does it have a Mastodon API?",
    )
    if not said.get("client_id") or not said.get("client_secret"):
        raise SignInFailed(
            "The server registered Harken but gave it no name.", "Paste an access token instead."
        )
    return App(server, str(said["client_id"]), str(said["client_secret"]))


def redeem_code(app: App, code: str) -> str:
    """The access token for the code that the server showed. Raises SignInFailed."""
    code = code.strip()
    if not code:
        raise SignInFailed("The code is missing.", "Copy the code that the server showed after “Allow”.")
    said = _ask(
        f"{app.server}/oauth/token",
        {
            "grant_type": "authorization_code",
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "redirect_uri": OUT_OF_BAND,
            "code": code,
            "scope": SCOPES,
        },
        "A code works once and for a few minutes: open the page again and copy the new one.",
    )
    if not isinstance(said.get("access_token"), str):
        raise SignInFailed(
            "The server gave no token for this code.", "Open the page again and copy the new code."
        )
    return str(said["access_token"])


def _ask(url: str, form: dict[str, str], what_to_do: str) -> dict[str, Any]:
    try:
        answer: Answer = answer_of(
            http.request("POST", url, data=form, headers={"accept": "application/json"})
        )
    except NetError as failure:
        raise SignInFailed(str(failure), "Is the address right, and can this machine reach it?") from failure
    if not answer.is_success or not isinstance(answer.data, dict):
        raise SignInFailed(f"The server said no: {answer.says}.", what_to_do)
    return answer.data
