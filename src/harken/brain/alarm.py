"""Whether a text may threaten somebody, themselves included, by its words alone; pure.

It only decides how soon a person looks: nothing is hidden or refused by it. It errs on the side of saying so, and knows
seven languages; what it does not know waits its turn like anything else that was reported.
"""

from __future__ import annotations

import re
from typing import Final

from harken.brain.normalise import lowered

_WORDS: Final = (
    # English
    r"(?:i(?:'ll| will| am going to|'m going to| gonna)|we(?:'ll| will)) (?:kill|hurt|shoot|stab|beat|find|destroy|burn|rape) (?:you|him|her|them|your)",
    r"(?:you(?:'ll| will) (?:regret|pay for|be sorry)|you(?:'re| are) (?:dead|a dead)|i know where (?:you|they|he|she) lives?)",
    r"(?:kill (?:yourself|myself)|end my (?:own )?life|want to die|bomb threat|watch your back)",
    # German
    r"ich (?:bringe?|stech\w*|schlag\w*|mach\w*) (?:dich|euch|sie|ihn) (?:um|ab|tot|kalt|fertig)|ich weiß,? wo (?:du|ihr|sie|er) wohn\w+",
    r"(?:du wirst|ihr werdet|sie werden) (?:es|das|dafür)? ?(?:bereuen|bezahlen|büßen)|bring dich (?:doch )?um|mir das leben nehmen|will nicht mehr leben",
    # French
    r"je (?:vais|te|vous|le|la) (?:te |vous |le |la )?(?:tuer|tuerai|buter|retrouver|retrouverai|casser la)|je sais où (?:tu|vous|il|elle) \w+|tu vas (?:le )?(?:regretter|payer)|(?:va )?te (?:tuer|suicider)|me suicider|en finir avec la vie",
    # Spanish
    r"(?:te|os|lo|la) (?:voy|vamos) a (?:matar|encontrar|pegar|rajar|quemar)|sé d[oó]nde (?:vives|viv[ií]s|vive)|(?:te vas a|vas a) arrepentir\w*|lo vas a pagar|m[aá]tate|quitarme la vida|quiero morir",
    # Italian
    r"ti (?:ammazzo|uccido|trovo|spacco)|so dove (?:abiti|vivi|abita)|te ne pentirai|la pagherai|ammazzati|voglio morire|togliermi la vita",
    # Portuguese
    r"(?:vou|vamos) te? ?(?:matar|encontrar|bater|queimar)(?:-te)?|sei onde (?:moras|voc[eê] mora|vives|mora)|vais? (?:te )?arrepender(?:-te)?|mata-te|se mata|quero morrer|tirar a minha vida",
    # Dutch
    r"ik (?:maak|schiet|steek|sla) (?:je|jou|jullie|hem|haar) (?:af|dood|neer|kapot)|ik weet waar (?:je|jullie|hij|ze) woon\w*|je (?:zult|gaat) (?:er )?(?:spijt|hiervoor boeten)|maak jezelf af|wil niet meer leven",
)
_THREAT: Final = re.compile(rf"(?<!\w)(?:{'|'.join(_WORDS)})(?!\w)")


def threatens(text: str) -> bool:
    """Whether these words may be a threat to somebody, or say that somebody wants to die."""
    return _THREAT.search(" ".join(lowered(text).replace("’", "'").split())) is not None
