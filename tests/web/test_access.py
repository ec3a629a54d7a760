"""Every route is classified, and every class holds for every role; what is not yours does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.timezone import now

from harken.community.letters import tokens
from harken.community.models import Idea, LetterBox
from harken.guests.models import GuestPost
from harken.web.access import Access, access_of
from harken.web.desk.surroundings import forget_surroundings
from tests.guests.places import make_place, say
from tests.web.cast import Cast, client_of

ROLES = ("nobody", "gone", "customer", "noor", "otto", "lead", "admin")


def routes() -> list[URLPattern]:
    """All routes of the product."""

    def walk(patterns: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
        for one in patterns:
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns)
            else:
                yield one

    return list(walk(get_resolver().url_patterns))


ROUTES = routes()
NAMES = [str(route.pattern) for route in ROUTES]


def confirm_token(cast: Cast) -> str:
    """A link that confirms the address of the cast's customer."""
    email = cast.customer.user.email
    LetterBox.objects.get_or_create(member=cast.customer, defaults={"email": email})
    return tokens.confirm_link(cast.customer, email, at=now()).split("/")[-2]


def guest_post(cast: Cast) -> GuestPost:
    """Something said in a place that only the cast's team sees."""
    return GuestPost.objects.first() or say(make_place(by=cast.admin, teams=[cast.team]))


def address_of(route: URLPattern, cast: Cast, *, missing: bool = False) -> str:
    """An address of this route about the cast's own things, or about things that are nowhere."""
    things = {
        "conversation_id": cast.conversation.pk,
        "message_id": cast.asked.pk if "html" in str(route.pattern) else cast.reply.pk,
        "attachment_id": cast.attachment.pk,
        "person_id": cast.person.pk,
        "merge_id": cast.merge.pk,
        "channel_id": cast.channel.pk,
        "agent_id": cast.tomas.pk,
        "team_id": cast.team.pk,
        "target_id": cast.target.pk,
        "calendar_id": cast.calendar.pk,
        "brand_id": cast.channel.brand_id,
        "delivery_id": cast.delivery.pk,
        "plate": "curve",
        "family": "answers",
        "space_id": cast.topic.space_id,
        "topic_id": cast.topic.pk,
        "post_id": cast.answer.pk,
        "notice_id": cast.notice.pk,
        "space_slug": cast.topic.space.slug,
        "part": 0,
        "idea_id": Idea.objects.get_or_create(topic=cast.topic)[0].pk,
        "solution_id": 1,  # only posted to
        "off_token": tokens.off_link(cast.customer).split("/")[-2],
        "confirm_token": confirm_token(cast),
        "topic_slug": cast.topic.slug,
        "member_slug": cast.customer.slug,
        "tag_name": "instruments",
        "rule_id": cast.rule.pk,
        "guest_post_id": guest_post(cast).pk,
        "claim_key": "nobody-was-given-this",
        "decision_id": cast.decision.pk,
        "item_key": f"c{cast.case.pk}",
        "version_number": cast.rules.number,
        "file_name": cast.file.stored_as,
    }
    address = "/" + str(route.pattern)
    for name, converter in route.pattern.converters.items():
        if name not in things:
            pytest.fail(f"teach this test what {name} is in {route.pattern}")
        is_number = converter.__class__.__name__ == "IntConverter"
        value = (987_654 if is_number else "nowhere") if missing else things[name]
        address = re.sub(rf"<(?:\w+:)?{name}>", str(value), address)
    if address == "/.well-known/webfinger":
        address += f"?resource={settings.PUBLIC_URL}/ap/spaces/{cast.topic.space_id}"
    return address


def agent_of(role: str, cast: Cast):
    return None if role == "nobody" else getattr(cast, role)


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_a_route_says_who_may_reach_it(route):
    assert access_of(route.callback) in set(Access), f"{route.callback} is unclassified"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "role"),
    # what posting does has tests of its own; that it is refused is what this one shows
    [*(("get", role) for role in ROLES), ("post", "nobody"), ("post", "gone")],
)
def test_each_role_reaches_what_its_class_allows_and_nothing_else(role, method, cast):
    open_to_all = {Access.PUBLIC, Access.READER, Access.DOOR}
    for_agents = open_to_all | {Access.MEMBER, Access.AGENT}
    allowed = {
        "nobody": open_to_all,
        "gone": open_to_all,
        "customer": open_to_all | {Access.MEMBER},
        "noor": for_agents,
        "otto": for_agents,
        "lead": for_agents | {Access.LEAD},
        "admin": set(Access),
    }[role]
    client = client_of(agent_of(role, cast))
    for route in sorted(ROUTES, key=lambda route: "sign-out" in str(route.pattern)):  # that one last
        access = access_of(route.callback)
        answer = getattr(client, method)(address_of(route, cast))
        to_sign_in = answer.status_code == 302 and answer["Location"].startswith("/sign-in/")
        said = f"{role} {method} {route.pattern}: {answer.status_code}"
        assert answer.status_code < 500, said
        if access in allowed:
            assert not to_sign_in, said
            if role in ("noor", "lead", "admin"):
                assert answer.status_code in (200, 204, 301, 302, 304, 405), said
        elif role in ("nobody", "gone", "customer"):
            assert to_sign_in, said
        else:
            assert answer.status_code == 404, said


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_belongs_to_another_team_answers_like_what_is_not_there(method, cast):
    checked, client = 0, client_of(cast.otto)
    for route in ROUTES:
        if access_of(route.callback) is not Access.AGENT or not route.pattern.converters:
            continue
        if not set(route.pattern.converters) & {
            "conversation_id",
            "message_id",
            "attachment_id",
            "person_id",
            "merge_id",
            "guest_post_id",
        }:
            continue
        theirs = getattr(client, method)(address_of(route, cast))
        nowhere = getattr(client, method)(address_of(route, cast, missing=True))
        assert theirs.status_code in (404, 405), f"{method} {route.pattern}: {theirs.status_code}"
        assert theirs.status_code == nowhere.status_code
        assert theirs.content == nowhere.content
        checked += 1
    assert checked >= 20


@pytest.mark.django_db
def test_an_agent_of_another_team_has_nothing_of_it_in_lists_search_and_palette(cast):
    for agent, sees in ((cast.noor, True), (cast.otto, False), (cast.lead, True), (cast.admin, True)):
        forget_surroundings()
        client = client_of(agent)
        for address in ("/desk/?view=all", "/desk/search/?q=suitcase", "/desk/palette/?q=suitcase"):
            forget_surroundings()
            assert ("suitcase?" in client.get(address).content.decode()) is sees, (agent, address)


@pytest.mark.django_db
def test_a_fragment_asked_for_without_a_session_leads_the_whole_page_to_the_sign_in(cast):
    client = client_of(None)
    answer = client.get(
        "/desk/list/",
        headers={"HX-Request": "true", "HX-Current-URL": "https://care.example/desk/c/3/?view=mine"},
    )
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/sign-in/?next=%2Fdesk%2Fc%2F3%2F%3Fview%3Dmine"
