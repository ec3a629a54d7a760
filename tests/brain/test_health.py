"""A danger to health that a customer names is at least of high urgency; words that only sound like it are not."""

import pytest

from harken.brain.understand import judge

DANGERS = [
    ("en", "My son has a peanut allergy, do you serve nuts on board?"),
    ("en", "Our daughter has a severe nut allergy. We are so happy to fly with you. Many thanks, Anna"),
    ("en", "She is allergic to shellfish"),
    ("en", "My father travels with an oxygen bottle. May he bring it?"),
    ("en", "I left my insulin in the seat pocket"),
    ("en", "Where do I keep my epi-pen?"),
    ("en", "I am pregnant and in pain"),
    ("en", "My wife is pregnant, she has cramps since the landing"),
    ("en", "The baby has a fever and we are at the gate"),
    ("en", "My child is locked in the car of your garage"),
    ("en", "The battery of your scooter is burning"),
    ("en", "Smoke is coming out of the charger"),
    ("en", "I can't breathe in this room"),
    ("es", "Mi hijo tiene alergia a los cacahuetes, ¿sirven frutos secos a bordo?"),
    ("es", "Mi padre viaja con una botella de oxígeno"),
    ("es", "Estoy embarazada y tengo dolores fuertes"),
    ("es", "La batería está ardiendo"),
    ("fr", "Ma fille est allergique aux arachides, que servez-vous à bord ?"),
    ("fr", "Mon père a besoin d'une bouteille d'oxygène pendant le vol"),
    ("fr", "Je suis enceinte et j'ai des douleurs"),
    ("fr", "De la fumée sort du chargeur"),
    ("de", "Meine Tochter hat eine Erdnussallergie, was gibt es an Bord zu essen?"),
    ("de", "Mein Vater braucht eine Sauerstoffflasche an Bord"),
    ("de", "Ich bin schwanger und habe Schmerzen"),
    ("de", "Der Akku brennt"),
    ("de", "Mein Kind ist im Auto eingeschlossen"),
    ("pt", "O meu filho é alérgico a amendoim, o que servem a bordo?"),
    ("pt", "O meu pai viaja com uma garrafa de oxigénio"),
    ("pt", "Estou grávida e tenho dores"),
    ("it", "Mia figlia è allergica alle arachidi, cosa servite a bordo?"),
    ("it", "Mio padre viaggia con una bombola di ossigeno"),
    ("it", "Sono incinta e ho dolori"),
    ("nl", "Mijn dochter heeft een notenallergie, wat serveert u aan boord?"),
    ("nl", "Mijn vader reist met een zuurstoffles"),
    ("nl", "Ik ben zwanger en heb pijn"),
    ("ar", "ابني لديه حساسية من المكسرات، ماذا تقدمون في الطائرة؟"),
    ("ar", "والدي يحتاج إلى أسطوانة أكسجين في الرحلة"),
    ("ru", "У сына аллергия на арахис, что подают на борту?"),
    ("zh", "我儿子对花生过敏，飞机上有坚果吗？"),
    ("ja", "息子はピーナッツアレルギーがあります。機内食は大丈夫ですか？"),
    ("th", "ลูกแพ้ถั่ว บนเครื่องมีถั่วไหมคะ"),
]
HARMLESS = [
    ("en", "Do you sell peanuts on board?"),
    ("en", "I am allergic to early mornings, is there a later flight?"),
    ("en", "Booking with you was a pain, why so many pages?"),
    ("en", "Your new song is fire, where can I get it?"),
    ("en", "The prices are locked in until May, right?"),
    ("en", "The crew looked after my son's peanut allergy, amazing service, thank you!"),
    ("en", "The battery lasts two days, how do I charge it?"),
    ("es", "¿Venden cacahuetes a bordo?"),
    ("fr", "Vendez-vous des noix à bord ?"),
    ("de", "Verkaufen Sie Nüsse an Bord?"),
    ("pt", "Vendem amendoins a bordo?"),
    ("it", "Vendete arachidi a bordo?"),
    ("nl", "Verkoopt u nootjes aan boord?"),
]


@pytest.mark.parametrize(("language", "text"), DANGERS, ids=[text[:40] for _, text in DANGERS])
@pytest.mark.parametrize("is_private", [True, False])
def test_a_danger_to_health_is_at_least_high(language: str, text: str, is_private: bool) -> None:
    judgement = judge(text, is_private=is_private, language=language)
    assert judgement.urgency.value in {"high", "critical"}, judgement.urgency.reasons
    assert judgement.needs_reply.value
    assert any(reason.code in {"safety", "health"} and reason.spans for reason in judgement.urgency.reasons)


@pytest.mark.parametrize(("language", "text"), HARMLESS, ids=[text[:40] for _, text in HARMLESS])
def test_words_that_only_sound_like_it_are_not(language: str, text: str) -> None:
    judgement = judge(text, is_private=True, language=language)
    assert judgement.urgency.value in {"low", "normal"}, judgement.urgency.reasons
