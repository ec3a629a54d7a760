"""House rules are agreed to by an act, once a version; who agreed to an old page is not asked for less than that."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import now

from harken.base.models import Event
from harken.community.actions.keeping_rules import accept_rules, announce_rules, draft_rules
from harken.community.models import Agreement, Member
from harken.community.queries.ruling import agreements_of, versions_in_force
from tests.factories import make_agent, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]


def new_version(*wanted: tuple[str, str], days: int = 0):
    by = make_member(f"Moderator {Member.objects.count()}", powers=["moderate"])
    draft = draft_rules(wanted or [("Be kind first", "Always."), ("No selling", "")], by=by)
    announce_rules(draft, by=by, days=days)
    draft.refresh_from_db()
    return draft


def agreed(member: Member) -> list[tuple[int, str]]:
    return [(one.rules.number, one.act) for one in agreements_of(Member.objects.get(pk=member.pk))]


def test_an_act_agrees_to_the_version_that_it_named_and_only_once(rules):
    ines, at = make_member("Ines"), now() - timedelta(minutes=5)
    assert agreed(ines) == []
    assert accept_rules(ines, number=1, act="joined", at=at)
    assert not accept_rules(ines, number=1, act="wrote")
    assert agreed(ines) == [(1, "joined")]
    assert Agreement.objects.get().at == at
    facts = Event.objects.filter(kind="RulesAgreed")
    assert [(one.subject_kind, one.subject_id, one.actor_id) for one in facts] == [
        ("rules", rules.pk, ines.user_id)
    ]
    new_version()
    assert accept_rules(ines, number=2, act="wrote")
    assert agreed(ines) == [(2, "wrote"), (1, "joined")]


@pytest.mark.parametrize("number", [0, 2, 3, 99])
def test_nobody_agrees_to_what_is_not_in_force(rules, number):
    new_version(days=7)
    draft_rules([("A draft", "")], by=make_member("M", powers=["moderate"]))
    ines = make_member("Ines")
    assert not accept_rules(ines, number=number, act="wrote")
    assert (Agreement.objects.count(), Member.objects.get(pk=ines.pk).rules_agreed) == (0, 0)


def test_the_companys_people_are_bound_by_their_work(rules):
    assert not accept_rules(make_member(agent=make_agent()), number=1, act="wrote")


def test_a_page_that_was_open_before_a_new_version_agrees_to_the_old_one_and_takes_no_newer_yes_back(rules):
    ines, bram = make_member("Ines"), make_member("Bram")
    new_version()
    assert accept_rules(ines, number=1, act="wrote")
    assert Member.objects.get(pk=ines.pk).rules_agreed == 1  # the new one is still to be agreed to
    assert accept_rules(bram, number=2, act="wrote")
    assert accept_rules(bram, number=1, act="wrote")
    assert Member.objects.get(pk=bram.pk).rules_agreed == 2


def test_a_later_version_that_comes_into_force_before_an_earlier_one_is_followed_by_it(rules):
    late, soon = new_version(("Late", ""), days=9), new_version(("Soon", ""), days=2)
    assert versions_in_force(now() + timedelta(days=3)).current == soon.number
    assert versions_in_force(now() + timedelta(days=10)).current == late.number
    ines = make_member("Ines")
    assert accept_rules(ines, number=soon.number, act="wrote", at=now() + timedelta(days=3))
    assert accept_rules(ines, number=late.number, act="wrote", at=now() + timedelta(days=10))
    assert ines.rules_agreed == late.number


def test_what_changed_is_told_rule_by_rule(rules):
    new_version(("Be kind first", "Always."), ("No selling", ""))
    found = versions_in_force()
    assert (found.current, sorted(found.texts)) == (2, [1, 2])
    assert [(one.number, one.what) for one in found.changes_since(1)] == [
        (1, "changed"), (2, "changed"), (3, "gone"), (4, "gone"), (5, "gone"),
    ]  # fmt: skip
    assert {one.what for one in found.changes_since(0)} == {"new"}
    assert found.changes_since(2) == []
