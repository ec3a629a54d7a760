"""Templates made ready for a language say exactly what the plain ones say."""

import pytest
from django.template import Context, Engine
from django.utils import translation

from harken.web import folding

SOURCES = {
    "plain": '{% load i18n harken %}{% translate "Closed" %}{% icon "check" "s" %}|{{ a }}|{% translate word %}',
    "if": '{% load i18n %}{% if a %}{% translate "Closed" %}{% elif b %}{% translate "Note" %}{% else %}-{% endif %}{{ a }}',
    "for": '{% load i18n harken %}{% for x in xs %}{% icon "x" %}{{ x }}{% translate "Note" %}{% empty %}{% translate "Closed" %}{% endfor %}',
    "with": '{% load i18n %}{% with q=a %}{% translate "Closed" %}{{ q }}{% endwith %}',
    "block": '{% load i18n %}{% blocktranslate with n=a %}{{ n }} left{% endblocktranslate %}',
    "variable icon": '{% load harken %}{% icon name %}',
    "asvar": '{% load i18n %}{% translate "Closed" as c %}[{{ c }}]',
}  # fmt: skip
VALUES = [
    {"a": "<b>", "b": 1, "xs": [1, 2], "word": "Note", "name": "check"},
    {"a": "", "b": "", "xs": [], "word": "Closed", "name": "x"},
]


@pytest.mark.parametrize("language", ["en", "de", "ar"])
@pytest.mark.parametrize("name", SOURCES)
def test_a_folded_template_renders_the_same(name, language):
    engine = Engine.get_default()
    plain, ready = engine.from_string(SOURCES[name]), engine.from_string(SOURCES[name])
    with translation.override(language):
        ready.nodelist = folding._fold_list(ready.nodelist)
        for values in VALUES:
            assert ready.render(Context(values)) == plain.render(Context(values))


def test_what_is_constant_is_one_text_afterwards():
    ready = Engine.get_default().from_string(
        '{% load i18n harken %}<p>{% translate "Closed" %} {% icon "check" %}</p>{{ a }}'
    )
    ready.nodelist = folding._fold_list(ready.nodelist)
    assert [type(node).__name__ for node in ready.nodelist] == ["TextNode", "VariableNode"]


def test_the_engine_s_own_template_is_left_alone():
    before = [type(node).__name__ for node in Engine.get_default().get_template("desk/_row.html").nodelist]
    folding.folded("desk/_row.html")
    assert [
        type(node).__name__ for node in Engine.get_default().get_template("desk/_row.html").nodelist
    ] == before
