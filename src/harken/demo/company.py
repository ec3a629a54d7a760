"""The people of the demo: the company's staff, teams and channels, and its three hundred customers."""

from __future__ import annotations

import random
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

NETWORKS = ("email", "mastodon", "bluesky", "reviews", "form", "forum")

# Where made-up accounts live; none of these names can exist on the internet (RFC 2606).
_MAIL_HOSTS = {
    "en": ("post.example", "inkwell.example", "letterbox.example"),
    "es": ("correo.example", "buzon.example"),
    "fr": ("courrier.example", "poste.example"),
    "de": ("briefkasten.example", "posteingang.example"),
    "pt": ("correio.example", "caixa.example"),
    "ar": ("barid.example", "risala.example"),
    "ja": ("yubin.example",),
    "zh": ("youjian.example",),
    "th": ("praisani.example",),
}
_MASTODON_HOSTS = {
    "en": ("fjord.example", "hedgerow.example", "turf.example", "slate.example", "canal.example"),
    "es": ("plaza.example", "sierra.example"),
    "fr": ("rhone.example", "armor.example"),
    "de": ("spree.example", "moin.example"),
    "pt": ("onda.example", "praia.example"),
    "ar": ("minaret.example", "zaytun.example"),
}


@dataclass(frozen=True, slots=True)
class Brand:
    slug: str
    name: str
    zone: str
    site: str


@dataclass(frozen=True, slots=True)
class Team:
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Agent:
    """One of the staff. `shift` is a pair of local hours; `reviewed` means replies wait for a second person."""

    slug: str
    name: str
    role: str
    gender: str
    languages: tuple[str, ...]
    teams: tuple[str, ...]
    shift: tuple[int, int]
    reviewed: bool = False

    @property
    def first(self) -> str:
        return self.name.split()[0]


@dataclass(frozen=True, slots=True)
class Channel:
    """A place where customers reach a brand; `network` names which of a customer's handles writes there."""

    slug: str
    name: str
    brand: str
    kind: str
    network: str
    address: str
    public: bool
    mention: str = ""
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer with a handle on one network or several; gender is f, m, or n for what is no single person."""

    slug: str
    name: str
    gender: str
    languages: tuple[str, ...]
    zone: str
    handles: Mapping[str, str]

    @property
    def first(self) -> str:
        if self.languages[0] in {"ja", "zh"}:
            return self.name
        return self.name.split()[0]

    @property
    def family(self) -> str:
        return self.name.split()[-1]


@dataclass(frozen=True, slots=True)
class Company:
    """All of it, by slug."""

    name: str
    incident: str
    brands: Mapping[str, Brand]
    teams: Mapping[str, Team]
    agents: Mapping[str, Agent]
    channels: Mapping[str, Channel]
    customers: Mapping[str, Customer]
    routes: Mapping[str, tuple[tuple[str, str, str], ...]]
    cities: Mapping[str, Mapping[str, str]]


def read_toml(*path: str) -> dict[str, Any]:
    """One of the demo's data files, read."""
    return tomllib.loads(resources.files("harken.demo").joinpath(*path).read_text(encoding="utf-8"))


@cache
def company() -> Company:
    """The company as its two files describe it; the same each time."""
    raw = read_toml("company.toml")
    return Company(
        name=raw["company"]["name"],
        incident=raw["company"]["incident"],
        brands={b["slug"]: Brand(**b) for b in raw["brand"]},
        teams={t["slug"]: Team(**t) for t in raw["team"]},
        agents={a["slug"]: Agent(**_tupled(a)) for a in raw["agent"]},
        channels={c["slug"]: Channel(**c) for c in raw["channel"]},
        customers={c.slug: c for c in _customers(read_toml("cast.toml"))},
        routes={brand: tuple(map(tuple, legs)) for brand, legs in raw["routes"].items()},
        cities=raw["cities"],
    )


def _tupled(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def _customers(cast: Mapping[str, Any]) -> Iterable[Customer]:
    taken: set[str] = set()
    for person in cast["person"]:
        made = Customer(**_tupled(person))
        taken.update(made.handles.values())
        yield made
    names = {person["name"] for person in cast["person"]}
    for group in cast["people"]:
        yield from _made_up(group, names, taken)


def _made_up(group: Mapping[str, Any], names: set[str], taken: set[str]) -> Iterable[Customer]:
    """People of one language, half of them women, none twice. The seed is the language: names never move."""
    language, count = group["language"], group["count"]
    dice = random.Random(f"people {language}")  # noqa: S311 — a story, not a secret
    made = 0
    while made < count:
        gender = "f" if made % 2 == 0 else "m"
        first = dice.choice(group["female" if gender == "f" else "male"])
        family = dice.choice(group["family"])
        name = f"{family}{first}" if language in {"ja", "zh"} else f"{first} {family}"
        if name in names:
            continue
        names.add(name)
        made += 1
        yield Customer(
            slug=f"{language}-{made:03d}",
            name=name,
            gender=gender,
            languages=(language,),
            zone=group["zones"][made % len(group["zones"])],
            handles=_handles(language, made, first, family, dice, taken),
        )


def _handles(
    language: str, number: int, first: str, family: str, dice: random.Random, taken: set[str]
) -> dict[str, str]:
    """One to four handles: most people are on one network, some on several; the mail address is the form's."""
    short, long = _ascii(first) or language, _ascii(family) or f"{number}"
    style = dice.randrange(6)
    nick = (
        f"{short}{long}",
        f"{short}.{long}",
        f"{short[:1]}{long}",
        f"{long}{short[:2]}",
        f"{short}{dice.randrange(60, 100)}",
        f"{short}_{long[:1]}",
    )[style]
    mail = f"{short}.{long}@{dice.choice(_MAIL_HOSTS[language])}"
    if mail in taken or not _ascii(first):
        mail = f"{short}.{long}{number}@{mail.split('@')[1]}"
    where = {
        "email": mail,
        "form": mail,
        "mastodon": f"{nick.replace('.', '_')}@{dice.choice(_MASTODON_HOSTS.get(language, ('world.example',)))}",
        "bluesky": f"{nick.replace('_', '').replace('.', '')}.sky.example",
        "reviews": nick if style % 2 else f"{first} {family[:1]}.",
        "forum": first if style % 3 else f"{first}{number}",
    }
    order = ["mastodon", "bluesky", "email", "form", "reviews", "forum"]
    weights = [30, 30, 26, 18, 14, 14]
    wanted = dice.choices((1, 2, 3, 4), (52, 30, 13, 5))[0]
    # Of a language that few speak here, each is everywhere: a story must find somebody on its network.
    chosen: list[str] = order[:4] if language in {"ja", "zh", "th"} else []
    while len(chosen) < wanted:
        network = dice.choices(order, weights)[0]
        if network not in chosen:
            chosen.append(network)
    handles = {}
    for network in chosen:
        handle = where[network]
        while handle in taken and network not in {"email", "form"}:
            handle = _renamed(handle, dice)
        taken.add(handle)
        handles[network] = handle
    return handles


def _renamed(handle: str, dice: random.Random) -> str:
    """The same handle with a number behind its first part, as one does when a name is gone."""
    cut = min((handle.find(c) for c in "@." if c in handle[1:]), default=len(handle))
    return f"{handle[:cut]}{dice.randrange(2, 99)}{handle[cut:]}"


# Letters that do not fall apart into a base letter and an accent.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "ß": "ss", "ı": "i", "æ": "ae", "đ": "d"})
_ARABIC = {
    "هدى": "huda", "سلمى": "salma", "ليلى": "layla", "رانيا": "rania", "نادية": "nadia", "ريم": "reem",
    "ياسمين": "yasmin", "أسماء": "asma", "دانا": "dana", "مها": "maha", "يوسف": "yousef", "كريم": "karim",
    "سامر": "samer", "طارق": "tarek", "عمر": "omar", "زياد": "ziad", "بلال": "bilal", "نبيل": "nabil",
    "حسام": "hossam", "أنس": "anas", "الحداد": "alhaddad", "المنصوري": "almansouri", "بن عيسى": "benaissa",
    "الشرقاوي": "alsharqawi", "العلمي": "alalami", "خوري": "khoury", "التميمي": "altamimi",
    "الزيات": "alzayat", "بوعزة": "bouazza", "الخطيب": "alkhatib", "الناصري": "alnasiri", "مراد": "mourad",
    "彩花": "ayaka", "美月": "mizuki", "健太": "kenta", "直樹": "naoki", "榎本": "enomoto", "水沢": "mizusawa",
    "鳴海": "narumi", "高梨": "takanashi", "思雨": "siyu", "婉清": "wanqing", "志远": "zhiyuan", "浩然": "haoran",
    "林": "lin", "沈": "shen", "叶": "ye", "宋": "song", "กานดา": "kanda", "พิมพ์ชนก": "pimchanok", "ธนา": "thana",
    "อนันต์": "anan", "ศรีวงศ์": "srivong", "แก้วมณี": "kaewmanee", "ทองดี": "thongdee",
}  # fmt: skip


def _ascii(name: str) -> str:
    """A name in the letters that handles are made of."""
    plain = unicodedata.normalize("NFKD", _ARABIC.get(name, name).lower().translate(_PLAIN))
    return "".join(c for c in plain if c.isascii() and c.isalnum())
