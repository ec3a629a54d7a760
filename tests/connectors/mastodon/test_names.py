"""Ids and handles."""

from harken.connectors.mastodon.names import behind, for_api, full_name, lasting, place_of

SNAC = "179534367682242795cd71e116adc5de3c634154aa"


def test_a_snac_id_is_kept_without_the_moment_that_edits_change() -> None:
    assert lasting(SNAC) == lasting("1795343686" + SNAC[10:]) == SNAC[10:]
    assert for_api(lasting(SNAC)) == "0000000000" + SNAC[10:]
    assert behind(SNAC) == "1795343674" + "0" * 32


def test_other_ids_stay_as_they_are() -> None:
    for id_ in ("114000000000001", "01HZX2V8P0Q4R5S6T7V8W9X0Y1", "AbCdEf0123456789Gh"):
        assert lasting(id_) == for_api(id_) == behind(id_) == id_
    assert lasting(None) == lasting(True) == lasting([]) == ""
    assert lasting(17) == "17"


def test_ids_of_different_lengths_are_in_the_order_of_their_numbers() -> None:
    assert sorted(["100", "99", "1000"], key=place_of) == ["99", "100", "1000"]


def test_a_person_is_known_by_name_and_host() -> None:
    assert full_name({"acct": "Help"}, "Larkspur.example") == "help@larkspur.example"
    assert full_name({"acct": "ines@Fjord.example"}, "larkspur.example") == "ines@fjord.example"
    assert full_name({"acct": ""}, "larkspur.example") == full_name({}, "larkspur.example") == ""
