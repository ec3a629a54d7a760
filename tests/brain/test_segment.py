"""The index form finds what people look for, in a real FTS5 table and in a real PostgreSQL."""

import sqlite3
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.brain.segment import MOST_TERMS, Term, fts5_query, segment, segment_query, tsquery

MESSAGES = [
    "Where is my refund? Flight LA482 was cancelled.",
    "¿Dónde está mi pedido? El avión salió tarde",
    "Où est mon remboursement, l'avion n'a pas décollé",
    "Mein Gepäck fehlt, die Straße ist gesperrt",
    "สินค้าชำรุด ขอคืนเงินได้ไหมคะ",
    "返金はいつになりますか。荷物が届きません",
    "我的包裹还没有到,请退款",
    "أين طَلَبي؟ لم أستلم الأمـــوال حتى الآن",
    "मेरा ऑर्डर अभी तक नहीं आया, पैसे वापस चाहिए",
    "배송이 아직 안 왔어요. 환불해 주세요",
    "Где мой заказ? Деньги не вернули, ёлка",
    "ສິນຄ້າຍັງບໍ່ມາຮອດ",
]


@pytest.fixture
def fts5() -> Iterator[Callable[[str], set[int]]]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE found USING fts5(body, content='', tokenize='unicode61')")
    connection.executemany(
        "INSERT INTO found(rowid, body) VALUES (?, ?)",
        [(n, segment(text)) for n, text in enumerate(MESSAGES)],
    )

    def search(query: str, is_prefix: bool = False) -> set[int]:
        asked = fts5_query(segment_query(query, is_prefix=is_prefix))
        return {row[0] for row in connection.execute("SELECT rowid FROM found WHERE found MATCH ?", [asked])}

    yield search
    connection.close()


FINDS = [
    ("refund", {0}),
    ("REFUND cancelled", {0}),
    ("la482", {0}),
    ("donde esta", {1}),
    ("avion", {1, 2}),
    ('"mi pedido"', {1}),
    ('"pedido mi"', set()),
    ("décollé", {2}),
    ("gepack", {3}),
    ("strasse", {3}),
    ("คืนเงิน", {4}),
    ("ไหม", {4}),
    ("ช", {4}),
    ("เงินคืน", set()),
    ("返金", {5}),
    ("荷物が", {5}),
    ("物荷", set()),
    ("物", {5}),
    ("退款", {6}),
    ("包裹", {6}),
    ("款", {6}),
    ("طلبي", {7}),
    ("الاموال", {7}),
    ("ऑर्डर", {8}),
    ("पैसे वापस", {8}),
    ("환불", {9}),
    ("배송이", {9}),
    ("ДЕНЬГИ", {10}),
    ("елка", {10}),
    ("ຍັງບໍ່", {11}),
    ("nothing-like-this", set()),
]


@pytest.mark.parametrize(("query", "expected"), FINDS)
def test_sqlite_finds(fts5: Callable[[str], set[int]], query: str, expected: set[int]) -> None:
    assert fts5(query) == expected


def test_postgres_finds_the_same(postgres_url: str) -> None:
    import psycopg

    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TEMP TABLE found (id int, body tsvector)")
        for n, text in enumerate(MESSAGES):
            connection.execute("INSERT INTO found VALUES (%s, to_tsvector('simple', %s))", [n, segment(text)])
        for query, expected in FINDS:
            asked = tsquery(segment_query(query))
            rows = connection.execute("SELECT id FROM found WHERE body @@ to_tsquery('simple', %s)", [asked])
            assert {row[0] for row in rows} == expected, query


@pytest.mark.parametrize(("query", "expected"), [("refu", {0}), ("mein gep", {3}), ("ऑर्", {8}), ("คืนเ", {4})])
def test_search_while_typing(fts5: Callable[..., set[int]], query: str, expected: set[int]) -> None:
    assert fts5(query, is_prefix=True) == expected


def test_every_part_of_a_thai_or_japanese_sentence_is_found(fts5: Callable[[str], set[int]]) -> None:
    for number in (4, 5, 6):
        for run in MESSAGES[number].replace("。", " ").replace(",", " ").split():
            for start in range(len(run)):
                for end in range(start + 1, len(run) + 1):
                    assert number in fts5(run[start:end]), run[start:end]


@given(st.text(st.characters(exclude_categories=()), max_size=120))
def test_segment_is_words_and_single_spaces_that_any_database_takes(text: str) -> None:
    form = segment(text)
    assert form == " ".join(form.split())
    assert form.encode("utf-8").decode("utf-8") == form  # no lone surrogate, so that it can be stored
    assert "\x00" not in form


@given(st.text(st.characters(exclude_categories=()), max_size=120))
def test_no_query_is_an_error(text: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE found USING fts5(body)")
    for is_prefix in (False, True):
        if asked := fts5_query(segment_query(text, is_prefix=is_prefix)):
            connection.execute("SELECT rowid FROM found WHERE found MATCH ?", [asked]).fetchall()
    connection.close()


@given(st.text(st.characters(categories=("L", "N", "M", "Z")), min_size=1, max_size=40))
def test_a_text_is_found_by_itself(text: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE found USING fts5(body)")
    connection.execute("INSERT INTO found VALUES (?)", [segment(text)])
    terms = segment_query(text)
    if terms and len(terms) < MOST_TERMS:
        rows = connection.execute(
            "SELECT rowid FROM found WHERE found MATCH ?", [fts5_query(terms)]
        ).fetchall()
        assert rows == [(1,)]
    connection.close()


def test_operators_are_words() -> None:
    assert segment_query('NEAR(a b) OR "c" * - :') == [
        Term(("near",)),
        Term(("a",)),
        Term(("b",)),
        Term(("or",)),
        Term(("c",)),
    ]
    assert segment_query("' -- \" ") == []


def test_a_query_is_cut_at_its_most_terms() -> None:
    assert len(segment_query("word " * 500)) == MOST_TERMS
