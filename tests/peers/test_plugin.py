"""The plugin's own promises: an absent peer skips with the command, or fails where peers are required; what was
started is gone after the run."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.peers.places import is_listening, wait_until

CHECKOUT = Path(__file__).resolve().parents[2]

TESTS = """
import os

def test_with_redis(redis_url):
    with open(os.environ["SEEN"], "a") as seen:
        seen.write(redis_url + "\\n")

def test_with_redis_again(redis_url):
    test_with_redis(redis_url)

def test_with_mail(mail_server):
    pass
"""


PYTEST = ("-q", "-c", os.devnull, "-p", "tests.peers.plugin", "-p", "no:django", "-p", "no:cacheprovider")


def environment() -> dict[str, str]:
    """This machine's environment without what belongs to the run that these tests are part of."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HARKEN_", "PYTEST_"))}
    return kept | {"PYTHONPATH": str(CHECKOUT)}


def inner_run(folder: Path, *arguments: str, **extra: str) -> tuple[int, str]:
    """A pytest run over TESTS in a process of its own."""
    (folder / "test_inner.py").write_text(TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--rootdir", str(folder), *PYTEST, *arguments, "test_inner.py"],
        cwd=folder,
        env=environment() | {"SEEN": str(folder / "seen")} | extra,
        capture_output=True,
        text=True,
        timeout=100,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def without_dovecot(tmp_path: Path) -> str:
    """A PYTHONPATH under which dovecot is not found, whatever this machine has."""
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(
        "import shutil\n_which = shutil.which\n"
        "shutil.which = lambda command, **rest: None if command == 'dovecot' else _which(command, **rest)\n"
    )
    return f"{hook}:{CHECKOUT}"


@pytest.mark.peer("redis")
def test_an_absent_peer_skips_and_the_end_says_how_to_get_it(tmp_path: Path, without_dovecot: str) -> None:
    status, said = inner_run(tmp_path, PYTHONPATH=without_dovecot)
    assert status == 0
    assert "2 passed, 1 skipped" in said
    assert "mail: 1 test. Provide it with: tools/provide_peers.sh mail" in said


@pytest.mark.peer("redis")
def test_an_absent_peer_fails_where_peers_are_required(tmp_path: Path, without_dovecot: str) -> None:
    status, said = inner_run(tmp_path, PYTHONPATH=without_dovecot, HARKEN_REQUIRE_PEERS="1")
    assert status == 1
    assert "dovecot is not installed; provide it with: tools/provide_peers.sh mail" in said


@pytest.mark.peer("redis")
def test_workers_share_one_server_that_ends_with_the_run(tmp_path: Path) -> None:
    status, said = inner_run(tmp_path, "-n", "2", "-k", "redis")
    assert status == 0, said
    urls = (tmp_path / "seen").read_text().split()
    assert len(urls) == 2
    assert len(set(urls)) == 1
    assert not is_listening("127.0.0.1", port_of(urls[0]))


@pytest.mark.peer("redis")
def test_a_server_ends_soon_after_its_run_is_killed(tmp_path: Path) -> None:
    (tmp_path / "test_long.py").write_text("import time\ndef test_long(redis_url):\n    time.sleep(100)\n")
    log = tmp_path / "log"
    with log.open("wb") as output:
        run = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-s", *PYTEST, "--setup-show", "test_long.py"],
            cwd=tmp_path,
            env=environment() | {"HARKEN_PEERS_KEEP": "1", "TMPDIR": str(tmp_path)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        facts = wait_until(
            lambda: next(tmp_path.glob("harken-peers-*/redis/facts.json"), None), seconds=60, what="Redis"
        )
        port = port_of(json.loads(facts.read_text())["url"])
        assert is_listening("127.0.0.1", port)
    finally:
        run.kill()
        run.wait()
    wait_until(lambda: not is_listening("127.0.0.1", port), seconds=20, what="the end of Redis")


def port_of(url: str) -> int:
    """The port in redis://host:port/0."""
    port = urlsplit(url).port
    assert port
    return port
