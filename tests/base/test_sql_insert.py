"""The ids of inserted rows are those the database gave, whichever way they are told."""

import pytest
from django.db import transaction

from harken.accounts.models import Brand
from harken.base import sql

pytestmark = pytest.mark.django_db

COLUMNS = ("slug", "name")
BACK = ("id", "slug")


def insert(*slugs):
    fields = [f for f in Brand._meta.concrete_fields if not f.primary_key and f.name not in COLUMNS]
    rows = [
        [slug, slug.title(), *(f.get_db_prep_save(f.get_default(), sql.connection) for f in fields)]
        for slug in slugs
    ]
    with transaction.atomic():
        return sql.insert_rows(
            "accounts_brand",
            (*COLUMNS, *(f.column for f in fields)),
            rows,
            tail="ON CONFLICT (slug) DO NOTHING",
            returning=BACK,
        )


def stored():
    return set(Brand.objects.values_list("id", "slug"))


def test_all_new():
    assert set(insert("a", "b", "c")) == stored()
    assert [slug for _, slug in insert("d", "e")] == ["d", "e"]
    Brand.objects.filter(slug__in=["d", "e"]).delete()  # an id that was given is not given again
    assert set(insert("f")) <= stored()


def test_some_known():
    insert("b")
    found = insert("a", "b", "c")
    assert {slug for _, slug in found} == {"a", "c"}
    assert set(found) <= stored()


def test_none_new():
    insert("a")
    assert insert("a") == []


def test_one_twice():
    found = insert("a", "a", "b")
    assert [slug for _, slug in found] == ["a", "b"]
    assert set(found) == stored()
