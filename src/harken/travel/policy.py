"""Pure decisions of travel: what may become public, how an answer is worded elsewhere, what coming back means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from harken.brain.personal import find_personal, quotes
from harken.community.policy import NAMELESS, name_elsewhere

travel_name = name_elsewhere


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


CREDIT_NAMELESS = {
    "en": "A customer answers:",
    "es": "Un cliente responde:",
    "fr": "Un client répond :",
    "de": "Jemand aus unserer Kundschaft antwortet:",
    "pt": "Um cliente responde:",
    "ar": "يجيب أحد عملائنا:",
}


def credited(name: str, language: str) -> str:
    """The line that says which customer answers, as they chose to be named."""
    if name == NAMELESS:
        return in_language(CREDIT_NAMELESS, language)
    return in_language(CREDIT, language).format(name=name)


def in_language(texts: dict[str, str], language: str) -> str:
    """The text in the asker's language, else in English."""
    return texts.get(language.partition("-")[0].lower(), texts["en"])


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


# ---- going by itself ---------------------------------------------------------------------------------------


class Because(StrEnum):
    """What in the company's rule an answer fulfils. In this order: the asker's word counts most."""

    ACCEPTED = "accepted"  # who asked says that it solved it
    CHECKED = "checked"  # one of the company's people says that it is right
    EARNED = "earned"  # it worked for enough people, and its author is trusted


class Stop(StrEnum):
    """Why a person sends it. The words are for the agent."""

    PRIVATE = "It was asked in private: a person always sends it."
    NO_RULE = "No rule lets answers go by themselves here: a person sends it."
    STOPPED = "It was stopped: a person sends it."
    NOT_LET = "Its author has not let it travel."
    AUTHOR = "Its author may not write here at the moment, or has left."
    HIDDEN = "It is not shown in the community."
    REPORTED = "Somebody reported it, and nobody has decided yet."
    FAILED = "Somebody says that it didn't work."
    SPOKEN = "Somebody spoke in the thread meanwhile: read that first."
    ANSWERED = "Nobody waits for an answer in the thread any more."
    SAME_PERSON = "Who asked and who answered are one person: their own word lets nothing go."
    UNTRUSTED = (
        "Who asked says that it solved it, but its author has not earned that it goes by this word alone."
    )
    NOT_YET = "It has not fulfilled the rule yet."
    WRITER_GONE = "Who wrote the rule does not work here any more: write it anew."


class Trust(StrEnum):
    """What the author must have earned for the asker's word alone to let an answer go. An account costs nothing: who
    asks may have made the one that answers."""

    SUPER_USER = "super_user"
    TRUSTED = "trusted"  # a super user, or holds the power to answer elsewhere
    ANYBODY = "anybody"  # two accounts of one person can publish in the company's name


@dataclass(frozen=True, slots=True)
class SendingRule:
    """What a person wrote: when an answer goes by itself. Nothing chosen: always a person."""

    when_accepted: bool = False
    accepted_from: Trust = Trust.TRUSTED
    when_checked: bool = False
    when_earned: bool = False
    min_worked: int = 3
    wait: timedelta = timedelta(minutes=10)  # in which it can be stopped
    is_writer_here: bool = True


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """What the rule is held against."""

    is_private: bool
    is_shown: bool
    may_travel: bool
    is_waited_for: bool  # in the thread
    accepted_at: datetime | None
    checked_at: datetime | None
    worked: int
    failed: int
    enough_worked_at: datetime | None  # when it had worked for `min_worked`
    is_author_trusted: bool  # a super user, or holds the power to answer elsewhere
    is_author_super_user: bool = False
    is_author_asker: bool = False  # one person, as far as we know
    open_reports: int = 0
    was_stopped: bool = False
    is_author_here: bool = True  # and may write
    was_spoken_over: bool = False  # somebody spoke in the thread while it was about to go


@dataclass(frozen=True, slots=True)
class Going:
    """Whether an answer goes by itself: when and because of what; or every reason why a person sends it."""

    at: datetime | None
    because: Because | None
    stops: tuple[Stop, ...] = ()

    @property
    def is_going(self) -> bool:
        return self.at is not None


def goes_by_itself(rule: SendingRule | None, facts: AnswerFacts) -> Going:
    """Whether an answer may travel without a person, by a rule that a person wrote.

    What was asked in private never does. Each stop alone is enough; with none the answer goes `rule.wait` after
    the first thing that fulfilled the rule.
    """
    stops: list[Stop] = []
    if facts.is_private:
        stops.append(Stop.PRIVATE)
    if rule is None or not (rule.when_accepted or rule.when_checked or rule.when_earned):
        return Going(None, None, (*stops, Stop.NO_RULE))
    for stop, holds in (
        (Stop.WRITER_GONE, not rule.is_writer_here),
        (Stop.STOPPED, facts.was_stopped),
        (Stop.SPOKEN, facts.was_spoken_over),
        (Stop.NOT_LET, not facts.may_travel),
        (Stop.AUTHOR, not facts.is_author_here),
        (Stop.HIDDEN, not facts.is_shown),
        (Stop.REPORTED, facts.open_reports > 0),
        (Stop.FAILED, facts.failed > 0),
        (Stop.ANSWERED, not facts.is_waited_for),
    ):
        if holds:
            stops.append(stop)
    fulfilled: list[tuple[datetime, Because]] = []
    lacking = Stop.NOT_YET
    if rule.when_accepted and facts.accepted_at is not None:
        if facts.is_author_asker:
            lacking = Stop.SAME_PERSON
        elif not _is_trusted(rule.accepted_from, facts):
            lacking = Stop.UNTRUSTED
        else:
            fulfilled.append((facts.accepted_at, Because.ACCEPTED))
    if rule.when_checked and facts.checked_at is not None:
        fulfilled.append((facts.checked_at, Because.CHECKED))
    if (
        rule.when_earned
        and facts.is_author_trusted
        and facts.worked >= rule.min_worked
        and facts.enough_worked_at is not None
    ):
        fulfilled.append((facts.enough_worked_at, Because.EARNED))
    if not fulfilled:
        stops.append(lacking)
    if stops:
        return Going(None, None, tuple(stops))
    since, because = min(fulfilled, key=lambda one: one[0])
    return Going(since + rule.wait, because)


def _is_trusted(wanted: Trust, facts: AnswerFacts) -> bool:
    """Whether the author has earned what the rule wants of them."""
    if wanted is Trust.ANYBODY:
        return True
    if wanted is Trust.TRUSTED:
        return facts.is_author_trusted or facts.is_author_super_user
    return facts.is_author_super_user
