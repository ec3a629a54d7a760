"""Whether somebody said yes or no to a question we asked them. Only a clear word counts; anything else is for a person.

Pure. Used where a yes lets us do something with what was said in private, so it errs to "unclear".
"""

from __future__ import annotations

import re
from typing import Final, Literal

Said = Literal["yes", "no", "unclear"]

_YES: Final = frozenset(
    [
        "yes",
        "yep",
        "yeah",
        "yup",
        "sure",
        "okay",
        "ok",
        "agreed",
        "please",
        "si",
        "sí",
        "claro",
        "vale",
        "adelante",
        "oui",
        "volontiers",
        "bien",
        "d'accord",
        "daccord",
        "ja",
        "gerne",
        "klar",
        "einverstanden",
        "sim",
        "pode",
        "certo",
        "نعم",
        "موافق",
        "اكيد",
        "أكيد",
        "تفضل",
        "تفضلوا",
        "ايوه",
        "はい",
        "是",
        "好",
        "可以",
        "tak",
        "da",
        "sì",
        "certo",
        "jah",
    ]
)
_NO: Final = frozenset(
    [
        "no",
        "nope",
        "nah",
        "never",
        "don't",
        "dont",
        "not",
        "non",
        "pas",
        "jamais",
        "nein",
        "nicht",
        "nie",
        "não",
        "nao",
        "nunca",
        "jamás",
        "jamas",
        "لا",
        "كلا",
        "いいえ",
        "不",
        "否",
        "nie",
        "niet",
        "nee",
        "nej",
        "ei",
    ]
)
_TURNS: Final = frozenset(
    [
        "but",
        "aber",
        "mais",
        "pero",
        "mas",
        "however",
        "only",
        "nur",
        "solo",
        "seulement",
        "unless",
        "if",
        "wenn",
        "si",
        "لكن",
        "ولكن",
    ]
)
_WORD = re.compile(r"[\w'’]+")
_LONGEST = 12  # words: who explains more has said something that a person should read


def read_consent(text: str) -> Said:
    """ "yes" or "no" where the first words say so and nothing after them takes it back; else "unclear".

    A question, a condition ("yes, but…"), a yes together with a no, or more than a dozen words are unclear.
    """
    words = [word.replace("’", "'") for word in _WORD.findall(text.casefold())]
    if not words or len(words) > _LONGEST or any(mark in text for mark in "?？؟"):
        return "unclear"
    has_no = any(word in _NO for word in words)
    # "sí" is Spanish for yes, "si" for if, and people leave the accent out: alone or first it is a yes
    has_turn = any(word in _TURNS and not (word == "si" and i == 0) for i, word in enumerate(words))
    if has_no:
        return (
            "no" if words[0] in _NO and not has_turn and not any(w in _YES for w in words[1:]) else "unclear"
        )
    return "yes" if any(word in _YES for word in words[:2]) and not has_turn else "unclear"
