"""What networks only linked is fetched, once, safely, and given up with a reason; what was taken away goes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from harken.base.models import Event
from harken.base.net import guard
from harken.channels.files import MOST_BYTES, file_path
from harken.inbox import linked
from harken.inbox.actions.replying import unseen_messages
from harken.inbox.fetching import MOST_OF_A_HOST, fetch_again, fetch_due
from harken.inbox.intake import filing
from harken.inbox.models import Attachment, Conversation, Message
from tests.base.loopback import recorded_connects
from tests.factories import deliver, echo_post, make_channel, receive
from tests.pictures import PNG

from .picture_server import Given, PictureServer, giving_pictures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server() -> Iterator[PictureServer]:
    with giving_pictures() as found:
        yield found[0]


def post_with(*urls: str, kind: str = "image/png", **fields: Any) -> dict[str, Any]:
    files = [{"name": "bag.png", "content_type": kind, "url": url, "text": "a torn handle"} for url in urls]
    return echo_post("Look at this", attachments=files, **fields)


def linked_as(*urls: str, **fields: Any) -> list[Attachment]:
    """A customer's post that only links these files."""
    receive(make_channel(), post_with(*urls, **fields))
    return list(Attachment.objects.filter(url__in=urls).order_by("pk"))


def drained() -> int:
    """All that is due, as the lane does it."""
    done = 0
    while more := fetch_due():
        done += more
    return done


def stored() -> set[str]:
    return {one.name for one in Path(settings.MEDIA_ROOT).rglob("*") if one.is_file()}


def make_due() -> None:
    Attachment.objects.exclude(fetch_at=None).update(fetch_at=now())


def test_a_picture_is_fetched_without_saying_who_asks_and_its_conversation_shows_it_anew(server):
    server.gives["/bag.png"] = Given(PNG, headers={"set-cookie": "who=them"})
    server.gives["/plan.pdf"] = Given(b"%PDF-1.7")
    picture, plan = linked_as(f"{server.url}/bag.png", f"{server.url}/plan.pdf")
    Attachment.objects.filter(pk=plan.pk).update(content_type="application/pdf")
    conversation = Conversation.objects.get()
    assert (picture.stored_as, picture.fetch_host) == ("", "127.0.0.1")
    assert picture.fetch_at <= now()
    assert drained() == 2
    picture.refresh_from_db()
    plan.refresh_from_db()
    assert file_path(picture.stored_as).read_bytes() == PNG
    assert (picture.content_type, picture.size, picture.text) == ("image/png", len(PNG), "a torn handle")
    assert (picture.fetch_at, picture.claimed_until, picture.problem) == (None, None, "")
    assert plan.content_type == "application/pdf"
    for _, headers in server.asked:
        assert not headers.keys() & {"cookie", "authorization", "referer", "origin"}
    told = Event.objects.filter(kind="MessageChanged").order_by("id")
    assert [(one.subject_id, one.data["what"], one.version) for one in told] == [
        (conversation.pk, "file", conversation.version + 1),
        (conversation.pk, "file", conversation.version + 2),
    ]
    assert Conversation.objects.get().version == conversation.version + 2
    # whoever is writing an answer is not stopped by it: nobody said anything
    assert unseen_messages(conversation, conversation.version) == []
    assert drained() == 0
    assert len(server.asked) == 2


def test_what_claims_to_be_a_picture_and_is_none_is_kept_as_a_file_and_the_other_way_round(server):
    server.gives["/page.png"] = Given(b"<script>alert(1)</script>", headers={"content-type": "image/png"})
    server.gives["/thing"] = Given(PNG, headers={"content-type": "text/html"})
    page, thing = linked_as(f"{server.url}/page.png", f"{server.url}/thing")
    Attachment.objects.filter(pk=thing.pk).update(content_type="text/html")
    drained()
    page.refresh_from_db()
    thing.refresh_from_db()
    assert page.content_type == "application/octet-stream"
    assert file_path(page.stored_as).read_bytes() == b"<script>alert(1)</script>"
    assert thing.content_type == "image/png"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (Given(status=404), linked.GONE),
        (Given(status=410), linked.GONE),
        (Given(status=403), linked.WITHHELD),
        (Given(PNG, status=206), linked.WITHHELD),
        (Given(b""), linked.EMPTY),
        (Given(b"x", announces=MOST_BYTES + 1), linked.TOO_LARGE),
        (Given(b"x" * (MOST_BYTES + 1)), linked.TOO_LARGE),
        (Given(status=302, headers={"location": "http://127.0.0.9/inside.png"}), linked.REFUSED),
        (Given(status=302, headers={"location": "http://169.254.169.254/latest/"}), linked.REFUSED),
        (Given(status=302, headers={"location": "/bag.png"}), linked.REFUSED),  # round and round
    ],
    ids=["404", "410", "403", "part", "empty", "announced", "sent", "private", "metadata", "circle"],
)
def test_what_will_never_come_ends_at_once_with_its_reason(server, given, problem):
    server.gives["/bag.png"] = given
    (row,) = linked_as(f"{server.url}/bag.png")
    version = Conversation.objects.get().version
    with recorded_connects() as dialled:
        assert drained() == 1
    row.refresh_from_db()
    assert (row.stored_as, row.problem, row.fetch_at, row.claimed_until) == ("", problem, None, None)
    assert {f"{host}:{port}" for host, port in dialled if host.startswith(("127.0.0.", "169."))} <= {
        server.place
    }
    assert Conversation.objects.get().version == version + 1
    assert stored() & {row.stored_as} == set()


def test_what_the_operator_allowed_for_channels_is_not_reached_by_a_strangers_link(server):
    guard.configure(allow_private_hosts=[server.place, f"http={server.place}"])
    rows = linked_as(
        f"{server.url}/bag.png", "http://user:word@127.0.0.1/", "http://[::1", "http://localhost/x"
    )
    with recorded_connects() as dialled:
        drained()
    assert server.asked == []
    assert not [host for host, _ in dialled if host in ("127.0.0.1", "::1")]
    for row in rows:
        row.refresh_from_db()
        assert row.problem == linked.REFUSED


@pytest.mark.parametrize(
    ("given", "at_least"),
    [
        (Given(status=429, headers={"retry-after": "3600"}), timedelta(hours=1)),
        (Given(status=503, headers={"retry-after": "9999999999"}), linked.LONGEST_ASKED),
        (Given(status=429, headers={"retry-after": "soon"}), linked.WAITS[0]),
        (Given(status=500), linked.WAITS[0]),
        (Given(PNG[:9], announces=900), linked.WAITS[0]),  # it breaks off
    ],
    ids=["429", "503", "unclear", "500", "broken"],
)
def test_what_may_pass_is_tried_again_later_and_nothing_is_said_of_it(server, given, at_least):
    server.gives["/bag.png"] = given
    (row,) = linked_as(f"{server.url}/bag.png")
    version, before = Conversation.objects.get().version, now()
    assert drained() == 1
    row.refresh_from_db()
    assert (row.stored_as, row.problem, row.fetch_tries, row.claimed_until) == ("", "", 1, None)
    assert before + at_least <= row.fetch_at <= now() + at_least
    assert Conversation.objects.get().version == version
    server.gives["/bag.png"] = Given(PNG)
    make_due()
    assert drained() == 1
    row.refresh_from_db()
    assert file_path(row.stored_as).exists()


def test_it_is_given_up_after_about_a_day_and_a_person_may_ask_again(server):
    server.gives["/bag.png"] = Given(status=500)
    (row,) = linked_as(f"{server.url}/bag.png")
    assert not fetch_again(row)  # it is on its way
    waited = timedelta()
    for _ in range(100):
        before = now()
        drained()
        row.refresh_from_db()
        if row.fetch_at is None:
            break
        waited += row.fetch_at - before
        make_due()
    assert row.problem == linked.GIVEN_UP
    assert timedelta(hours=20) < waited < timedelta(hours=28)
    assert len(server.asked) == len(linked.WAITS) + 1
    version = Conversation.objects.get().version
    server.gives["/bag.png"] = Given(PNG)
    assert fetch_again(row)
    assert Conversation.objects.get().version == version + 1
    assert drained() == 1
    row.refresh_from_db()
    assert (row.problem, row.content_type) == ("", "image/png")
    assert not fetch_again(row)  # it is here


def test_a_host_that_does_not_answer_holds_up_no_other_and_its_own_come_when_it_does():
    with giving_pictures("127.0.0.1", "127.0.0.2") as (slow, quick):
        goes_on, is_asked = threading.Event(), threading.Event()

        def dawdle() -> None:
            is_asked.set()
            goes_on.wait(20)

        for n in range(3):
            slow.gives[f"/{n}.png"] = Given(PNG, meanwhile=dawdle)
            quick.gives[f"/{n}.png"] = Given(PNG)
        linked_as(*[f"{slow.url}/{n}.png" for n in range(3)])
        waiting = threading.Thread(target=_in_thread, args=(fetch_due,))
        waiting.start()
        assert is_asked.wait(20)
        linked_as(*[f"{quick.url}/{n}.png" for n in range(3)])
        assert drained() == 3
        assert len(slow.asked) == 1
        assert Attachment.objects.exclude(stored_as="").count() == 3
        goes_on.set()
        waiting.join(20)
        assert Attachment.objects.exclude(stored_as="").count() == 6


def _in_thread(run: Any) -> None:
    try:
        run()
    finally:
        connections.close_all()


def test_a_host_that_says_wait_is_left_alone_with_all_that_was_asked_of_it(server):
    for n in range(3):
        server.gives[f"/{n}.png"] = Given(status=429)
    rows = linked_as(*[f"{server.url}/{n}.png" for n in range(3)])
    assert drained() == 3
    assert len(server.asked) == 1
    for row in rows:
        row.refresh_from_db()
        assert (row.fetch_tries, row.claimed_until) == (1, None)
        assert row.fetch_at > now()


def test_one_that_breaks_takes_nothing_from_the_others_of_its_host(server):
    server.gives = {"/0.png": Given(b"x", announces=900), "/1.png": Given(PNG)}
    first, second = linked_as(f"{server.url}/0.png", f"{server.url}/1.png")
    fetch_due()
    second.refresh_from_db()
    assert (second.fetch_tries, second.claimed_until) == (0, None)
    assert fetch_due() == 1
    second.refresh_from_db()
    assert second.stored_as
    first.refresh_from_db()
    assert first.fetch_tries == 1


def test_a_drain_takes_a_few_of_one_host_only():
    with giving_pictures("127.0.0.1", "127.0.0.2", "127.0.0.3") as servers:
        for server in servers:
            server.gives = {f"/{n}.png": Given(PNG) for n in range(MOST_OF_A_HOST + 2)}
            linked_as(*[f"{server.url}{path}" for path in server.gives])
        assert fetch_due() == MOST_OF_A_HOST
        assert sorted(len(server.asked) for server in servers) == [0, 0, MOST_OF_A_HOST]
        assert drained() == 3 * (MOST_OF_A_HOST + 2) - MOST_OF_A_HOST
        assert Attachment.objects.filter(stored_as="").count() == 0


def test_many_at_once_fetch_each_file_once(server):
    server.gives = {f"/{n}.png": Given(PNG) for n in range(24)}
    linked_as(*[f"{server.url}/{n}.png" for n in range(20)])
    linked_as(*[f"{server.url}/{n}.png" for n in range(20, 24)])
    begin = threading.Barrier(4)

    def work() -> None:
        begin.wait(20)
        for _ in range(40):
            fetch_due()

    threads = [threading.Thread(target=_in_thread, args=(work,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    drained()
    assert sorted(server.paths) == sorted(server.gives)
    assert Attachment.objects.filter(stored_as="").count() == 0


def test_what_a_killed_process_had_claimed_is_taken_up_by_another(server):
    server.gives["/bag.png"] = Given(PNG)
    (row,) = linked_as(f"{server.url}/bag.png")
    Attachment.objects.filter(pk=row.pk).update(claimed_until=now() + timedelta(minutes=1))
    assert drained() == 0
    Attachment.objects.filter(pk=row.pk).update(claimed_until=now() - timedelta(seconds=1))
    assert drained() == 1


def test_what_is_taken_away_while_it_is_fetched_leaves_nothing(server):
    channel, before = make_channel(), stored()
    deletion = {"type": "delete", "id": "p1", "at": now().isoformat()}
    server.gives["/bag.png"] = Given(PNG, meanwhile=lambda: _in_thread(lambda: receive(channel, deletion)))
    receive(channel, post_with(f"{server.url}/bag.png", id="p1", author="ines"))
    assert drained() == 1
    assert Message.objects.get().deleted_at is not None
    assert Attachment.objects.count() == 0
    assert stored() == before


def test_what_is_taken_away_later_goes_with_its_files_and_no_others(server):
    server.gives["/bag.png"] = Given(PNG)
    channel, before = make_channel(), stored()
    receive(
        channel,
        post_with(f"{server.url}/bag.png", id="p1", author="ines"),
        post_with(f"{server.url}/bag.png", id="p2", author="ines"),
    )
    drained()
    receive(channel, {"type": "delete", "id": "p1", "at": now().isoformat()})
    (left,) = Attachment.objects.all()
    assert left.message.external_id == "p2"
    assert stored() - before == {left.stored_as}


def test_the_demos_links_and_those_of_archives_are_nobodys_to_fetch(server):
    receive(make_channel(is_demo=True), post_with(f"{server.url}/bag.png"))
    receive(make_channel(), post_with("archive:bag.png"))
    assert list(Attachment.objects.values_list("fetch_at", flat=True)) == [None, None]
    assert not fetch_again(Attachment.objects.get(url="archive:bag.png"))


def test_a_batch_that_fails_takes_its_files_away_again():
    channel, before = make_channel(), stored()
    file = {"name": "a.png", "content_type": "image/png", "content": "iVBORw0KGgo="}
    deliver(channel, echo_post("Here it is", attachments=[file]))

    def no_fates(execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
        if statement.startswith("UPDATE channels_delivery SET state = %s"):
            raise RuntimeError("no room")
        return execute(statement, params, many, context)

    raws = filing_raws()
    with pytest.raises(RuntimeError), transaction.atomic(), connection.execute_wrapper(no_fates):
        filing.file_batch(raws)
    assert stored() == before
    assert Attachment.objects.count() == 0
    with transaction.atomic():
        filing.file_batch(raws)
    assert stored() - before == {Attachment.objects.get().stored_as}
    assert Attachment.objects.get().content_type == "image/png"


def filing_raws() -> list[Any]:
    from harken.channels.filing import _claim

    with transaction.atomic():
        return _claim("desk", 10)


def test_looking_for_nothing_costs_one_query(server):
    linked_as(f"{server.url}/bag.png")
    drained()
    with CaptureQueriesContext(connection) as found:
        assert fetch_due() == 0
    assert len(found) == 1


def test_links_of_an_earlier_version_become_due_unless_they_are_old_and_what_was_taken_away_goes(server):
    server.gives["/bag.png"] = Given(PNG)
    channel = make_channel()
    url = f"{server.url}/bag.png"
    for name in ("new", "old", "gone", "demo"):
        receive(
            make_channel(is_demo=True) if name == "demo" else channel, post_with(url, id=name, author="ines")
        )
    before = stored()
    gone = Attachment.objects.get(message__external_id="gone")
    drained()
    gone.refresh_from_db()
    assert gone.stored_as in stored() - before
    Attachment.objects.exclude(pk=gone.pk).update(stored_as="", fetch_at=None, fetch_host="")
    Message.objects.filter(external_id="gone").update(deleted_at=now())
    Message.objects.filter(external_id="old").update(arrived_at=now() - timedelta(days=31))
    with transaction.atomic():
        import_module("harken.inbox.migrations.0003_linked_files").begin(apps, None)
    due = Attachment.objects.exclude(fetch_at=None)
    assert list(due.values_list("message__external_id", "fetch_host")) == [("new", "127.0.0.1")]
    assert not Attachment.objects.filter(pk=gone.pk).exists()
    assert gone.stored_as not in stored()
