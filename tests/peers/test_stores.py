"""The database, the brokers and the browser: there, empty, and gone after use."""

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
import redis as redis_client
from kombu import Connection

from tests.peers import postgres
from tests.peers.places import open_folder
from tests.peers.rabbitmq import RabbitNode

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_a_fresh_database_is_empty_and_dropped(postgres_server: postgres.PostgresServer) -> None:
    with postgres_server.database() as url, psycopg.connect(url) as connection:
        name, tables = connection.execute(
            "SELECT current_database(), (SELECT count(*) FROM pg_tables WHERE schemaname = 'public')"
        ).fetchone()
        assert tables == 0
    with psycopg.connect(postgres_server.url) as connection:
        left = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    assert left is None


@pytest.mark.peer("postgres")
def test_a_throw_away_cluster_can_be_had_beside_a_running_server() -> None:
    folder = open_folder(Path(tempfile.mkdtemp(prefix="harken-peers-")))
    try:
        with (
            postgres.throw_away(folder) as server,
            server.database() as url,
            psycopg.connect(url) as connection,
        ):
            assert connection.execute("SHOW fsync").fetchone() == ("off",)
    finally:
        shutil.rmtree(folder)


def test_the_broker_passes_a_message(rabbitmq_url: str) -> None:
    with Connection(rabbitmq_url, connect_timeout=10) as connection:
        queue = connection.SimpleQueue("peers-test", queue_opts={"auto_delete": True})
        queue.put({"hello": 1})
        message = queue.get(timeout=10)
        message.ack()
        queue.close()
    assert message.payload == {"hello": 1}


def test_a_node_of_ones_own_comes_back_from_a_kill_with_what_it_confirmed(rabbitmq_node: RabbitNode) -> None:
    with Connection(rabbitmq_node.url, transport_options={"confirm_publish": True}) as connection:
        queue = connection.SimpleQueue("kept")
        queue.put({"kept": True})
        queue.close()
    rabbitmq_node.kill()
    assert not rabbitmq_node.is_up()
    rabbitmq_node.start()
    with Connection(rabbitmq_node.url) as connection:
        queue = connection.SimpleQueue("kept")
        assert queue.get(timeout=10).payload == {"kept": True}
        queue.close()


def test_redis_keeps_a_value(redis_url: str) -> None:
    with redis_client.Redis.from_url(redis_url) as client:
        client.set("peers-test", "1")
        assert client.get("peers-test") == b"1"


def test_the_browser_shows_and_clicks_a_page(chromium: "Browser") -> None:
    page = chromium.new_page()
    page.set_content("<button onclick=\"this.textContent='pressed'\">press</button>")
    page.get_by_role("button").click()
    assert page.get_by_role("button").inner_text() == "pressed"
    assert page.screenshot()[:4] == b"\x89PNG"
    page.close()
