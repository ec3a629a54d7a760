"""A RabbitMQ broker for tests: the one named by HARKEN_TEST_RABBITMQ, else a virtual host of its own on the
broker that runs here, else a throw-away node, which a test can also stop and start at will."""

from __future__ import annotations

import os
import signal
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.peers.children import child, tail
from tests.peers.places import PROVIDE, find_command, free_ports, is_listening, missing_command, wait_until

NAME = "rabbitmq"
COMMAND = f"{PROVIDE} rabbitmq"
VARIABLE = "HARKEN_TEST_RABBITMQ"


@dataclass(frozen=True)
class RabbitServer:
    """Where RabbitMQ is, e.g. amqp://guest:guest@127.0.0.1:5672/name; `is_ours`: a node of this run alone."""

    url: str
    is_ours: bool


def available() -> str | None:
    """None when there is a broker or one can be started, else why not."""
    if os.environ.get(VARIABLE) or _node_script() or is_listening("127.0.0.1", 5672):
        return None
    return "no RabbitMQ runs on 127.0.0.1:5672 and rabbitmq-server is not installed"


@contextmanager
def running(folder: Path) -> Iterator[RabbitServer]:
    """Give the broker to use, with nobody else's queues on it."""
    if url := os.environ.get(VARIABLE):
        yield RabbitServer(url=url, is_ours=False)
    elif is_listening("127.0.0.1", 5672) and (host := _add_virtual_host()):
        try:
            yield RabbitServer(url=f"amqp://guest:guest@127.0.0.1:5672/{host}", is_ours=False)
        finally:
            _control("delete_vhost", host)
    elif _node_script():
        with RabbitNode(folder) as node:
            yield RabbitServer(url=node.url, is_ours=True)
    else:
        yield RabbitServer(url="amqp://guest:guest@127.0.0.1:5672//", is_ours=False)


def _add_virtual_host() -> str | None:
    """A virtual host on the local broker, or None where we may not make one."""
    host = f"harken-test-{uuid.uuid4().hex[:10]}"
    if os.geteuid() != 0 or missing_command("rabbitmqctl") or not _control("add_vhost", host):
        return None
    return host if _control("set_permissions", "-p", host, "guest", ".*", ".*", ".*") else None


def _control(*words: str, env: Mapping[str, str] | None = None) -> bool:
    command = [find_command("rabbitmqctl") or "rabbitmqctl", "-q", *words]
    done = subprocess.run(
        command, capture_output=True, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL
    )
    return done.returncode == 0


def _node_script() -> str | None:
    """The node's own start script. The one in sbin changes to a user that can't enter a test's folder."""
    script = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    if script.exists():
        return str(script)
    return find_command("rabbitmq-server")


class RabbitNode:
    """A broker of one's own: `start()`, `stop()` (as an operator would) and `kill()`, in any order.

    Queues that are durable live through a stop and a kill, as they would on a real machine. As a context manager
    it starts at once and stops at the end.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = ExitStack()
        self._ports = ExitStack()
        self._port, self._distribution = self._ports.enter_context(free_ports(2))
        self._child: subprocess.Popen[bytes] | None = None
        self.url = f"amqp://guest:guest@127.0.0.1:{self._port}//"

    def __enter__(self) -> RabbitNode:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._ports.close()

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        script = _node_script()
        assert script, COMMAND
        folder = self._folder
        env = {
            "HOME": str(folder),  # the node's cookie is its own
            "RABBITMQ_NODENAME": f"harken{self._port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(folder / "node.pid"),
            "RABBITMQ_CONFIG_FILE": str(folder / "none"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
        (folder / "plugins").write_text("[].\n")
        log = folder / "rabbitmq.log"
        self._child = self._process.enter_context(child([script], log=log, env=env, cwd=folder, patience=20))
        try:
            wait_until(self.is_up, seconds=60, what="RabbitMQ", every=0.2)
        except TimeoutError as late:
            raise RuntimeError(f"{late}\n{tail(log)}") from late

    def is_up(self) -> bool:
        """Whether it takes connections now."""
        return is_listening("127.0.0.1", self._port)

    def stop(self) -> None:
        """Stop it in order."""
        self._process.close()
        self._process = ExitStack()
        self._child = None
        wait_until(lambda: not self.is_up(), seconds=20, what="RabbitMQ's end")

    def kill(self) -> None:
        """Stop it as a power cut would."""
        if self._child is not None:
            # the start script and the machine that it runs are one process group
            with suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)
        self.stop()
