"""The connection test says exactly what is wrong, and a token can be had from inside Harken."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harken.base.net import guard
from harken.channels.contract import CheckStep
from harken.connectors.mastodon import signing_in
from harken.connectors.mastodon.connector import MastodonConnector
from harken.connectors.mastodon.settings import WrongSetting, clean_server

from .conftest import connector
from .written_server import Reply, WrittenServer

Make = Callable[..., MastodonConnector]


def failed(here: MastodonConnector) -> CheckStep:
    steps = here.check()
    assert not all(step.is_ok for step in steps), steps
    step = next(step for step in steps if not step.is_ok)
    assert step.detail
    assert step.what_to_do
    return step


def test_all_is_well(server: WrittenServer, channel: Make) -> None:
    server.policy = {"for_private_mentions": "filter", "for_not_following": "accept"}
    steps = {step.name: step for step in channel(search="#bag").check()}
    assert all(step.is_ok for step in steps.values()), steps
    assert steps["Server reachable"].detail == "mastodon 4.4.2 at larkspur.example"
    assert steps["Token accepted"].detail == "as @help@larkspur.example"
    assert "private messages out of the blue" in steps["Messages of strangers arrive"].detail
    assert steps["Posting allowed"].detail == "allowed: read write"
    assert steps["A repeated send is one post"].detail.startswith("yes")
    assert steps["Live line"].detail.startswith("open")
    assert steps["Search for “#bag”"].detail.startswith("nothing found now")
    assert server.called("/api/v1/statuses", "POST") == []


def test_no_step_posts_anything_even_where_scopes_are_not_told(server: WrittenServer, channel: Make) -> None:
    server.scopes = None
    assert all(step.is_ok for step in channel().check())
    assert server.statuses == {}


@pytest.mark.parametrize(
    ("settings", "token", "says"),
    [
        ({"server": ""}, "t", "server is missing"),
        ({"server": "http://mastodon.example"}, "t", "must start with https://"),
        ({"server": "ftp://mastodon.example"}, "t", "not an address"),
        ({"server": "https://mastodon.example:port"}, "t", "not an address"),
        ({}, "", "token is missing"),
        ({}, "two words", "copy it again"),
        ({"answers_as": "direct"}, "t", "not 'direct'"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, str], token: str, says: str) -> None:
    settings = {"server": "https://mastodon.example", **settings}
    step = failed(connector(settings.pop("server"), token, **settings))
    assert step.name == "Settings"
    assert says in step.detail


def test_the_server_may_be_given_as_people_know_it() -> None:
    assert clean_server("mastodon.example") == "https://mastodon.example"
    assert clean_server(" https://Mastodon.example/@help ") == "https://mastodon.example"
    assert clean_server("@help@mastodon.example") == "https://mastodon.example"
    assert clean_server("http://127.0.0.2") == "http://127.0.0.2"
    with pytest.raises(WrongSetting):
        clean_server("https://user:pass@mastodon.example")


def test_a_server_that_is_not_there() -> None:
    guard.configure(allow_private_hosts="127.0.0.1:9")
    step = failed(connector("http://127.0.0.1:9", "token"))
    assert step.name == "Server reachable"
    assert "127.0.0.1" in step.what_to_do


def test_a_server_that_may_not_be_dialled_says_so() -> None:
    step = failed(connector("http://10.0.0.1", "token"))
    assert "private" in step.detail


def test_a_server_that_is_something_else(server: WrittenServer, channel: Make) -> None:
    server.override = lambda call: Reply(404, b"<html>a shop</html>")
    step = failed(channel())
    assert step.name == "Server reachable"
    assert "does not answer like a server with the Mastodon API" in step.detail


def test_a_dead_token(server: WrittenServer, channel: Make) -> None:
    step = failed(channel(token="withdrawn"))
    assert step.name == "Token accepted"
    assert "The access token is invalid" in step.detail


@pytest.mark.parametrize(
    ("path", "method", "name"),
    [
        ("/api/v1/notifications", "GET", "Mentions readable"),
        ("/api/v1/statuses", "POST", "Posting allowed"),
        ("/api/v2/search", "GET", "Search for “bag”"),
    ],
)
def test_a_missing_scope(server: WrittenServer, channel: Make, path: str, method: str, name: str) -> None:
    server.scopes = None
    server.override = lambda call: (
        Reply(403, {"error": "This action is outside the authorized scopes"})
        if (call.path, call.method) == (path, method)
        else None
    )
    step = failed(channel(search="bag"))
    assert step.name == name
    assert "scope" in step.what_to_do


def test_a_read_only_token_by_its_scopes(server: WrittenServer, channel: Make) -> None:
    server.scopes = ["read"]
    assert failed(channel()).name == "Posting allowed"


def test_an_account_that_drops_strangers_messages(server: WrittenServer, channel: Make) -> None:
    server.policy = {"for_private_mentions": "drop", "for_not_following": "drop"}
    step = failed(channel())
    assert step.name == "Messages of strangers arrive"
    assert "people that it does not follow and private messages out of the blue" in step.detail


def test_a_code_becomes_a_token(server: WrittenServer) -> None:
    app = signing_in.register_app(server.url)
    assert app.allow_url.startswith(f"{server.url}/oauth/authorize?client_id=client&")
    assert "secret" not in app.allow_url
    assert "secret" not in repr(app)
    assert signing_in.redeem_code(app, " right ") == "token"
    with pytest.raises(signing_in.SignInFailed, match="grant is invalid") as refused:
        signing_in.redeem_code(app, "wrong")
    assert "open the page again" in refused.value.what_to_do
    with pytest.raises(signing_in.SignInFailed, match="missing"):
        signing_in.redeem_code(app, " ")


def test_an_app_cannot_be_registered_where_there_is_no_server() -> None:
    guard.configure(allow_private_hosts="127.0.0.1:9")
    with pytest.raises(signing_in.SignInFailed):
        signing_in.register_app("http://127.0.0.1:9")
