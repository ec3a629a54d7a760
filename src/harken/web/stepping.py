"""A folded template as a few plain steps, for the kinds of nodes that hot pages are made of.

Django renders a template by walking its nodes, with half a dozen calls and a new scope for each. Here the nodes are
turned into functions once (`steps_of`), which write into one list and find names in one dictionary. A template with
any node of another kind is left to Django as it is; so is any value of an uncommon kind, at the moment it is met.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from django.conf import settings
from django.template import Context, Template
from django.template.base import (
    FilterExpression,
    Node,
    NodeList,
    TextNode,
    VariableNode,
    render_value_in_context,
)
from django.template.defaulttags import CsrfTokenNode, FirstOfNode, ForNode, IfNode, TemplateLiteral, WithNode
from django.template.library import SimpleNode
from django.template.loader_tags import IncludeNode
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

Scope = dict[str, Any]
Write = Callable[[str], None]
Step = Callable[[Scope, Context, Write], None]
Ask = Callable[[Scope, Context], Any]

ELSE = object()  # Django's own way is to be taken
LOOP = "forloop"  # a loop that is counted is left to Django


class _Unknown(Exception):
    """A node of a kind that is not written here."""


def steps_of(template: Template, *, written: str = "") -> NodeList | None:
    """The template's nodes as one node made of steps; None where some are left to Django. `written`: its text with that
    of the frame it extends."""
    if LOOP in (written or template.source):
        return None
    try:
        run = _all_of(template.nodelist)
    except _Unknown:
        return None
    return NodeList([Steps(run, sets=" as " in template.source)])


def path_of(expression: FilterExpression) -> tuple[str, ...]:
    """The names of a plain path like `c.person.name`; () for anything else."""
    lookups = getattr(expression.var, "lookups", None)
    if expression.filters or not lookups or expression.var.translate:
        return ()
    return () if any(bit.isdigit() for bit in lookups) else tuple(lookups)


def reach(found: Any, names: Sequence[str]) -> Any:
    """What stands below a value, for the kinds of values that pages are made of; ELSE for all others."""
    for name in names:
        if callable(found):
            return ELSE
        kind = type(found)
        if kind is dict:
            found = found.get(name, ELSE)
        elif hasattr(kind, "__getitem__"):
            return ELSE
        else:
            try:
                found = getattr(found, name, ELSE)
            except Exception:  # noqa: BLE001 - Django decides which of them are silent
                return ELSE
    return ELSE if callable(found) else found


def look_up(context: Context, path: Sequence[str]) -> Any:
    """What stands at a path."""
    for values in reversed(context.dicts):
        if path[0] in values:
            return reach(values[path[0]], path[1:])
    return ELSE


def plain_text(found: Any, context: Context) -> str | None:
    """A value as Django writes it, for the kinds that pages are made of; None for all others."""
    kind = type(found)
    if kind is str and context.autoescape:
        return SafeString(escape(found))
    if kind is SafeString:
        return found  # type: ignore[no-any-return]  # its type was just compared
    if kind is int and not settings.USE_THOUSAND_SEPARATOR:
        return SafeString(found)
    return None


class PlainVariable(Node):
    """{{ a.b }}: text is escaped, numbers written, everything else is left to Django."""

    child_nodelists = ()

    def __init__(self, node: VariableNode, path: tuple[str, ...]) -> None:
        self.path, self._render = path, node.render

    def render(self, context: Context) -> str:
        return self.said(look_up(context, self.path), context)

    def said(self, found: Any, context: Context) -> str:
        """A value as text."""
        plain = plain_text(found, context)
        return self._render(context) if plain is None else plain

    render_annotated = render


class PlainCondition:
    """{% if a.b %}."""

    def __init__(self, condition: TemplateLiteral, path: tuple[str, ...]) -> None:
        self.path, self._eval = path, condition.eval

    def eval(self, context: Context) -> Any:
        return self.value(look_up(context, self.path), context)

    def value(self, found: Any, context: Context) -> Any:
        """A value as it is compared."""
        return self._eval(context) if found is ELSE else found


class Part(Node):
    """What stands in a block: names that are set in it are not known after it."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        with context.push():
            return self.nodelist.render(context)


class Steps(Node):
    """Stands for all nodes of a template. `sets`: names may be set on the way."""

    child_nodelists = ()

    def __init__(self, run: Step, *, sets: bool = False) -> None:
        self.run, self.sets = run, sets

    def render(self, context: Context) -> SafeString:
        found: list[str] = []
        self.run(context.flatten(), context, found.append)
        return SafeString("".join(found))

    render_annotated = render


# ---- nodes -----------------------------------------------------------------------------------------------


def _all_of(nodes: NodeList) -> Step:
    steps = tuple(_step(node) for node in nodes)
    if len(steps) == 1:
        return steps[0]

    def run(scope: Scope, context: Context, write: Write) -> None:
        for step in steps:
            step(scope, context, write)

    return run


def _step(node: Node) -> Step:
    if isinstance(node, TextNode):
        return _text(node)
    if isinstance(node, PlainVariable):
        return _variable(node)
    if isinstance(node, IfNode):
        return _if(node)
    if isinstance(node, ForNode):
        return _for(node)
    if isinstance(node, IncludeNode):
        return _include(node)
    if isinstance(node, Part):
        return _part(node)
    if isinstance(node, WithNode):
        return _within(_all_of(node.nodelist), node.extra_context)
    if isinstance(node, BlockTranslateNode) and not node.message_context and not node.asvar:
        return _translated(node)
    # these hold no other nodes
    if isinstance(
        node, VariableNode | SimpleNode | TranslateNode | BlockTranslateNode | CsrfTokenNode | FirstOfNode
    ):
        name = getattr(node, "target_var", None) or getattr(node, "asvar", None)
        if name:
            return _setting(node, name)
        return _filling(node) if getattr(getattr(node, "func", None), "fills", False) else _left(node)
    raise _Unknown


def _left(node: Node) -> Step:
    def left(_scope: Scope, context: Context, write: Write) -> None:
        write(node.render_annotated(context))

    return left


def _translated(node: BlockTranslateNode) -> Step:
    """{% blocktranslate %}, with its message put together once; what does not fit is left to Django."""
    one, names = node.render_token_list(node.singular)
    many, more = node.render_token_list(node.plural) if node.plural else ("", [])
    count = _value(node.counter) if node.plural else None
    given = tuple((name, _value(expression)) for name, expression in node.extra_context.items())

    def say(scope: Scope, context: Context, write: Write) -> None:
        values = {name: ask(scope, context) for name, ask in given}
        message = ""
        if count is None:
            message = gettext(one)
        elif type(number := count({**scope, **values}, context)) is int:
            values[node.countervar] = number
            message = ngettext(one, many, number)
        try:
            said = message % {
                name: _worded(values[name] if name in values else scope[name], context)
                for name in (*names, *more)
            }
        except (KeyError, ValueError):
            said = ""
        write(said or node.render_annotated(context))

    return say


def _worded(found: Any, context: Context) -> str:
    plain = plain_text(found, context)
    return render_value_in_context(found, context) if plain is None else plain


def _setting(node: Node, name: str) -> Step:
    """A node that sets a name for what follows it."""

    def put(scope: Scope, context: Context, write: Write) -> None:
        write(node.render_annotated(context))
        scope[name] = context[name]

    return put


def _filling(node: Node) -> Step:
    """A tag that sets names by itself, for everything that follows."""

    def fill(scope: Scope, context: Context, write: Write) -> None:
        write(node.render_annotated(context))
        scope.update(context.flatten())

    return fill


def _part(node: Part) -> Step:
    run = _all_of(node.nodelist)
    if all(isinstance(one, TextNode | PlainVariable) for one in node.nodelist):
        return run

    def part(scope: Scope, context: Context, write: Write) -> None:
        with context.push():
            run(dict(scope), context, write)

    return part


def _text(node: TextNode) -> Step:
    text = node.s

    def say(_scope: Scope, _context: Context, write: Write) -> None:
        write(text)

    return say


def _variable(node: PlainVariable) -> Step:
    first, rest, said = node.path[0], node.path[1:], node.said

    def variable(scope: Scope, context: Context, write: Write) -> None:
        write(said(reach(scope.get(first, ELSE), rest), context))

    return variable


def _if(node: IfNode) -> Step:
    branches = tuple(
        (_condition(condition) if condition is not None else None, _all_of(inside))
        for condition, inside in node.conditions_nodelists
    )

    def choose(scope: Scope, context: Context, write: Write) -> None:
        for holds, run in branches:
            if holds is None or holds(scope, context):
                run(scope, context, write)
                return

    return choose


def _for(node: ForNode) -> Step:
    """{% for x in a.b %}, where nothing asks how often it went round."""
    if node.is_reversed:
        raise _Unknown
    names = tuple(node.loopvars)
    path = path_of(node.sequence)
    run, instead = _all_of(node.nodelist_loop), _all_of(node.nodelist_empty)

    def each(scope: Scope, context: Context, write: Write) -> None:
        values = reach(scope.get(path[0], ELSE), path[1:]) if path else ELSE
        if type(values) is not list and type(values) is not tuple:
            values = node.sequence.resolve(context, ignore_failures=True)
            values = [] if values is None else list(values)
        if not values:
            instead(scope, context, write)
            return
        inner = dict(scope)
        with context.push() as pushed:  # for what is left to Django
            for value in values:
                for name, one in zip(names, value, strict=True) if len(names) > 1 else ((names[0], value),):
                    inner[name] = pushed[name] = one
                run(inner, context, write)

    return each


def _include(node: IncludeNode) -> Step:
    """{% include "…" with a=b %} of a template that is written in steps itself."""
    given = getattr(node.template, "given", None)
    nodes = given.nodelist if given is not None else ()
    if node.isolated_context or len(nodes) != 1 or not isinstance(nodes[0], Steps):
        return _left(node)  # it keeps the names that it sets to itself
    return _within(nodes[0].run, node.extra_context, sets=nodes[0].sets)


def _within(run: Step, names: dict[str, FilterExpression], *, sets: bool = True) -> Step:
    """Steps with further names that are not known after them."""
    more = tuple((name, _value(expression)) for name, expression in names.items())

    def within(scope: Scope, context: Context, write: Write) -> None:
        if not more and not sets:
            run(scope, context, write)
            return
        values = {name: ask(scope, context) for name, ask in more}
        with context.push(**values):
            run({**scope, **values}, context, write)

    return within


# ---- values and conditions -------------------------------------------------------------------------------


def _value(expression: FilterExpression) -> Ask:
    path = path_of(expression)
    if not path:
        return lambda _scope, context: expression.resolve(context)
    first, rest = path[0], path[1:]

    def value(scope: Scope, context: Context) -> Any:
        found = reach(scope.get(first, ELSE), rest)
        return expression.resolve(context) if found is ELSE else found

    return value


def _condition(condition: Any) -> Ask:
    """What an {% if %} asks: `and`, `or`, `not`, `==`, `!=` of plain names; the rest is asked of Django."""
    if isinstance(condition, PlainCondition):
        first, rest, value = condition.path[0], condition.path[1:], condition.value
        return lambda scope, context: value(reach(scope.get(first, ELSE), rest), context)
    kind = getattr(condition, "id", "")
    if kind not in ("and", "or", "not", "==", "!="):
        return lambda _scope, context: condition.eval(context)
    one = _condition(condition.first)
    other = _condition(condition.second) if kind != "not" else one

    def holds(scope: Scope, context: Context) -> Any:
        try:
            if kind == "and":
                return one(scope, context) and other(scope, context)
            if kind == "or":
                return one(scope, context) or other(scope, context)
            if kind == "not":
                return not one(scope, context)
            if kind == "==":
                return one(scope, context) == other(scope, context)
            return one(scope, context) != other(scope, context)
        except Exception:  # noqa: BLE001 - what cannot be compared does not hold, as Django has it
            return False

    return holds
