"""The community's first page: search first, what waits, what is new, the spaces."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from harken.base.joints import joined
from harken.community.models import Topic
from harken.community.queries.rows import WAITING_ON_HOME, home_rows
from harken.web.access import for_readers
from harken.web.portal.around import Around, around_of, counted
from harken.web.portal.framing import absolute, answer, reader
from harken.web.portal.looks import VOICES
from harken.web.portal.paths import steps_of as path_steps
from harken.web.portal.rows import rows_html
from harken.web.portal.words import promised_words


@for_readers
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The home of the community."""
    who = reader(request)
    around = counted(around_of(who))
    waiting, latest = home_rows(who)
    promised = promised_words(around.promised)
    travelled = around.travelled
    asked = around.figures.asked if around.figures else 0
    return answer(
        request,
        "portal/home.html",
        keep=("list", "spaces"),
        place="home",
        around=around,
        lead=_(
            "%(company)s customers help each other here. If nobody can, one of our people does, %(promised)s."
        )
        % {"company": around.company, "promised": promised},
        promised=promised,
        waiting=rows_html(waiting, may_help=True),
        more_wait=len(waiting) == WAITING_ON_HOME,
        latest=rows_html(latest),
        trip=travelled,
        steps=path_steps(travelled, Topic(answered_at=travelled.answered_at)) if travelled else [],
        tags=around.tags,
        helping_words=helping_words(around),
        of_asked=_("of %(n)s") % {"n": asked},
        canonical=absolute("/community/"),
    )


def helping_words(around: Around) -> str:
    """Who is helping, in a sentence: customers by first name, then how many more, then the company's people."""
    customers = [one.name.split()[0] for one in around.helping if not VOICES[one.voice].is_company]
    staff = [one.name.split()[0] for one in around.helping if VOICES[one.voice].is_company]
    named = customers[:3]
    more = around.helping_count - len(named) - len(staff)
    who = joined(named)
    if not named:
        return _("%(staff)s of our people helped in the last hours.") % {"staff": joined(staff)}
    if more > 0:
        who = ngettext("%(who)s and %(n)s more", "%(who)s and %(n)s more", more) % {"who": who, "n": more}
    if staff:
        return _("%(who)s are helping now, with %(staff)s of our people.") % {
            "who": who,
            "staff": joined(staff[:2]),
        }
    return ngettext("%(who)s is helping now.", "%(who)s are helping now.", len(named) + max(0, more)) % {
        "who": who
    }
