"""What a mail quotes is folded away, in the forms that mail programs write, and nothing of the customer's own is."""

from __future__ import annotations

import time

import pytest

from harken.connectors.email.quoting import fold

BELOW = "\n> Dear customer,\n> we are looking for it.\n"
BARE = "\nDear customer,\nwe are looking for it.\n"

# (client, the line or lines that introduce the quote)
INTRODUCTIONS = [
    ("gmail en", "On Tue, Mar 3, 2026 at 10:00 AM Larkspur Air <care@larkspur.example> wrote:"),
    ("gmail en wrapped", "On Tue, Mar 3, 2026 at 10:00 AM Larkspur Air <\ncare@larkspur.example> wrote:"),
    ("apple en", "On 3 Mar 2026, at 10:00, Larkspur Air <care@larkspur.example> wrote:"),
    ("thunderbird en", "On 3/3/26 10:00, Larkspur Air wrote:"),
    (
        "yahoo en",
        "On Tuesday, March 3, 2026 at 10:00:00 AM GMT+1, Larkspur Air <care@larkspur.example> wrote:",
    ),
    ("gmail de", "Am Di., 3. März 2026 um 10:00 Uhr schrieb Larkspur Air <care@larkspur.example>:"),
    ("gmail de android", "Larkspur Air <care@larkspur.example> schrieb am Di., 3. März 2026, 10:00:"),
    ("apple de", "Am 03.03.2026 um 10:00 schrieb Larkspur Air <care@larkspur.example>:"),
    ("thunderbird de", "Am 03.03.26 um 10:00 schrieb Larkspur Air:"),
    ("gmail fr", "Le mar. 3 mars 2026 à 10:00, Larkspur Air <care@larkspur.example> a écrit :"),
    ("gmail fr nbsp", "Le mar. 3 mars 2026 à 10:00, Larkspur Air <care@larkspur.example> a écrit\u00a0:"),
    ("apple fr", "Le 3 mars 2026 à 10:00, Larkspur Air <care@larkspur.example> a écrit\u202f:"),
    ("thunderbird fr", "Le 03/03/2026 à 10:00, Larkspur Air a écrit :"),
    ("gmail es", "El mar, 3 mar 2026 a las 10:00, Larkspur Air (<care@larkspur.example>) escribió:"),
    ("apple es", "El 3 mar 2026, a las 10:00, Larkspur Air <care@larkspur.example> escribió:"),
    ("thunderbird es", "El 3/3/26 a las 10:00, Larkspur Air escribió:"),
    ("gmail pt br", "Em ter., 3 de mar. de 2026 às 10:00, Larkspur Air <care@larkspur.example> escreveu:"),
    ("gmail pt", "Larkspur Air <care@larkspur.example> escreveu (terça, 3/03/2026 à(s) 10:00):"),
    ("apple pt", "No dia 3 de mar. de 2026, às 10:00, Larkspur Air <care@larkspur.example> escreveu:"),
    ("thunderbird pt", "Em 03/03/2026 10:00, Larkspur Air escreveu:"),
    ("gmail it", "Il giorno mar 3 mar 2026 alle ore 10:00 Larkspur Air <care@larkspur.example> ha scritto:"),
    ("thunderbird it", "Il 03/03/2026 10:00, Larkspur Air ha scritto:"),
    ("gmail nl", "Op di 3 mrt 2026 om 10:00 schreef Larkspur Air <care@larkspur.example>:"),
    (
        "apple nl",
        "Op 3 mrt. 2026 om 10:00 heeft Larkspur Air <care@larkspur.example> het volgende geschreven:",
    ),
    ("thunderbird nl", "Op 03-03-2026 om 10:00 schreef Larkspur Air:"),
    (
        "gmail ar",
        "في الثلاثاء، 3 مارس 2026 في 10:00 ص تمت كتابة ما يلي بواسطة Larkspur Air <care@larkspur.example>:",
    ),
    (
        "gmail ar marked",
        "\u200fفي الثلاثاء، ٣ مارس ٢٠٢٦ في ١٠:٠٠ ص تمت كتابة ما يلي بواسطة \u202aLarkspur\u202c\u200f <\u202acare@larkspur.example\u202c\u200f>:\u200f",
    ),
    ("thunderbird ar", "في 3/3/2026 10:00، كتب Larkspur Air:"),
    ("gmail sv", "Den tis 3 mars 2026 kl 10:00 skrev Larkspur Air <care@larkspur.example>:"),
    ("gmail no", "tir. 3. mars 2026 kl. 10:00 skrev Larkspur Air <care@larkspur.example>:"),
    ("gmail pl", "wt., 3 mar 2026 o 10:00 Larkspur Air <care@larkspur.example> napisał(a):"),
    ("gmail zh", "Larkspur Air <care@larkspur.example> 于2026年3月3日周二 10:00写道："),
]

BLOCKS = [
    ("outlook en", "From: Larkspur Air <care@larkspur.example>\nSent: Tuesday, 3 March 2026 10:00\nTo: Ines\nSubject: RE: Lost bag"),
    ("outlook en bold", "*From:* Larkspur Air <care@larkspur.example>\n*Sent:* Tuesday\n*To:* Ines\n*Subject:* RE: Lost bag"),
    ("outlook de", "Von: Larkspur Air <care@larkspur.example>\nGesendet: Dienstag, 3. März 2026 10:00\nAn: Ines\nBetreff: AW: Koffer"),
    ("outlook fr", "De : Larkspur Air <care@larkspur.example>\nEnvoyé : mardi 3 mars 2026 10:00\nÀ : Ines\nObjet : RE: valise"),
    ("outlook es", "De: Larkspur Air <care@larkspur.example>\nEnviado: martes, 3 de marzo de 2026 10:00\nPara: Ines\nAsunto: RE: maleta"),
    ("outlook pt", "De: Larkspur Air <care@larkspur.example>\nEnviada em: terça-feira, 3 de março de 2026\nPara: Ines\nAssunto: RES: mala"),
    ("outlook it", "Da: Larkspur Air <care@larkspur.example>\nInviato: martedì 3 marzo 2026 10:00\nA: Ines\nOggetto: R: valigia"),
    ("outlook nl", "Van: Larkspur Air <care@larkspur.example>\nVerzonden: dinsdag 3 maart 2026 10:00\nAan: Ines\nOnderwerp: RE: koffer"),
    ("outlook ar", "من: Larkspur Air <care@larkspur.example>\nتم الإرسال: الثلاثاء، 3 مارس 2026\nإلى: Ines\nالموضوع: رد: حقيبة"),
]  # fmt: skip

DIVIDERS = [
    "-----Original Message-----", "----- Original Message -----", "-----Ursprüngliche Nachricht-----",
    "-----Message d'origine-----", "-----Message d’origine-----", "-----Mensaje original-----",
    "-----Mensagem original-----", "-----Messaggio originale-----", "-----Oorspronkelijk bericht-----",
    "---------- Forwarded message ---------", "---------- Forwarded message ----------", "Begin forwarded message:",
    "-----الرسالة الأصلية-----",
]  # fmt: skip


@pytest.mark.parametrize("below", [BELOW, BARE], ids=["marked", "unmarked"])
@pytest.mark.parametrize("line", [line for _, line in INTRODUCTIONS], ids=[name for name, _ in INTRODUCTIONS])
def test_the_answer_is_kept_and_the_quote_folded(line: str, below: str) -> None:
    new, quoted = fold(f"Thank you, I wait.\n\nInes\n\n{line}\n{below}")
    assert new == "Thank you, I wait.\n\nInes"
    assert quoted.startswith(line.split("\n")[0])
    assert quoted.endswith("we are looking for it.")


@pytest.mark.parametrize("block", [block for _, block in BLOCKS], ids=[name for name, _ in BLOCKS])
@pytest.mark.parametrize("rule", ["", "________________________________\n"])
def test_a_block_of_header_lines_begins_a_quote(block: str, rule: str) -> None:
    new, quoted = fold(f"Thank you.\n\n{rule}{block}\n{BARE}")
    assert new == "Thank you."
    assert quoted.startswith((rule + block).split("\n")[0])


@pytest.mark.parametrize("line", DIVIDERS)
def test_a_divider_begins_a_quote(line: str) -> None:
    assert fold(f"Thank you.\n\n{line}\nWe are looking.\n") == ("Thank you.", f"{line}\nWe are looking.")


@pytest.mark.parametrize(
    "text",
    [
        "On 3 March I wrote to you:\nmy suitcase is blue.",
        "Am 3. März schrieb ich Ihnen schon, und zwar:\nder Koffer ist blau.",
        "My neighbour wrote:\nask for 20 percent.",
        "From: Bergen\nTo: Dublin\nWhere do I change?",
        "From: Bergen 10:00\nTo: Dublin 12:00\nWhere do I change?",
        "Le vol 123 :\nil est en retard.",
        "A few things:\n1. the bag\n2. the seat",
        "Seat 12A -- window\nSeat 12B -- aisle",
        "--\nInes Dahl\nBergen",
        "I paid > 100 euros\nand got nothing",
    ],
)
def test_a_customers_own_words_are_never_folded(text: str) -> None:
    assert fold(text) == (text, "")


def test_a_short_answer_with_a_number_is_not_taken_for_the_line_above_the_quote() -> None:
    quote = "On 21 October 2026 07:30, Sunniva Lie <care@larkspur.example> wrote:\n\n> How heavy is he now?"
    assert fold(f"7.6 kilos.\n\n{quote}") == ("7.6 kilos.", quote)


def test_one_who_answers_between_the_lines_is_shown_whole() -> None:
    text = "On 3/3/26 10:00, Larkspur Air wrote:\n> Which flight?\nLA 42\n> Which seat?\n12A"
    assert fold(text) == (text, "")
    with_greeting = f"See below.\n\n{text}"
    assert fold(with_greeting) == (with_greeting, "")


def test_one_who_answers_below_the_quote_is_understood() -> None:
    new, quoted = fold("On 3/3/26 10:00, Larkspur Air wrote:\n> Which flight?\n> Thanks\n\nLA 42.\nInes")
    assert new == "LA 42.\nInes"
    assert quoted == "On 3/3/26 10:00, Larkspur Air wrote:\n> Which flight?\n> Thanks"


def test_a_mail_that_is_only_a_quote_is_shown() -> None:
    text = "On 3/3/26 10:00, Larkspur Air <care@larkspur.example> wrote:\n> Which flight?"
    assert fold(text) == (text, "")


def test_an_empty_mail_is_empty() -> None:
    assert fold("") == ("", "")
    assert fold("\r\n \r\n") == ("", "")


HOSTILE = {
    "on": "On " * 33_000,
    "on lines": "On \n" * 33_000,
    "on wrote": "On 3 wrote:" * 9_000,
    "attributions without an end": "On 3 Mar a@b.c x\n" * 6_000,
    "quotes": ">" * 100_000,
    "quoted lines": ">\n" * 50_000,
    "answers between": "> a\nb\n" * 17_000,
    "header lines": "From: a\nTo: b\n" * 7_000,
    "rulers": "_____\n" * 17_000,
    "blank lines": "\n" * 100_000,
    "spaces": " " * 100_000,
    "digits": "1" * 100_000,
    "arabic": "في " * 33_000,
    "german": "Am 3.3. a@b.c:\nx\n" * 6_000,
    "invisible": "\u200f" * 100_000,
    "times": "On 10:00 " * 11_000,
    "colons": ":" * 100_000,
    "dashes": "--" * 50_000 + "\n" + "-- \n" * 10_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_takes_no_longer_than_a_blink(text: str) -> None:
    def seconds() -> float:
        began = time.thread_time()
        fold(text)
        return time.thread_time() - began

    assert min(seconds() for _ in range(3)) < 0.1
