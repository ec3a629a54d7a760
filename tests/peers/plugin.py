"""The pytest side of the peers: fixtures that give a running server, skips that say how to get one.

A test asks for a peer by a fixture (mail_server, snac_pair, bluesky_network, postgres_server, postgres_url,
rabbitmq_url, rabbitmq_node, redis_url, chromium) or by `@pytest.mark.peer("name")`. An absent peer skips the
test with the command that provides it; with HARKEN_REQUIRE_PEERS=1 the test fails instead. Servers start once
in a run, when first needed, and are shared by all of pytest-xdist's workers.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import homes
from tests.homes import RUN
from tests.peers import chromium as chromium_peer
from tests.peers import keeper, registry
from tests.peers.bluesky.network import BlueskyNetwork
from tests.peers.mail import MailServer
from tests.peers.places import open_folder
from tests.peers.postgres import PostgresServer
from tests.peers.rabbitmq import RabbitNode, RabbitServer
from tests.peers.redis import RedisServer
from tests.peers.snac import SnacPair, from_facts

if TYPE_CHECKING:
    from playwright.sync_api import Browser

OWNER = "HARKEN_PEERS_OWNER"
KEEP = "HARKEN_PEERS_KEEP"
REQUIRE = "HARKEN_REQUIRE_PEERS"

# Which peer a fixture needs, so that `-m peer` and `-m "not peer"` choose tests by it.
FIXTURES = {
    "mail_server": "mail",
    "snac_pair": "snac",
    "bluesky_network": "bluesky",
    "postgres_server": "postgres",
    "postgres_url": "postgres",
    "ready_postgres_url": "postgres",
    "rabbitmq_url": "rabbitmq",
    "rabbitmq_node": "rabbitmq",
    "redis_url": "redis",
    "chromium": "chromium",
}

_absent: dict[str, str | None] = {}


def pytest_configure(config: pytest.Config) -> None:
    """The run (not its workers) makes the folder in which the servers live."""
    if not hasattr(config, "workerinput"):
        os.environ[RUN] = str(open_folder(Path(tempfile.mkdtemp(prefix="harken-peers-"))))
        os.environ[OWNER] = str(os.getpid())


def pytest_unconfigure(config: pytest.Config) -> None:
    """The run stops what was started for it, and clears up."""
    if not hasattr(config, "workerinput"):
        folder = Path(os.environ[RUN])
        keeper.stop_all(folder)
        if not os.environ.get(KEEP):
            shutil.rmtree(folder, ignore_errors=True)


def pytest_itemcollected(item: pytest.Item) -> None:
    """A test that uses a peer's fixture carries that peer's mark."""
    marked = {mark.args[0] for mark in item.iter_markers("peer")}
    for fixture in getattr(item, "fixturenames", ()):
        if (name := FIXTURES.get(fixture)) and name not in marked:
            item.add_marker(pytest.mark.peer(name))
            marked.add(name)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or fail, before anything is set up when a peer is absent."""
    for mark in item.iter_markers("peer"):
        name = mark.args[0]
        if name not in registry.PEERS:
            pytest.fail(f"there is no peer {name!r}; there are: {', '.join(registry.PEERS)}", pytrace=False)
        if name not in _absent:
            _absent[name] = registry.reason_absent(name)
        if reason := _absent[name]:
            if os.environ.get(REQUIRE) == "1":
                pytest.fail(f"{reason} ({REQUIRE}=1)", pytrace=False)
            item.user_properties.append(("absent_peer", name))
            pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Which peers were missing, how many tests did not run for it, and the commands that provide them."""
    counts: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", ()):
        for key, name in getattr(report, "user_properties", ()):
            if key == "absent_peer":
                counts[name] = counts.get(name, 0) + 1
    if not counts:
        return
    terminalreporter.section("skipped for want of a peer")
    for name, count in sorted(counts.items()):
        tests = "1 test" if count == 1 else f"{count} tests"
        terminalreporter.line(f"{name}: {tests}. Provide it with: {registry.PEERS[name].COMMAND}")


def _facts(name: str) -> dict[str, Any]:
    return keeper.shared_facts(name, Path(os.environ[RUN]), int(os.environ[OWNER]))


@pytest.fixture(scope="session")
def mail_server() -> MailServer:
    """Postfix and Dovecot; use a box with a name of your own: all workers share them."""
    return MailServer(**_facts("mail"))


@pytest.fixture(scope="session")
def snac_pair() -> SnacPair:
    """Two federating servers of the Mastodon API; `snac_pair.brand.add_user("help")` makes an account."""
    return from_facts(_facts("snac"))


@pytest.fixture(scope="session")
def bluesky_network() -> BlueskyNetwork:
    """A whole Bluesky network; make accounts through its PDS."""
    return BlueskyNetwork(**_facts("bluesky"))


@pytest.fixture(scope="session")
def postgres_server() -> PostgresServer:
    """A PostgreSQL server on which databases may be made."""
    return PostgresServer(**_facts("postgres"))


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a fresh, empty PostgreSQL database, dropped after the test."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def ready_postgres_url(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database of this version, dropped after the test. On a server of somebody else no
    copy to make others of is left behind."""
    if not postgres_server.is_ours:
        with postgres_server.database() as url:
            homes.migrate_postgres(url, tmp_path / "made-here")
            yield url
        return
    with postgres_server.database(template=homes.postgres_template(postgres_server)) as url:
        yield url


@pytest.fixture(scope="session")
def rabbitmq_url() -> str:
    """The AMQP URL of a broker shared by this run's tests; name queues for your test."""
    return RabbitServer(**_facts("rabbitmq")).url


@pytest.fixture
def rabbitmq_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitNode]:
    """A broker of this test alone, to be stopped, killed and started again."""
    with RabbitNode(tmp_path_factory.mktemp("rabbitmq")) as node:
        yield node


@pytest.fixture(scope="session")
def redis_url() -> str:
    """The URL of a Redis shared by this run's tests; prefix keys for your test."""
    return RedisServer(**_facts("redis")).url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A running browser (one per worker); make a context per person who is to be signed in."""
    # Playwright's synchronous side keeps an event loop in this thread, which Django takes for async code.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with chromium_peer.browser() as browser:
            yield browser
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before
