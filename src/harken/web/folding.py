"""Templates made ready for one language: what is the same at every rendering is written into them beforehand.

A page of the desk has some hundred translated words, icons and addresses of static files; Django works each of them
out anew for every reader. Here they are worked out once per template and language, and neighbouring texts are joined,
so that a hot page costs what is particular to it. What is left is run in a shorter way than Django's where it is
plain enough (stepping). The templates themselves stay plain Django templates.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template import Context, Engine, RequestContext, Template
from django.template.base import FilterExpression, Node, NodeList, TextNode, VariableNode
from django.template.defaulttags import IfNode, LoadNode, TemplateLiteral
from django.template.library import SimpleNode
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode
from django.templatetags.i18n import TranslateNode
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString

from .stepping import Part, PlainCondition, PlainVariable, path_of, steps_of
from .tokens import form_token

CONSTANT_TAGS = {"icon", "asset"}  # the same for everybody as long as this process lives


def fragment(name: str, values: dict[str, Any], request: HttpRequest | None = None) -> SafeString:
    """A part of a page. Of the request it knows nothing but the form token."""
    context = Context(values)
    if request is not None:
        context["csrf_token"] = SimpleLazyObject(lambda: form_token(request))
    return folded(name).render(context)


def page(name: str, values: dict[str, Any], request: HttpRequest) -> SafeString:
    """A whole page, with what the context processors add."""
    context = RequestContext(request, values)
    context["csrf_token"] = SimpleLazyObject(lambda: form_token(request))  # the processor's is drawn slowly
    return folded(name).render(context)


def folded(name: str) -> Template:
    """The template for the language that is active now; in debug mode as it is on the disk."""
    if settings.DEBUG:
        return Engine.get_default().get_template(name)
    return _folded(name, translation.get_language() or "en")


@cache
def _folded(name: str, language: str) -> Template:
    engine = Engine.get_default()
    source = engine.get_template(name)
    # a copy of its own: the engine's stays as it is, for other languages
    made = Template(source.source, source.origin, source.name, engine)
    with translation.override(language):
        written, made.nodelist = _joined(made, engine, {}) or (made.source, made.nodelist)
        made.nodelist = _fold_list(made.nodelist)
    made.nodelist = steps_of(made, written=written) or made.nodelist
    return made


def _joined(made: Template, engine: Engine, blocks: dict[str, NodeList]) -> tuple[str, NodeList] | None:
    """A template written into the frame that it extends, which Django does at every rendering; and the text of both.
    `blocks`: what those that extend this one put into its blocks. None where it can't be known beforehand."""
    extends = next((node for node in made.nodelist if isinstance(node, ExtendsNode)), None)
    if extends is None:
        return made.source, _filled(made.nodelist, blocks)
    if not _is_constant(extends.parent_name) or "block.super" in made.source:
        return None
    given = {name: block.nodelist for name, block in extends.blocks.items()} | blocks
    above = engine.get_template(extends.parent_name.resolve(Context()))
    found = _joined(Template(above.source, above.origin, above.name, engine), engine, given)
    return (made.source + found[0], found[1]) if found else None


def _filled(nodes: NodeList, blocks: dict[str, NodeList]) -> NodeList:
    """The nodes with what stands in their blocks."""
    out = NodeList()
    for node in nodes:
        if isinstance(node, BlockNode):
            out.append(Part(_filled(blocks.get(node.name, node.nodelist), blocks)))
            continue
        if isinstance(node, IfNode):
            node.conditions_nodelists = [
                (condition, _filled(inside, blocks)) for condition, inside in node.conditions_nodelists
            ]
        else:
            for attribute in {*node.child_nodelists, "nodelist"}:
                inside = getattr(node, attribute, None)
                if isinstance(inside, NodeList):
                    setattr(node, attribute, _filled(inside, blocks))
        out.append(node)
    out.contains_nontext = nodes.contains_nontext
    return out


def _fold_list(nodes: NodeList) -> NodeList:
    out = NodeList()
    for node in nodes:
        done = _fold(node)
        if isinstance(done, TextNode) and out and isinstance(out[-1], TextNode):
            out[-1] = TextNode(out[-1].s + done.s)
        else:
            out.append(done)
    out.contains_nontext = nodes.contains_nontext
    return out


def _fold(node: Node) -> Node:
    if isinstance(node, LoadNode):
        return TextNode("")
    if isinstance(node, TranslateNode):
        literal = node.filter_expression
        if (
            node.asvar is None
            and node.message_context is None
            and not literal.filters
            and literal.var.literal is not None
        ):
            return TextNode(node.render(Context()))
        return node
    if isinstance(node, SimpleNode):
        is_ours = getattr(node.func, "__name__", "") in CONSTANT_TAGS
        if (
            is_ours
            and node.target_var is None
            and all(map(_is_constant, (*node.args, *node.kwargs.values())))
        ):
            return TextNode(node.render(Context()))
        return node
    if isinstance(node, IncludeNode) and _is_constant(node.template):
        node.template = _Given(folded(node.template.resolve(Context())))
    if isinstance(node, VariableNode):
        path = path_of(node.filter_expression)
        return PlainVariable(node, path) if path else node
    if isinstance(node, IfNode):
        node.conditions_nodelists = [
            (_fold_condition(condition), _fold_list(inside))
            for condition, inside in node.conditions_nodelists
        ]
        return node
    for attribute in {*node.child_nodelists, "nodelist"}:
        inside = getattr(node, attribute, None)
        if isinstance(inside, NodeList):
            setattr(node, attribute, _fold_list(inside))
    return node


def _is_constant(expression: FilterExpression) -> bool:
    return not expression.filters and (
        isinstance(expression.var, str) or getattr(expression.var, "literal", None) is not None
    )


def _fold_condition(condition: Any) -> Any:
    if isinstance(condition, TemplateLiteral):
        path = path_of(condition.value)
        return PlainCondition(condition, path) if path else condition
    for side in ("first", "second"):
        inside = getattr(condition, side, None)
        if inside is not None:
            setattr(condition, side, _fold_condition(inside))
    return condition


class _Given:
    """Stands for an expression whose value is known: a template that was made ready."""

    def __init__(self, template: Template) -> None:
        self.given = template

    def resolve(self, context: Context) -> Template:
        return self.given
