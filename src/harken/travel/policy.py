"""Pure decisions of travel: what may become public, how an answer is worded elsewhere, what coming back means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from harken.brain.personal import find_personal, quotes


class Barrier(StrEnum):
    """Why a question may not be asked in the community (yet). The words are for the agent."""

    NO_CONSENT = "The customer has not allowed it. Ask them in their thread first."
    REFUSED = "The customer said no. It stays between them and us."
    NOT_CONFIRMED = "Read the text as strangers will read it, then confirm that nothing in it is private."
    PERSONAL = "There is still something in it that could tell who this is."
    QUOTED = "This repeats the customer's own words. Say it in ours: this network does not allow quoting elsewhere."
    ARCHIVE = "This is an archive: nobody waits there for an answer."


def barriers(
    *,
    title: str,
    text: str,
    is_private: bool,
    is_archive: bool,
    consent: str,
    is_confirmed: bool,
    may_republish: bool,
    names: Sequence[str],
    originals: Sequence[str],
) -> list[Barrier]:
    """Everything that stands between a conversation and a topic; none means go.

    What was private needs the asker's recorded consent *and* a person's confirmation of the rewritten text,
    always, and nothing in it may tell who they are. What was public may be summarised; repeating its words
    needs a network that allows it.
    """
    found: list[Barrier] = []
    whole = f"{title}\n{text}"
    if is_archive:
        found.append(Barrier.ARCHIVE)
    if is_private:
        if consent == "refused":
            found.append(Barrier.REFUSED)
        elif consent != "given":
            found.append(Barrier.NO_CONSENT)
        if not is_confirmed:
            found.append(Barrier.NOT_CONFIRMED)
        if find_personal(whole, names=names):
            found.append(Barrier.PERSONAL)
    if (is_private or not may_republish) and quotes(whole, originals):
        found.append(Barrier.QUOTED)
    return found


# ---- the answer in the thread where it was asked -----------------------------------------------------------

# {name} is the member as they chose; {company} the brand. Never as staff, never as the company.
CREDIT = {
    "en": "{name}, a customer, answers:",
    "es": "{name}, de nuestra clientela, responde:",
    "fr": "{name}, de notre clientèle, répond :",
    "de": "{name} aus unserer Kundschaft antwortet:",
    "pt": "{name}, da nossa clientela, responde:",
    "ar": "يجيب {name}، من عملائنا:",
}
CREDIT_STAFF = {
    "en": "{name} of {company} answers:",
    "es": "{name}, de {company}, responde:",
    "fr": "{name}, de {company}, répond :",
    "de": "{name} von {company} antwortet:",
    "pt": "{name}, da {company}, responde:",
    "ar": "يجيب {name} من {company}:",
}
ASK_CONSENT = {
    "en": "Other customers may know this. May we ask them for you in our community? Without your name, and you see "
    "nothing of yours there. Answer yes or no; either way we stay on it.",
    "es": "Puede que otros clientes lo sepan. ¿Podemos preguntarles por usted en nuestra comunidad? Sin su nombre ni sus "
    "datos. Responda sí o no; en ambos casos seguimos con ello.",
    "fr": "D'autres clients le savent peut-être. Pouvons-nous leur demander pour vous dans notre communauté ? Sans votre "
    "nom ni vos données. Répondez oui ou non ; dans les deux cas, nous continuons.",
    "de": "Vielleicht wissen das andere Kunden. Dürfen wir sie für Sie in unserer Community fragen? Ohne Ihren Namen und "
    "ohne Ihre Daten. Antworten Sie ja oder nein; wir bleiben so oder so dran.",
    "pt": "Talvez outros clientes saibam. Podemos perguntar-lhes por si na nossa comunidade? Sem o seu nome nem os seus "
    "dados. Responda sim ou não; em qualquer caso continuamos.",
    "ar": "قد يعرف عملاء آخرون الجواب. هل تسمح لنا أن نسألهم عنك في مجتمعنا؟ من دون اسمك أو بياناتك. أجب بنعم أو لا، "
    "وسنتابع الأمر في الحالتين.",
}
TELL_ASKED = {
    "en": "We asked other customers for you: {link} The answer comes here, too.",
    "es": "Hemos preguntado a otros clientes por usted: {link} La respuesta llegará también aquí.",
    "fr": "Nous avons demandé à d'autres clients pour vous : {link} La réponse arrivera aussi ici.",
    "de": "Wir haben andere Kunden für Sie gefragt: {link} Die Antwort kommt auch hierher.",
    "pt": "Perguntámos a outros clientes por si: {link} A resposta também chega aqui.",
    "ar": "سألنا عملاء آخرين عنك: {link} وسيصلك الجواب هنا أيضًا.",
}

# one more line for who asked; where the thread is public, the key alone opens nothing (see travel.actions.claiming)
TELL_CLAIM = {
    "en": "You asked it, so it can be yours there, under a name you choose: {claim}",
    "es": "Es su pregunta: puede hacerla suya allí, con el nombre que elija: {claim}",
    "fr": "C'est votre question : reprenez-la là-bas, sous le nom de votre choix : {claim}",
    "de": "Es ist Ihre Frage. Übernehmen Sie sie dort unter einem Namen Ihrer Wahl: {claim}",
    "pt": "A pergunta é sua: pode ficar com ela lá, com o nome que escolher: {claim}",
    "ar": "السؤال سؤالك، ويمكنك أن تتولاه هناك بالاسم الذي تختاره: {claim}",
}

POINT_TO = {
    "en": "Other customers solved this here: {link}",
    "es": "Otros clientes lo resolvieron aquí: {link}",
    "fr": "D'autres clients ont trouvé la solution ici : {link}",
    "de": "Andere Kunden haben das hier gelöst: {link}",
    "pt": "Outros clientes resolveram isto aqui: {link}",
    "ar": "حلّ عملاء آخرون هذا هنا: {link}",
}


def in_language(texts: dict[str, str], language: str) -> str:
    """The text in the asker's language, else in English."""
    return texts.get(language.partition("-")[0].lower(), texts["en"])


def travel_name(name: str) -> str:
    """How a member is named elsewhere unless they chose otherwise: the first name and one initial ("Ines R.")."""
    words = name.split()
    if len(words) < 2:
        return name.strip()
    return f"{words[0]} {words[-1][0]}."


def compose_answer(
    *,
    answer: str,
    credit: str,
    link: str,
    limit: int | None,
    measure: Callable[[str], int],
) -> str:
    """The very text to be posted: who answers, what they say, where the rest is.

    Fits `limit` as the network counts (`measure`); a longer answer ends at a word with "…" before the link.
    """
    answer = answer.strip()

    def whole(said: str) -> str:
        return (
            f"{credit}\n\n{said}\n\n{link}"
            if "\n" in answer or len(answer) > 300
            else f"{credit} {said}\n{link}"
        )

    if limit is None or measure(whole(answer)) <= limit:
        return whole(answer)
    low, high = 0, len(answer)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        if measure(whole(answer[:middle].rstrip() + "…")) <= limit:
            low = middle
        else:
            high = middle - 1
    cut = answer[:low]
    at_word = (
        cut.rsplit(None, 1)[0] if " " in cut and low < len(answer) and not answer[low].isspace() else cut
    )
    return whole(at_word.rstrip(" ,;:-") + "…")


# ---- what comes back ---------------------------------------------------------------------------------------


class Back(StrEnum):
    """What the asker's word after the answer comes to."""

    THANKED = "thanked"
    FAILED = "failed"
    ASKED_ON = "asked_on"
    OTHER = "other"


def coming_back(*, is_thanks: bool, needs_reply: bool, is_negative: bool) -> Back:
    """A thanks is one where nothing is asked; a complaint or question in answer to an answer is not overheard."""
    if needs_reply:
        return Back.FAILED if is_negative else Back.ASKED_ON
    if is_thanks and not is_negative:
        return Back.THANKED
    return Back.OTHER
