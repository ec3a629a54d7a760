"""Nudges over several machines: Celery on RabbitMQ or Redis. Imported only where HARKEN_BROKER_URL is set.

A message carries a lane's name, lives a minute, and may be lost or come twice: the worker that gets it wakes
that lane of its own process, which claims rows from the database. A broker that is down is logged and stops
nobody; the lanes sweep every few seconds in any case.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from typing import Any

from celery import Celery  # type: ignore[import-untyped]  # it has no types
from celery.worker import state as celery_state  # type: ignore[import-untyped]
from kombu.entity import Exchange, Queue

from . import work

log = logging.getLogger(__name__)
for noisy in ("celery.worker.strategy", "celery.app.trace"):  # two lines for every nudge
    logging.getLogger(noisy).setLevel(logging.WARNING)

QUEUE = "harken.nudges"
TASK = "harken.wake"
LIVES = 60  # seconds after which a nudge is worth nothing: the sweep has been there long before
APART = 0.02  # seconds between two sendings; whatever is nudged meanwhile goes once a lane
LONGEST_PAUSE = 5.0  # seconds between two tries at a broker that is down


def celery_app(url: str) -> Celery:
    """The Celery application of this install: one queue, one task, no results, nothing kept on the broker's
    disk."""
    app = Celery("harken", broker=url, set_as_current=False)
    exchange = Exchange(QUEUE, type="direct", delivery_mode="transient")  # type: ignore[no-untyped-call]
    limits = {"x-message-ttl": LIVES * 1000, "x-max-length": 1000}
    app.conf.update(
        task_queues=[Queue(QUEUE, exchange, routing_key=QUEUE, queue_arguments=limits)],  # type: ignore[no-untyped-call]
        task_default_queue=QUEUE,
        task_default_exchange=QUEUE,
        task_default_routing_key=QUEUE,
        task_default_delivery_mode="transient",
        task_ignore_result=True,
        task_acks_late=False,
        task_publish_retry=False,
        task_serializer="json",
        accept_content=["json"],
        broker_connection_timeout=3,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={"socket_timeout": 5, "socket_connect_timeout": 3},
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=True,
    )

    @app.task(name=TASK, ignore_result=True, shared=False)  # type: ignore[untyped-decorator]
    def wake(lane: str) -> None:
        work.wake_here(lane)

    return app


class Nudger:
    """Sends this process's nudges to the broker, in a thread of its own: who nudges never waits and never
    fails."""

    def __init__(self, url: str) -> None:
        self._url, self._app = url, celery_app(url)
        self._names: set[str] = set()
        self._something = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.is_down = False
        self.sent = 0

    def start(self) -> None:
        """Begin to send: from now on work.nudge reaches other processes."""
        self._thread = threading.Thread(target=self._run, name="nudger", daemon=True)
        self._thread.start()
        work.reach_out(self.send)

    def send(self, lane: str) -> None:
        """Have a lane nudged; returns at once."""
        self._names.add(lane)
        self._something.set()

    def stop(self) -> None:
        """Send no more."""
        work.reach_out(None)
        self._stop.set()
        self._something.set()
        if self._thread is not None:
            self._thread.join(0.5)

    def _run(self) -> None:
        pause = 0.5
        while True:
            self._something.wait()
            self._something.clear()
            if self._stop.is_set():
                return
            names, self._names = self._names, set()
            try:
                for name in sorted(names):
                    self._app.send_task(TASK, args=[name], expires=LIVES, retry=False)
                    self.sent += 1
            except Exception as problem:  # noqa: BLE001 - any transport's error: logged, and the sweep does the work
                if not self.is_down:
                    log.warning("The broker is down; work is found by sweeping meanwhile: %s", problem)
                self.is_down = True
                self._app.close()
                self._app = celery_app(self._url)  # with fresh connections: a pool that broke stays closed
                self._stop.wait(pause)
                pause = min(LONGEST_PAUSE, pause * 2)
            else:
                if self.is_down:
                    log.warning("The broker is back.")
                self.is_down, pause = False, 0.5
                self._stop.wait(APART)


class NudgeTaker:
    """A Celery worker inside this process, whose only task wakes a lane here."""

    def __init__(self, url: str) -> None:
        self._app = celery_app(url)
        self._worker: Any = None
        self._thread: threading.Thread | None = None
        self._is_stopping = False

    def start(self) -> None:
        """Begin to take nudges; a broker that is down is tried again and again."""
        celery_state.should_stop = None
        self._thread = threading.Thread(target=self._run, name="celery", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no more; what is on the line is safe to lose."""
        self._is_stopping = True
        celery_state.should_stop = os.EX_OK
        if self._thread is not None:
            self._thread.join(0.5)

    def _run(self) -> None:
        while not self._is_stopping:
            try:
                self._worker = self._app.WorkController(
                    hostname=f"harken-{os.getpid()}@{socket.gethostname()}",
                    pool_cls="solo",
                    concurrency=1,
                    without_gossip=True,
                    without_mingle=True,
                    without_heartbeat=True,
                )
                self._worker.start()
            except SystemExit:
                pass
            except Exception:
                log.exception("The Celery worker ended by an error; it is started again")
            if not self._is_stopping:
                time.sleep(1.0)
