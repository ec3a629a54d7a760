"""One server is one, however its name is spelled: who is kept out is kept out in every spelling."""

from __future__ import annotations

import pytest

from harken.community.actions.writing import write_answer
from harken.community.policy import NAMELESS
from harken.federation.actions.ruling import add_rule, may_deal_with, rules_as_settings
from harken.federation.documents import credit_of, host_of_uri
from harken.federation.models import Follower
from harken.federation.policy import host_typed
from tests.factories import ask, make_member, make_space, make_space_actor

SPELLED = (
    "bücher.example",
    "BÜCHER.example",
    "xn--bcher-kva.example",
    "bücher.example.",
    "social.bücher.example",
)


@pytest.mark.parametrize("name", SPELLED[:4])
def test_a_server_is_typed_in_any_spelling(name):
    for typed in (name, f"@ines@{name}", f"https://{name}/users/ines"):
        assert host_typed(typed) == "xn--bcher-kva.example"
    assert host_of_uri(f"https://{name}/users/ines") == "xn--bcher-kva.example"


@pytest.mark.parametrize("typed", ["", "not a host", "https://", "a@b@", "evil。example", "x" * 300, "[::1"])
def test_what_is_no_server_is_none(typed):
    assert host_typed(typed) == ""


def test_an_unusual_port_is_kept():
    assert host_typed("social.example:8443") == "social.example:8443"
    assert host_typed("https://social.example:443/") == "social.example"
    assert host_of_uri("https://social.example:8443/u") == "social.example:8443"


@pytest.mark.django_db
def test_who_follows_from_a_server_that_is_kept_out_is_let_go_however_it_is_spelled():
    actor = make_space_actor(make_space())
    for number, name in enumerate((*SPELLED, "else.example")):
        uri = f"https://{name}/users/{number}"
        Follower.objects.create(actor=actor, uri=uri, host=host_of_uri(uri), inbox=f"{uri}/inbox")
    add_rule("block", "Bücher.example", by=None)
    assert list(Follower.objects.values_list("host", flat=True)) == ["else.example"]
    rules = rules_as_settings()
    assert not any(may_deal_with(rules, host_of_uri(f"https://{name}/u")) for name in SPELLED)


@pytest.mark.django_db
def test_who_is_only_a_customer_elsewhere_is_so_on_the_fediverse():
    topic = ask(by=make_member("Noor Haddad", travels_as=NAMELESS))
    answer = write_answer(topic, by=make_member("@larkspur Fan"), text="Buy it a seat.")
    assert credit_of(topic.said.get(kind="opening"), topic, "Larkspur") == "A customer asks:"
    assert credit_of(answer, topic, "Larkspur") == "larkspur F., a customer, answers:"
