"""Templates made ready for a language say exactly what the plain ones say."""

from datetime import UTC, date, datetime

import pytest
from django.template import Context, Engine, Template
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from harken.team.models import Agent
from harken.web import folding
from harken.web.stepping import Steps, steps_of


def ready_from(source: str) -> Template:
    """The template as a page uses it; what the engine hands out is left alone."""
    ready = Engine.get_default().from_string(source)
    ready.nodelist = folding._fold_list(ready.nodelist)
    ready.nodelist = steps_of(ready) or ready.nodelist
    return ready


SOURCES = {
    "plain": '{% load i18n harken %}{% translate "Closed" %}{% icon "check" "s" %}|{{ a }}|{% translate word %}',
    "if": '{% load i18n %}{% if a %}{% translate "Closed" %}{% elif b %}{% translate "Note" %}{% else %}-{% endif %}{{ a }}',
    "for": '{% load i18n harken %}{% for x in xs %}{% icon "x" %}{{ x }}{% translate "Note" %}{% empty %}{% translate "Closed" %}{% endfor %}',
    "with": '{% load i18n %}{% with q=a %}{% translate "Closed" %}{{ q }}{% endwith %}',
    "block": '{% load i18n %}{% blocktranslate with n=a %}{{ n }} left{% endblocktranslate %}',
    "block without names": '{% load i18n %}{% blocktranslate %}all of 100 % left{% endblocktranslate %}{% blocktranslate %}{{ nothing }}-{{ a }} %s{% endblocktranslate %}',
    "counted block": '{% load i18n %}{% with m=xs|length %}{% blocktranslate count n=m %}{{ n }} answer{% plural %}{{ n }} answers{% endblocktranslate %}{% endwith %}{% blocktranslate count n=xs|length trimmed %}\n one {{ a }}{% plural %} {{ n }} of {{ a }}{% endblocktranslate %}',
    "block in a loop": '{% load i18n %}{% for x in xs %}{% blocktranslate with q=word %}{{ q }} {{ x }} {{ at }}{% endblocktranslate %}{% endfor %}{{ q }}',
    "first of": '{% firstof nothing a name as f %}[{{ f }}]{% if f %}{{ f|upper }}{% endif %}{% firstof nothing word %}',
    "variable icon": '{% load harken %}{% icon name %}',
    "stepped for": '{% for x in xs %}[{{ x }}{% if x == 2 and a %}{{ a }}{% elif x != 2 or not a %}?{% endif %}]{% empty %}none{% endfor %}{{ x }}',
    "filters in a for": '{% load i18n %}{% for x in xs %}{{ x|add:1 }}{% blocktranslate %}{{ x }} left{% endblocktranslate %}{% endfor %}{{ a|upper }}',
    "for in a for": '{% for x in xs %}{% for x in pairs %}{{ x }}{% endfor %}{{ x }}{% endfor %}{% for x in nothing %}{{ x }}{% endfor %}',
    "unpacked": '{% for x, y in pairs %}{{ x }}{{ y }}{% endfor %}{% for x in xs reversed %}{{ x }}{% endfor %}',
    "counted": '{% for x in xs %}{{ forloop.counter }}{{ x }}{% if forloop.last %}.{% endif %}{% endfor %}',
    "dates": '{% for x in xs %}{% if a and b %}{{ at|date:"j F Y" }}{% endif %}{% if x > 1 %}{{ x }}{% endif %}{% endfor %}',
    "strings": '{% if word == "Note" %}a{% else %}b{% endif %}{% for x in word %}{{ x }}-{% endfor %}{% if t.a.b.c %}{% endif %}',
    "asvar": '{% load i18n %}{% translate "Closed" as c %}[{{ c }}]',
}  # fmt: skip
VALUES = [
    {
        "a": "<b>",
        "b": 1,
        "xs": [1, 2],
        "pairs": ((3, "<"), (4, "x")),
        "word": "Note",
        "name": "check",
        "at": date(2026, 3, 29),
    },
    {"a": "", "b": "", "xs": [], "pairs": iter([]), "word": "Closed", "name": "x", "at": None},
    {
        "a": None,
        "b": [0],
        "xs": {1: 2},
        "pairs": {(1, 2)},
        "word": gettext_lazy("Note"),
        "name": "x",
        "x": "outer",
    },
]


@pytest.mark.parametrize("language", ["en", "de", "ar"])
@pytest.mark.parametrize("name", SOURCES)
def test_a_folded_template_renders_the_same(name, language):
    engine = Engine.get_default()
    plain = engine.from_string(SOURCES[name])
    with translation.override(language):
        ready = ready_from(SOURCES[name])
        for values in VALUES:
            assert ready.render(Context(values)) == plain.render(Context(values))


class Thing:
    """What a page may be handed: plain, computed, callable, broken."""

    plain = "<i>"
    number = 1_234_567
    kind = str

    def __init__(self, inner=None):
        self.inner = inner

    def __str__(self):
        return "a <thing>"

    def method(self):
        return Thing("from a method")

    def needs(self, something):
        return something

    def changes(self):
        raise AssertionError("a template must not call it")

    changes.alters_data = True

    @property
    def computed(self):
        return "computed &"

    @property
    def missing_one(self):
        raise Agent.DoesNotExist

    @property
    def halting(self):
        raise AttributeError("inside")


class Listed(list):
    named = "by attribute"


PATHS = [
    "t", "t.plain", "t.number", "t.computed", "t.inner", "t.inner.plain", "t.inner.inner", "t.method", "t.method.inner",
    "t.needs", "t.changes", "t.kind", "t.missing_one", "t.nothing", "t.nothing.at_all", "nothing", "d.key", "d.items",
    "d.nothing", "d.deep.key", "l.0", "l.named", "l.nothing", "safe", "lazy", "yes", "none", "many", "broken", "at",
    "day", "True", "lazy_thing.plain", "request", "word.upper", "tuple.count", "csrf_token", "forloop",
]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "de", "ar"])
@pytest.mark.parametrize("path", PATHS)
def test_a_plain_name_is_looked_up_as_django_would(path, language):
    sources = [
        f"{{{{ {path} }}}}",
        f"{{% if {path} %}}yes{{% else %}}no{{% endif %}}",
        f"{{% if not {path} and t or {path} == many %}}yes{{% else %}}no{{% endif %}}",
        f"{{% if {path} in d %}}yes{{% endif %}}{{% for x in l %}}{{{{ x }}}}{{{{ {path} }}}}{{% endfor %}}",
        f"{{% autoescape off %}}{{{{ {path} }}}}{{% endautoescape %}}{{{{ {path}|upper }}}}",
        f"{{% with t={path} %}}{{{{ t }}}}{{{{ t.plain }}}}{{% endwith %}}",
    ]
    engine = Engine.get_default()
    values = {
        "t": Thing(Thing(7)),
        "d": {"key": "<v>", "items": "mine", "deep": {"key": 3}, "<v>": 1},
        "l": Listed(["<a>", 2]),
        "safe": mark_safe("<b>"),
        "lazy": gettext_lazy("Closed"),
        "lazy_thing": SimpleLazyObject(Thing),
        "yes": True,
        "none": None,
        "many": 1_234_567,
        "broken": 1234.5,
        "at": datetime(2026, 3, 29, 2, 30, tzinfo=UTC),
        "day": date(2026, 3, 29),
        "word": "<word>",
        "tuple": ("a", 1),
    }
    with translation.override(language):
        for source in sources:
            plain, ready = engine.from_string(source), ready_from(source)
            assert ready.render(Context(values)) == plain.render(Context(values)), source


def test_a_fault_inside_a_property_is_not_hidden():
    for source in ("{{ t.halting }}", "{{ t.halting.more }}"):
        plain, ready = Engine.get_default().from_string(source), ready_from(source)
        for template in (plain, ready):
            with pytest.raises(AttributeError, match="inside"):
                template.render(Context({"t": Thing()}))


def test_what_is_constant_is_one_text_afterwards():
    ready = Engine.get_default().from_string(
        '{% load i18n harken %}<p>{% translate "Closed" %} {% icon "check" %}</p>{{ a }}'
    )
    ready.nodelist = folding._fold_list(ready.nodelist)
    assert [type(node).__name__ for node in ready.nodelist] == ["TextNode", "PlainVariable"]


HALTING = [
    "{% if not t.halting %}a{% else %}b{% endif %}",
    "{% if t.halting == 1 or t %}a{% else %}b{% endif %}",
]


@pytest.mark.parametrize("source", HALTING)
def test_a_condition_that_cannot_be_asked_does_not_hold(source):
    plain, ready = Engine.get_default().from_string(source), ready_from(source)
    assert ready.render(Context({"t": Thing()})) == plain.render(Context({"t": Thing()}))


HOT = [
    "_conversation",
    "_head",
    "_dock",
    "_panel",
    "_thread",
    "_list",
    "_list_live",
    "_list_rows",
    "_row",
    "_why",
]


@pytest.mark.parametrize("name", HOT)
def test_what_agents_look_at_all_day_is_run_in_steps(name):
    assert isinstance(folding.folded(f"desk/{name}.html").nodelist[0], Steps)


def test_the_engine_s_own_template_is_left_alone():
    before = [type(node).__name__ for node in Engine.get_default().get_template("desk/_row.html").nodelist]
    folding.folded("desk/_row.html")
    assert [
        type(node).__name__ for node in Engine.get_default().get_template("desk/_row.html").nodelist
    ] == before


FRAMES = {
    "a block is filled": ('[{% block a %}own{% endblock %}]', '{% block a %}{{ word }}{% endblock %}', '{% block a %}{{ b }}{% endblock %}'),
    "a block keeps its names": (
        '{% block a %}{% endblock %}<{{ x }}>', '', '{% block a %}{% for x in xs %}{{ x }}{% endfor %}{% with x=a %}{{ x }}{% endwith %}{% endblock %}',
    ),
    "a name that is set": (
        '{% load i18n %}{% block a %}{% endblock %}<{{ c }}>', '{% block b %}mid{% endblock %}',
        '{% load i18n %}{% block a %}{% translate "Closed" as c %}{{ c }}{% if c %}!{% endif %}{% endblock %}',
    ),
    "a block in a block": (
        '{% if a %}{% block a %}0{% endblock %}{% endif %}', '{% block a %}1{% block b %}2{% endblock %}{% endblock %}',
        '{% block b %}{{ word }}{% endblock %}',
    ),
    "super": ('{% block a %}own{% endblock %}', '{% block a %}{{ block.super }}1{% endblock %}', '{% block a %}2{{ block.super }}{% endblock %}'),
    "a loop that is counted": (
        '{% block a %}{% endblock %}', '{% block a %}{% for x in xs %}{{ forloop.counter }}{% block b %}{% endblock %}{% endfor %}{% endblock %}',
        '{% block b %}{{ x }}{% endblock %}',
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("a", [0, 1])
def test_a_page_written_into_its_frame_says_the_same(name, a, monkeypatch):
    base, middle, page = FRAMES[name]
    sources = {
        "base": base,
        "middle": '{% extends "base" %}' + middle,
        "page": '{% extends "middle" %}' + page,
    }
    engine = Engine(
        loaders=[("django.template.loaders.locmem.Loader", sources)],
        libraries=Engine.get_default().libraries,
        builtins=Engine.get_default().builtins,
    )
    monkeypatch.setattr(Engine, "get_default", staticmethod(lambda: engine))
    values = {"a": a, "b": "<b>", "word": "Note", "xs": [1, 2], "x": "before"}
    folding._folded.cache_clear()
    try:
        for one in sources:
            folded = folding._folded(one, "en")
            assert folded.render(Context(values)) == engine.get_template(one).render(Context(values))
            if name == "a block is filled":
                assert isinstance(folded.nodelist[0], Steps)
    finally:
        folding._folded.cache_clear()
