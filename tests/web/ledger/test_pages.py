"""The ledger's page: sums that match, figures that open to their rows, and what failed is filed again."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from harken.channels import hot
from harken.channels.contract import RawItem
from harken.channels.models import Delivery
from harken.community.actions.arriving import note_sent
from harken.community.intake.filing import file_waiting as file_spaces
from harken.community.models import Post
from harken.inbox.intake.filing import file_waiting
from tests.factories import deliver, echo_post, make_channel, receive
from tests.web.cast import client_of


@pytest.fixture
def filled(cast):
    """Shown, a copy, one ignored and one that cannot be read."""
    post = echo_post("Where is it?", id="a1", author="a", thread="a")
    receive(cast.channel, post, post, echo_post("And mine?", id="b1", author="b", thread="b"))
    hot.store([hot.NewDelivery(cast.channel.pk, RawItem("post:broken", b"{not json"))])
    while file_waiting():
        pass
    return cast


def figure(html: str, word: str) -> int:
    return int(re.search(rf"<b>(\d+)</b> {word}", html)[1])


@pytest.mark.django_db
def test_every_delivery_is_accounted_for_and_every_figure_opens_to_its_rows(filled):
    client = client_of(filled.lead)
    html = client.get("/ledger/").content.decode()
    assert "and every one is accounted for." in html
    shown, duplicate, failed = (figure(html, word) for word in ("shown", "duplicate", "failed"))
    assert (duplicate, failed) == (1, 1)
    for fate in ("shown", "duplicate", "failed"):
        assert f'href="/ledger/rows/?state={fate}"' in html
    rows = client.get("/ledger/rows/?state=shown").content.decode()
    assert rows.count("/ledger/delivery/") == shown
    assert client.get("/ledger/rows/?state=duplicate").content.decode().count("/ledger/delivery/") == 1
    assert "post:broken" in client.get("/ledger/rows/?state=failed").content.decode()
    assert client.get("/ledger/rows/?state=nonsense").status_code == 404
    assert client.get("/ledger/?period=nonsense").status_code == 404


@pytest.mark.django_db
def test_a_lead_sees_the_ledger_of_their_channels_only(filled):
    html = client_of(filled.lead).get("/ledger/").content.decode()
    assert "Larkspur" in html
    assert "Refund desk" not in html
    assert "Refund desk" in client_of(filled.admin).get("/ledger/").content.decode()
    other = filled.channel.__class__.objects.get(name="Refund desk")
    assert client_of(filled.lead).get(f"/ledger/?channel={other.pk}").status_code == 404


@pytest.mark.django_db
def test_a_delivery_is_shown_raw_and_cannot_run(filled):
    delivery = Delivery.objects.get(key="post:broken")
    Delivery.objects.filter(pk=delivery.pk).update(body=b"<script>alert(1)</script>\0\xff")
    html = client_of(filled.lead).get(f"/ledger/delivery/{delivery.pk}/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert" not in html


@pytest.mark.django_db
def test_what_failed_is_filed_again_and_the_sums_still_match(filled):
    delivery = Delivery.objects.get(key="post:broken")
    Delivery.objects.filter(pk=delivery.pk).update(
        body=json.dumps(echo_post("Now readable?", id="broken", author="z", thread="z")).encode()
    )
    client = client_of(filled.lead)
    answer = client.post("/ledger/retry/", {"channel": filled.channel.pk}, follow=True)
    assert "1 delivery is filed again." in answer.content.decode()
    while file_waiting():
        pass
    html = client.get("/ledger/").content.decode()
    assert "and every one is accounted for." in html
    assert "/ledger/rows/?state=failed" not in html
    delivery.refresh_from_db()
    assert delivery.state == "shown"


@pytest.mark.django_db
def test_retrying_another_team_s_channel_does_nothing(filled):
    assert client_of(filled.otto).post("/ledger/retry/", {"channel": filled.channel.pk}).status_code == 404
    filled.otto.role = "lead"
    filled.otto.save()
    assert client_of(filled.otto).post("/ledger/retry/", {"channel": filled.channel.pk}).status_code == 404
    assert Delivery.objects.get(key="post:broken").state == "failed"


@pytest.mark.django_db
def test_what_came_for_a_space_leads_into_the_community(cast):
    channel = make_channel("echo", purpose="space")
    note_sent(cast.topic.said.get(kind="opening"), channel_id=channel.pk, external_id="q")
    deliver(channel, echo_post("Buy it a seat.", id="a", author="gethin", in_reply_to="q"))
    while file_spaces():
        pass
    post = Post.objects.get(said_on="echo")
    client, where = client_of(cast.admin), f"/ledger/rows/?channel={channel.pk}"
    html = client.get(where).content.decode()
    assert f"#p{post.pk}" in html
    assert "held for a look: first" in html
    assert (
        f"#p{post.pk}"
        in client.get(f"/ledger/delivery/{Delivery.objects.get(channel=channel).pk}/").content.decode()
    )
    with CaptureQueriesContext(connection) as one:
        client.get(where)
    deliver(channel, *(echo_post("Yes.", author="gethin", in_reply_to="q") for _ in range(2)))
    while file_spaces():
        pass
    with CaptureQueriesContext(connection) as three:
        assert client.get(where).content.decode().count("#p") == 3
    assert len(one) == len(three)
