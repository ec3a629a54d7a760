"""Folding what a mail quotes: the new words first, the rest kept apart. Linear in the mail's length.

Line by line, no pattern that can go back over the text (the reply parsers at hand take minutes for a few
kilobytes of "On On On …").
"""

from __future__ import annotations

LONGEST_ATTRIBUTION = 300  # characters, over at most three lines
MOST_HEADER_LINES = 8

# how clients of the languages we judge introduce a quoted mail: beginning, ending of the line(s)
ATTRIBUTIONS: tuple[tuple[str, str], ...] = (
    ("On ", "wrote:"),
    ("Am ", ":"),
    ("El ", "escribió:"),
    ("Le ", "écrit :"),
    ("Le ", "écrit:"),
    ("Em ", "escreveu:"),
    ("A ", "escreveu:"),
    ("Il ", "scritto:"),
    ("Op ", "schreef:"),
    ("Den ", "skrev:"),
    ("W dniu ", "pisze:"),
    ("في ", "كتب:"),
)
NEEDS_DATE = {"Am "}  # "Am Montag …:" begins a sentence too: only with a number and an address or "schrieb"
MARKERS = (
    "-----Original Message-----",
    "----- Original Message -----",
    "-----Ursprüngliche Nachricht-----",
    "-----Message d'origine-----",
    "-----Mensaje original-----",
    "-----Mensagem original-----",
    "-----Messaggio originale-----",
    "________________________________",
    "---------- Forwarded message",
    "Begin forwarded message:",
)
HEADER_NAMES = {
    "from", "sent", "to", "subject", "date", "cc", "von", "gesendet", "an", "betreff", "datum", "de", "envoyé", "à",
    "objet", "enviado", "enviado el", "para", "asunto", "fecha", "assunto", "data", "da", "inviato", "a", "oggetto", "van",
    "verzonden", "aan", "onderwerp",
}  # fmt: skip


def fold(text: str) -> tuple[str, str]:
    """(what is new, what is quoted). A mail that answers between the quoted lines is left whole."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start = _start_of_quote(lines)
    if start is None:
        return text.strip(), ""
    new, quoted = "\n".join(lines[:start]).strip(), "\n".join(lines[start:]).strip()
    if not new:
        return _unquoted_below(lines)
    if _has_answers_between(lines[start:]):
        return text.strip(), ""
    return new, quoted


def _start_of_quote(lines: list[str]) -> int | None:
    for number, line in enumerate(lines):
        stripped = line.strip()
        if not stripped:
            continue
        if stripped.startswith(">"):
            return number
        if any(stripped.startswith(marker) for marker in MARKERS) and any(
            part.strip() for part in lines[number + 1 :]
        ):
            return number
        if _is_attribution(lines, number) or _is_header_block(lines, number):
            return number
    return None


def _is_attribution(lines: list[str], number: int) -> bool:
    first = lines[number].strip()
    starts = [(begin, end) for begin, end in ATTRIBUTIONS if first.startswith(begin)]
    if not starts:
        return False
    joined = ""
    for line in lines[number : number + 3]:
        joined = f"{joined} {line.strip()}".strip()
        if len(joined) > LONGEST_ATTRIBUTION:
            return False
        for begin, end in starts:
            if not joined.endswith(end):
                continue
            has_number = any(c.isdigit() for c in joined)
            if begin in NEEDS_DATE and not (has_number and ("schrieb" in joined or "@" in joined)):
                continue
            if has_number or "@" in joined:
                return True
    return False


def _is_header_block(lines: list[str], number: int) -> bool:
    """Three or more lines like "From: …" in a row, as clients put above an unmarked quote."""
    found = 0
    for line in lines[number : number + MOST_HEADER_LINES]:
        name, colon, _ = line.strip().strip("*").partition(":")
        if not colon or name.strip("* ").casefold() not in HEADER_NAMES:
            break
        found += 1
    return found >= 3


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


def _unquoted_below(lines: list[str]) -> tuple[str, str]:
    """For those who answer below the quote: what follows the last quoted line is new."""
    last = max((n for n, line in enumerate(lines) if line.strip().startswith(">")), default=-1)
    below = "\n".join(lines[last + 1 :]).strip()
    if last < 0 or not below:
        return "\n".join(lines).strip(), ""
    return below, "\n".join(lines[: last + 1]).strip()
