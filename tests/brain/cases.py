"""Messages written for these tests, with what a careful person would say about each.

A row: text, needs a reply, urgency (levels that are acceptable), tone (signs that are acceptable: "-", "0",
"+", "?" for unknown), churn, praise. A field of None isn't looked at.
"""

from typing import NamedTuple


class Case(NamedTuple):
    """One message and what is expected of its judgement."""

    language: str | None
    text: str
    needs: bool | None
    urgency: str | None = None
    tone: str | None = None
    churn: int | None = None
    praise: bool | None = None


ENGLISH = [
    Case(
        "en", "Where is my order 4471203? It was supposed to arrive on Monday", True, "normal", "-0", 0, False
    ),
    Case(
        "en",
        "I have been waiting 3 hours and nobody answers the phone. Terrible service!",
        True,
        "normal high",
        "-",
    ),
    Case("en", "@LarkspurAir how do I add a bag to my booking?", True, "normal", "0", 0, False),
    Case(
        "en",
        "@LarkspurAir please help, my flight was cancelled and I am stranded in Oslo",
        True,
        "critical",
        "-0",
    ),
    Case(
        "en",
        "There is a burning smell coming from the charger you sent me",
        True,
        "critical high",
        None,
        0,
        False,
    ),
    Case(
        "en",
        "Somebody used my card in your shop, I don't recognise this charge",
        True,
        "critical high",
        None,
        0,
    ),
    Case("en", "Your website is down and nobody can log in", True, "high", "-", 0, False),
    Case(
        "en",
        "If this isn't solved I will see you in court, my lawyer is informed",
        True,
        "high critical",
        None,
    ),
    Case("en", "I'm a journalist, any comment on the delays yesterday?", True, "high normal", None),
    Case(
        "en",
        "My visa runs out today, I need the papers by tonight, this is urgent",
        True,
        "high critical",
        None,
    ),
    Case("en", "I'm switching to another provider, please cancel my contract", True, None, None, 2, False),
    Case("en", "Never flying with you again", True, None, "-", 2, False),
    Case("en", "Thinking about leaving when my contract is up", True, None, None, 1, False),
    Case(None, "Thank you!", False, "low", "+", 0),
    Case("en", "ok thanks, all sorted now", False, "low", "+", 0),
    Case(None, "Perfect, thanks so much 🙏", False, "low", "+", 0),
    Case("en", "Your crew on LA12 was amazing, best flight of my life, thank you", None, "low", "+", 0, True),
    Case("en", "Big shout out to Maria at the front desk, so helpful and kind!", None, "low", "+", 0, True),
    Case("en", "Great, another delay. Thanks so much", True, None, "?", 0, False),
    Case(None, "Thanks for nothing", True, None, "?", None, False),
    Case("en", "Love how my bag is lost again 🙄", True, None, "?", None, False),
    Case("en", "RT @someone: this is the best airline ever", False, "low"),
    Case("en", "Win a free trip! Follow us and retweet to enter our giveaway", False, "low", None, 0),
    Case(None, "not bad at all, I like it", None, None, "+"),
    Case(None, "this is not good", None, None, "-"),
    Case("en", "The app keeps crashing when I try to pay", True, "normal", "-", 0, False),
    Case("en", "Still no refund after two weeks, what a joke", True, "normal high", "-", None, False),
    Case("en", "No rush, just curious: do you ship to Norway?", True, "low normal", None, 0, False),
    Case("en", "can someone at the desk call me back please", True, "normal", None, 0, False),
    Case("en", "your driver was rude and racist to my mother", True, "critical high", "-"),
    Case(None, "WHERE IS MY REFUND???", True, "normal high"),
    Case("en", "Lovely weather at the lake today, off to grill with the kids", False, "low", None, 0),
]
SPANISH = [
    Case("es", "¿Dónde está mi pedido 4471203? Tenía que llegar el lunes", True, "normal", None, 0, False),
    Case(
        "es",
        "Llevo 3 horas esperando y nadie contesta el teléfono, pésimo servicio",
        True,
        "normal high",
        "-",
    ),
    Case(
        "es",
        "Mi vuelo fue cancelado y estamos varados en el aeropuerto, ayuda por favor",
        True,
        "critical",
        None,
    ),
    Case("es", "Huele a quemado el cargador que me mandaron, es peligroso", True, "critical", None),
    Case("es", "Hay un cargo que no reconozco en mi tarjeta, me robaron los datos", True, "critical high"),
    Case("es", "Quiero cancelar mi contrato, me cambio a otra compañía", True, None, None, 2, False),
    Case(None, "Muchas gracias!", False, "low", "+", 0),
    Case(
        "es", "Excelente atención de su equipo, muy amables todos, muchas gracias", None, "low", "+", 0, True
    ),
    Case("es", "Gracias por nada, otra vez el vuelo retrasado", True, None, "?", None, False),
    Case("es", "Participa en nuestro sorteo: dale RT y síguenos para ganar un viaje", False, "low"),
    Case("es", "La aplicación no funciona desde ayer y no puedo pagar", True, "normal high", "-", 0, False),
    Case("es", "Voy a denunciar esto ante consumo, ya hablé con mi abogado", True, "high critical"),
    Case("es", "¿A qué hora abre la tienda de la calle Mayor?", True, "normal", "0", 0, False),
    Case("es", "No funciona el telefono ni la pagina, necesito ayuda", True, "normal high", "-"),
    Case("es", "Nunca más vuelo con ustedes, perdieron un cliente", True, None, None, 2, False),
]
FRENCH = [
    Case("fr", "Où est ma commande 4471203 ? Elle devait arriver lundi", True, "normal", None, 0, False),
    Case("fr", "J'attends depuis 3 heures et personne ne répond, service horrible", True, "normal high", "-"),
    Case("fr", "Notre vol est annulé et nous sommes bloqués à l'aéroport, aidez-nous svp", True, "critical"),
    Case("fr", "Ça sent le brûlé quand je branche votre chargeur", True, "critical"),
    Case("fr", "Un prélèvement que je ne reconnais pas, on m'a piraté ma carte", True, "critical high"),
    Case("fr", "Je résilie mon contrat et je passe chez un autre opérateur", True, None, None, 2, False),
    Case(None, "Merci beaucoup !", False, "low", "+", 0),
    Case("fr", "Bravo à toute l'équipe, service impeccable et très gentil, merci", None, "low", "+", 0, True),
    Case("fr", "Merci pour le retard, encore une fois", True, None, "?", None, False),
    Case("fr", "Concours : suivez-nous et RT pour gagner un voyage", False, "low"),
    Case("fr", "L'application ne fonctionne plus depuis hier", True, "normal high", "-", 0, False),
    Case("fr", "Mon avocat va porter plainte si rien ne bouge", True, "high critical"),
    Case("fr", "À quelle heure ouvre le magasin de la gare ?", True, "normal", "0", 0, False),
    Case("fr", "Toujours pas de remboursement, je n'ai rien reçu", True, "normal", "-", 0, False),
    Case("fr", "Ce n'est pas bien du tout", None, None, "-"),
]
GERMAN = [
    Case(
        "de", "Wo ist meine Bestellung 4471203? Sie sollte am Montag kommen", True, "normal", None, 0, False
    ),
    Case(
        "de",
        "Ich warte seit 3 Stunden und niemand geht ans Telefon, furchtbarer Service",
        True,
        "normal high",
        "-",
    ),
    Case("de", "Flug gestrichen, wir sitzen am Flughafen fest, bitte helfen Sie uns", True, "critical"),
    Case("de", "Aus dem Ladegerät kommt Rauch, das ist gefährlich", True, "critical"),
    Case("de", "Von meinem Konto wurde unberechtigt abgebucht, ich wurde gehackt", True, "critical high"),
    Case(
        "de", "Ich kündige meinen Vertrag und wechsle zu einem anderen Anbieter", True, None, None, 2, False
    ),
    Case(None, "Vielen Dank!", False, "low", "+", 0),
    Case(
        "de",
        "Großes Lob an euer Team, toller Service und sehr freundlich, vielen Dank",
        None,
        "low",
        "+",
        0,
        True,
    ),
    Case("de", "Na super, schon wieder Verspätung. Danke für nichts", True, None, "?", None, False),
    Case("de", "Gewinnspiel: folgen und teilen und mit etwas Glück eine Reise gewinnen", False, "low"),
    Case("de", "Die App funktioniert seit gestern nicht mehr", True, "normal high", "-", 0, False),
    Case("de", "Ich gehe damit zur Verbraucherzentrale und zum Anwalt", True, "high critical"),
    Case("de", "Wann öffnet das Geschäft am Bahnhof?", True, "normal", "0", 0, False),
    Case("de", "Mein Paket ist immer noch nicht angekommen", True, "normal", "-0", 0, False),
    Case(
        "de",
        "Das Geraet laesst sich nicht einschalten, ich haette gerne mein Geld zurueck",
        True,
        "normal",
        None,
        0,
    ),
]
PORTUGUESE = [
    Case(
        "pt", "Onde está o meu pedido 4471203? Devia ter chegado na segunda", True, "normal", None, 0, False
    ),
    Case("pt", "Estou esperando há 3 horas e ninguém atende, péssimo atendimento", True, "normal high", "-"),
    Case("pt", "Voo cancelado e estamos presos no aeroporto, por favor ajudem", True, "critical"),
    Case("pt", "O carregador está com cheiro de queimado, é perigoso", True, "critical"),
    Case("pt", "Tem uma compra que eu não reconheço, clonaram meu cartão", True, "critical high"),
    Case("pt", "Vou cancelar minha assinatura e mudar para a concorrência", True, None, None, 2, False),
    Case(None, "Muito obrigado!", False, "low", "+", 0),
    Case(
        "pt", "Parabéns pelo excelente atendimento, equipe muito atenciosa, amei", None, "low", "+", 0, True
    ),
    Case("pt", "Parabéns pelo atraso, que maravilha né", True, None, "?", None, False),
    Case("pt", "Sorteio! Sigam a gente e marquem 3 amigos para ganhar uma viagem", False, "low"),
    Case(
        "pt", "O aplicativo não funciona desde ontem e não consigo pagar", True, "normal high", "-", 0, False
    ),
    Case("pt", "Já falei com meu advogado e vou ao Procon", True, "high critical"),
    Case(None, "A que horas abre a loja do centro?", True, "normal", "0", 0, False),
    Case("pt", "até agora nada do reembolso, que vergonha", True, "normal", "-", 0, False),
    Case("pt", "vcs não respondem ninguem, nao consigo falar com atendente", True, "normal", "-", 0, False),
]
ITALIAN = [
    Case("it", "Dov'è il mio ordine 4471203? Doveva arrivare lunedì", True, "normal", None, 0, False),
    Case("it", "Aspetto da 3 ore e nessuno risponde, servizio pessimo", True, "normal high", "-"),
    Case("it", "Volo cancellato e siamo bloccati in aeroporto, aiutateci per favore", True, "critical"),
    Case("it", "Dal caricabatterie esce puzza di bruciato, è pericoloso", True, "critical"),
    Case("it", "Faccio disdetta, passo alla concorrenza", True, None, None, 2, False),
    Case(None, "Grazie mille!", False, "low", "+", 0),
    Case(
        "it",
        "Complimenti, ottimo servizio e personale gentilissimo, grazie di cuore",
        None,
        "low",
        "+",
        0,
        True,
    ),
    Case("it", "Grazie per il ritardo, bravi complimenti", True, None, "?", None, False),
    Case("it", "L'app non funziona da ieri e non riesco a pagare", True, "normal high", "-", 0, False),
]
DUTCH = [
    Case("nl", "Waar is mijn bestelling 4471203? Die zou maandag komen", True, "normal", None, 0, False),
    Case("nl", "Ik wacht al 3 uur en niemand neemt op, slechte service", True, "normal high", "-"),
    Case(
        "nl",
        "Vlucht geannuleerd en we zitten vast op het vliegveld, help ons alsjeblieft",
        True,
        "critical high",
    ),
    Case("nl", "Er komen vonken uit de lader, dat is gevaarlijk", True, "critical"),
    Case(
        "nl",
        "Ik ga mijn abonnement opzeggen en stap over naar een andere provider",
        True,
        None,
        None,
        2,
        False,
    ),
    Case(None, "Hartelijk dank!", False, "low", "+", 0),
    Case(
        "nl",
        "Complimenten voor jullie team, geweldige service en heel vriendelijk",
        None,
        "low",
        "+",
        0,
        True,
    ),
    Case("nl", "De app werkt niet meer sinds gisteren", True, "normal high", "-", 0, False),
]
OTHERS = [
    Case("th", "สั่งของไปสองอาทิตย์แล้วยังไม่ได้รับเลยค่ะ ช่วยตรวจสอบหน่อย", True, "normal", "-0", 0, False),
    Case("th", "ร้านเปิดกี่โมงคะ มีสาขาที่เชียงใหม่ไหม", True, "normal", None, 0, False),
    Case("th", "ที่ชาร์จมีควัน ไฟไหม้ อันตรายมาก", True, "critical"),
    Case("th", "บริการดีมาก ประทับใจ ขอบคุณค่ะ", None, "low", "+", 0, True),
    Case("zh", "我的包裹还没收到,客服电话一直打不通", True, "normal high", "-", 0, False),
    Case("zh", "请问你们几点开门?", True, "normal", None, 0, False),
    Case("zh", "充电器冒烟了,差点着火", True, "critical"),
    Case("ja", "注文した商品がまだ届きません。いつ届きますか?", True, "normal", None, 0, False),
    Case("ja", "充電器から煙が出て危険です", True, "critical"),
    Case("ja", "丁寧な対応をありがとうございました。最高です", None, "low", "+", 0, True),
    Case("ko", "주문한 물건이 아직 안 왔어요. 언제 오나요?", True, "normal", None, 0, False),
    Case("ar", "أين طلبي؟ أنتظر منذ أسبوع ولا أحد يرد", True, "normal", "-0", 0, False),
    Case("ar", "شكرا لكم", None, "low", "+", 0),
    Case("ru", "Где мой заказ? Жду уже неделю, никто не отвечает", True, "normal high", "-", 0, False),
    Case(None, "Спасибо большое!", None, "low", "+", 0),
    Case(
        "uk", "Де моє замовлення? Чекаю вже тиждень, ніхто не відповідає", True, "normal high", None, 0, False
    ),
    Case("hi", "मेरा ऑर्डर अभी तक नहीं आया, पैसे वापस चाहिए", True, "normal", None, 0, False),
    Case("hi", "mera order abhi tak nahi aaya, paise wapas chahiye", True, "normal", None, 0, False),
    Case("id", "Paket saya belum sampai juga, tolong dibantu min", True, "normal", None, 0, False),
    Case("tr", "Siparişim hâlâ gelmedi, lütfen yardım edin", True, "normal", None, 0, False),
    Case(
        "pl",
        "Gdzie jest moja paczka? Czekam już dwa tygodnie i nikt nie odpowiada",
        True,
        "normal high",
        None,
        0,
    ),
    Case(
        "sv",
        "Var är mitt paket? Jag väntar fortfarande och får inget svar",
        True,
        "normal high",
        None,
        0,
        False,
    ),
]
CASES = [*ENGLISH, *SPANISH, *FRENCH, *GERMAN, *PORTUGUESE, *ITALIAN, *DUTCH, *OTHERS]
