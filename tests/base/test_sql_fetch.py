"""The short way to read behaves as Django's cursor does."""

import pytest
from django.db import DatabaseError, OperationalError, ProgrammingError, connection, transaction
from django.db.transaction import TransactionManagementError

from harken.base import sql

pytestmark = pytest.mark.django_db

READS = [
    ("SELECT 1", ()),
    ("SELECT %s, %s", ("a%sb", None)),
    ("SELECT 5 %% 3, '100%%', %s", (7,)),
    ("SELECT '%%s', %s", ("x",)),
    ("SELECT 1 WHERE 1 = %s", (2,)),
]


@pytest.mark.parametrize(("statement", "params"), READS)
def test_the_rows_are_those_of_the_cursor(statement, params):
    statement = statement.replace("%s, %s", "CAST(%s AS VARCHAR(9)), CAST(%s AS VARCHAR(9))")
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        expected = cursor.fetchall()
    assert [tuple(row) for row in sql.fetch(statement, params)] == [tuple(row) for row in expected]
    with sql.reading(statement, params) as rows:
        assert [tuple(row) for row in rows] == [tuple(row) for row in expected]


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL's driver takes all rows at once")
def test_who_has_enough_lets_the_database_stop():
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    with sql.reading(endless) as rows:
        assert [next(rows)[0] for _ in range(3)] == [1, 2, 3]


def test_a_counted_read_is_counted(django_assert_num_queries):
    with django_assert_num_queries(2):
        sql.fetch("SELECT 1")
        sql.fetch("SELECT 1")


def test_a_wrapper_sees_it():
    seen = []

    def watch(execute, statement, params, many, context):
        seen.append(statement)
        return execute(statement, params, many, context)

    with connection.execute_wrapper(watch):
        sql.fetch("SELECT 3")
    assert seen == ["SELECT 3"]


def test_its_errors_are_django_s():
    with pytest.raises(DatabaseError) as raised, transaction.atomic():
        sql.fetch("SELECT nothing FROM nowhere")
    assert isinstance(raised.value, (OperationalError, ProgrammingError))
    with (
        pytest.raises((OperationalError, ProgrammingError)),
        transaction.atomic(),
        sql.reading("SELECT nothing FROM nowhere"),
    ):
        pass


def test_nothing_is_read_in_a_broken_transaction():
    with transaction.atomic():
        connection.needs_rollback = True
        with pytest.raises(TransactionManagementError):
            sql.fetch("SELECT 1")
        connection.needs_rollback = False


def test_lists_of_ids_come_in_few_lengths():
    assert sql.padded([], 20) == []
    assert sql.padded([7, 8], 3) == [7, 8, -1]
    assert sql.padded([7, 8, 9], 3) == [7, 8, 9]
    assert {len(sql.padded(range(count), 50)) for count in range(1, 146)} == {50, 100, 150}
