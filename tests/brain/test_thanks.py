"""Private messages that only thank need no answer; the same with anything open in them do."""

import pytest

from harken.brain.understand import judge

# With a few words beside the thanks, in answer to words of ours that asked for nothing.
ONLY_THANKS = [
    ("en", "Thank you so much, it arrived, have a lovely day"),
    ("en", "Thanks for your help, the new ticket came through this morning."),
    ("en", "That was quick! Thank you, the children are very happy and so am I"),
    ("en", "Ah, I see it now. Thank you"),
    ("es", "Muchas gracias, ya llegó el paquete, que tengan un buen día"),
    ("es", "Mil gracias por la ayuda, mi madre está encantada con el asiento"),
    ("fr", "Merci beaucoup, le colis est arrivé ce matin. Bonne journée à toute l'équipe !"),
    ("fr", "Merci pour votre réponse rapide, je peux dormir tranquille"),
    ("de", "Vielen Dank, das Paket ist heute angekommen. Schönen Tag noch!"),
    ("de", "Bordkarte ist da, ich kann schlafen. Danke für die schnelle Hilfe!"),
    ("pt", "Muito obrigada, a mala já chegou a casa. Um abraço para toda a equipa"),
    ("pt", "Obrigado pela ajuda, correu tudo muito bem"),
    ("it", "Grazie mille, il pacco è arrivato stamattina. Buona giornata a tutti"),
    ("nl", "Hartelijk dank, het pakket is vanmorgen gekomen. Fijne dag!"),
    ("ar", "شكراً جزيلاً لكم، وصلت الحقيبة والحمد لله"),
]
STILL_OPEN = [
    # a question or a wish beside it
    ("en", "Thank you so much! And when does the second bag come?"),
    ("en", "Thanks, please send the invoice to my office as well"),
    ("en", "Thank you in advance for looking at my seat"),
    ("en", "Thanks, I wonder whether the dog may sit with me"),
    ("es", "Muchas gracias. ¿Y cuánto cuesta la segunda maleta?"),
    ("es", "Gracias de antemano por revisar mi asiento"),
    ("fr", "Merci beaucoup. Pouvez-vous aussi changer le nom de ma fille ?"),
    ("fr", "Merci d'avance pour le changement de siège"),
    ("de", "Vielen Dank! Und wann kommt der zweite Koffer?"),
    ("de", "Vielen Dank im Voraus für die neue Rechnung"),
    ("pt", "Muito obrigado! E quando chega a segunda mala?"),
    ("pt", "Desde já agradeço a vossa atenção ao meu lugar"),
    ("it", "Grazie mille. E quando arriva la seconda valigia?"),
    ("it", "Grazie in anticipo per il cambio di posto"),
    ("nl", "Bedankt! En wanneer komt de tweede koffer?"),
    ("nl", "Alvast bedankt voor het omboeken"),
    ("ar", "شكراً جزيلاً، متى تصل الحقيبة الثانية؟"),
    ("ar", "شكراً مقدماً على تعديل الحجز"),
    # still broken, still missing
    ("en", "Thank you for the new charger. It still doesn't work though"),
    ("en", "Thanks, the parcel arrived but one shoe is missing"),
    ("en", "Thank you for the quick reply, I am still waiting for the money"),
    ("es", "Gracias por la respuesta, pero la aplicación sigue sin funcionar"),
    ("fr", "Merci pour votre réponse, mais le chargeur ne marche toujours pas"),
    ("de", "Danke für die Antwort, der Koffer ist aber immer noch nicht da"),
    ("pt", "Obrigado pela resposta, mas a aplicação continua a não funcionar"),
    ("it", "Grazie per la risposta, ma il pacco non è ancora arrivato"),
    ("nl", "Bedankt voor uw antwoord, maar de app werkt nog steeds niet"),
    ("ar", "شكراً على الرد لكن التطبيق لا يعمل"),
    # meant the other way round
    ("en", "Thanks for nothing, have a nice day"),
    ("en", "Thank you for losing my bag again, lovely service"),
    ("es", "Gracias por nada, que tengan un buen día"),
    ("fr", "Merci pour rien, bonne journée"),
    ("de", "Danke für nichts, schönen Tag noch"),
    ("pt", "Obrigado por nada, tenham um bom dia"),
    ("it", "Grazie per niente, buona giornata"),
    ("nl", "Bedankt voor niets, fijne dag verder"),
    ("ar", "شكرا على لا شيء، يوم سعيد"),
    # something handed over, leaving, or a danger
    ("en", "Thank you! The receipts are attached"),
    ("en", "Thank you, I have sent you the form by post. I sent it yesterday"),
    ("de", "Vielen Dank, die Belege sind anbei"),
    ("fr", "Merci, le formulaire est en pièce jointe"),
    ("en", "Thanks. I will cancel my contract all the same"),
    ("en", "Thank you, my wife is in hospital now"),
]


@pytest.mark.parametrize(("language", "text"), ONLY_THANKS, ids=[text[:40] for _, text in ONLY_THANKS])
def test_thanks_with_a_few_words_more_need_no_answer(language: str, text: str) -> None:
    before = [("us", "It is on its way and should be with you tomorrow.")]
    needs = judge(text, thread=before, is_private=True, is_reply=True, language=language).needs_reply
    assert not needs.value, needs.reasons
    reason = needs.reasons[-1]
    assert reason.code in {"thanks_nothing_open", "bare_thanks"}
    assert reason.spans  # the words that it rests on are shown


@pytest.mark.parametrize(("language", "text"), STILL_OPEN, ids=[text[:40] for _, text in STILL_OPEN])
def test_thanks_beside_something_open_need_an_answer(language: str, text: str) -> None:
    before = [("us", "It is on its way and should be with you tomorrow.")]
    for known in ({}, {"thread": before, "is_reply": True}):
        assert judge(text, is_private=True, language=language, **known).needs_reply.value  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Hotel by the river, ask for Rosa, thank you", "Where shall we bring it?"),
        ("Thank you! T4WUZM", "It is on its way."),
        ("Room twelve at the harbour inn, thanks", "Could you please tell us the address"),
    ],
)
def test_an_answer_to_our_question_is_no_mere_thanks(text: str, question: str) -> None:
    assert judge(text, thread=[("us", question)], is_private=True, is_reply=True).needs_reply.value


def test_in_doubt_thanks_in_private_need_an_answer() -> None:
    # A first message that says something and then thanks: what it says may be the matter.
    assert judge(
        "My suitcase has a dent shaped like a shoe. Thank you, Karl", is_private=True
    ).needs_reply.value
    long = "Thank you. " + "The lady with the hat told the man with the dog about the boat. " * 4
    assert judge(long, is_private=True, is_reply=True).needs_reply.value
    # A second message before any answer goes on with the first.
    thread = [("customer", "My suitcase has a dent shaped like a shoe.")]
    assert judge("Thank you, it is green", thread=thread, is_private=True).needs_reply.value
