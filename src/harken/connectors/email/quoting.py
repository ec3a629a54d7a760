"""Folding what a mail quotes: the new words first, the rest kept apart. Linear in the mail's length.

Line by line and word by word; no pattern that can go back over the text ("On On On …" takes reply parsers minutes).
"""

from __future__ import annotations

LONGEST_ATTRIBUTION = 300  # characters, over at most three lines
LONGEST_LINE = 1000  # characters of a line that are looked at
MOST_HEADER_LINES = 10
MOST_LINES = 5000  # where a quote is looked for; a mail whose quote begins later is shown whole

# The verb with which a client introduces a quoted mail ("On 3 March Ines wrote:").
WROTE = {
    "wrote", "writes", "schrieb", "écrit", "escribió", "escribio", "escreveu", "scritto", "scrisse", "schreef",
    "geschreven", "skrev", "skrifaði", "pisze", "napisał", "napisała", "napisał(a", "kirjoitti", "napsal", "napsala",
    "napsal(a", "írta", "ezt", "scris", "написал", "написала", "написал(а", "пишет", "пише", "yazdı", "έγραψε",
    "كتب", "كتبت", "كتابة", "写道", "写道：", "寫道", "のメール", "작성", "viết",
}  # fmt: skip
# How such a line begins; where none of these begins it, it must hold the writer's address.
STARTS = (
    "on ", "am ", "le ", "el ", "em ", "no dia ", "a ", "il ", "op ", "den ", "w dniu ", "dne ", "pe ", "în ", "la ",
    "в ", "في ", "بتاريخ ", "tarihinde ",
)  # fmt: skip
ORIGINAL = {
    "original message", "originalmessage", "ursprüngliche nachricht", "originalnachricht", "message d'origine",
    "message original", "mensaje original", "mensagem original", "messaggio originale", "oorspronkelijk bericht",
    "oorspronkelijke bericht", "الرسالة الأصلية", "forwarded message", "weitergeleitete nachricht", "message transféré",
    "mensaje reenviado", "mensagem encaminhada", "messaggio inoltrato", "doorgestuurd bericht", "رسالة معاد توجيهها",
    "oprindelig meddelelse", "ursprungligt meddelande", "opprinnelig melding", "wiadomość oryginalna",
}  # fmt: skip
FORWARDS = (
    "begin forwarded message:", "anfang der weitergeleiteten nachricht:", "début du message réexpédié :",
    "début du message transféré :", "inicio del mensaje reenviado:", "início da mensagem reencaminhada:",
    "inizio messaggio inoltrato:", "begin doorgestuurd bericht:", "بداية الرسالة المعاد توجيهها:",
)  # fmt: skip
HEADER_NAMES = {
    "from", "sent", "to", "subject", "date", "cc", "reply-to", "importance",
    "von", "gesendet", "an", "betreff", "datum", "antwort an",
    "de", "envoyé", "à", "objet", "date d'envoi", "envoyé le", "cci",
    "enviado", "enviado el", "enviado em", "enviada em", "enviada", "para", "asunto", "fecha", "assunto", "data",
    "da", "inviato", "inviata", "a", "oggetto", "van", "verzonden", "aan", "onderwerp",
    "من", "تم الإرسال", "تاريخ الإرسال", "إلى", "الموضوع", "التاريخ", "نسخة",
    "fra", "sendt", "til", "emne", "från", "skickat", "till", "ämne", "od", "wysłano", "do", "temat",
}  # fmt: skip
INVISIBLE = dict.fromkeys(
    map(ord, "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
)


def fold(text: str) -> tuple[str, str]:
    """(what is new, what is quoted). A mail that answers between the quoted lines is left whole."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start = _start_of_quote(lines)
    if start is None:
        return text.strip(), ""
    new, quoted = "\n".join(lines[:start]).strip(), "\n".join(lines[start:]).strip()
    if not new:
        return _new_below(lines, start)
    if _has_answers_between(lines[start:]):
        return text.strip(), ""
    return new, quoted


def _start_of_quote(lines: list[str]) -> int | None:
    plains = [_plain(line) for line in lines[:MOST_LINES]]
    for number, plain in enumerate(plains):
        if not plain:
            continue
        if plain.startswith((">", "＞")):
            return number
        has_more = number + 1 < len(lines)
        if has_more and (_is_divider(plain) or plain.startswith(FORWARDS)):
            return number
        if _is_attribution(plains, number) or _is_header_block(plains, number):
            return _with_rule_above(plains, number)
    return None


def _plain(line: str) -> str:
    """A line as it is compared: without marks nobody sees, in lower case, one kind of space, not too long."""
    cut = line[:LONGEST_LINE]
    if not cut.isascii():
        cut = cut.translate(INVISIBLE).replace("’", "'")
    return " ".join(cut.casefold().split())


def _is_divider(plain: str) -> bool:
    """A line like -----Original Message-----."""
    if not plain.startswith(("--", "__", "==")):
        return False
    words = plain.strip("-_= ")
    return words in ORIGINAL or (words.startswith("forwarded message") and len(words) < 60)


def _with_rule_above(plains: list[str], number: int) -> int:
    """The quote's beginning with the ruler that Outlook draws above its header lines."""
    above = number - 1
    while above >= 0 and not plains[above]:
        above -= 1
    if above >= 0 and len(plains[above]) >= 5 and not plains[above].strip("_-"):
        return above
    return number


def _is_attribution(plains: list[str], number: int) -> bool:
    plain = plains[number]
    begins = plain.startswith(STARTS)
    # cheap first: most lines of a mail begin otherwise and hold no address
    if not begins and "@" not in plain and not any(c.isdigit() for c in plain[:LONGEST_ATTRIBUTION]):
        return False
    joined = ""
    for end in range(number, min(number + 3, len(plains))):
        if not plains[end]:  # a paragraph ends: what comes next is another one
            return False
        joined = f"{joined} {plains[end]}".strip()
        if len(joined) > LONGEST_ATTRIBUTION:
            return False
        if joined.endswith((":", "：")):
            return _introduces(joined, begins, is_quoted_below=_is_quoted(plains, end + 1))
    return False


def _introduces(joined: str, begins: bool, *, is_quoted_below: bool) -> bool:
    """Whether a sentence that ends with a colon introduces a quoted mail. "Am 3. März schrieb ich Ihnen:" alone does not:
    there must be an address or a time of day, or quoted lines below."""
    words = [word.strip(".,;:：()[]<>\"'،") for word in joined.split()]
    if not any(word in WROTE or word.rstrip("：") in WROTE for word in words) and "写道" not in joined:
        return False
    if not any(c.isdigit() for c in joined) and "@" not in joined:
        return False
    if is_quoted_below or "@" in joined:
        return True
    return begins and any(_is_time(word) for word in words)


def _is_time(word: str) -> bool:
    hour, mark, rest = word.partition(":") if ":" in word else word.partition(".")
    return (
        bool(mark)
        and hour.isdigit()
        and len(hour) <= 2
        and rest[:2].isdigit()
        and len(rest[:2]) == 2
        and len(rest) <= 8
    )


def _is_quoted(plains: list[str], number: int) -> bool:
    below = next((plain for plain in plains[number : number + 4] if plain), "")
    return below.startswith(">")


def _is_header_block(plains: list[str], number: int) -> bool:
    """Three or more lines like "From: …" near each other, as clients put above an unmarked quote."""
    if _header_name(plains[number]) not in HEADER_NAMES:
        return False
    near = plains[number : number + MOST_HEADER_LINES]
    if len(HEADER_NAMES.intersection(map(_header_name, near))) < 3:
        return False
    # an address or a moment among them: three words with colons may also be a list of the customer's
    return any("@" in plain or any(c.isdigit() for c in plain) for plain in near)


def _header_name(plain: str) -> str:
    name, colon, _ = plain[:40].partition(":")
    return name.strip("* ") if colon else ""


def _has_answers_between(lines: list[str]) -> bool:
    """Whether words of the writer's own stand between quoted lines: "> question", answer, "> question"."""
    seen_quote = seen_own = False
    for line in lines:
        stripped = line.strip()
        if not stripped:
            continue
        if stripped.startswith(">"):
            if seen_own:
                return True
            seen_quote = True
        elif seen_quote:
            seen_own = True
    return False


def _new_below(lines: list[str], start: int) -> tuple[str, str]:
    """For those who answer below the quote: what follows the last quoted line is new. One who answers between the lines
    is left whole, and so is a mail that is nothing but a quote."""
    if _has_answers_between(lines[start:]):
        return "\n".join(lines).strip(), ""
    last = max((n for n, line in enumerate(lines) if line.strip().startswith(">")), default=-1)
    below = "\n".join(lines[last + 1 :]).strip()
    if last < 0 or not below:
        return "\n".join(lines).strip(), ""
    return below, "\n".join(lines[: last + 1]).strip()
