"""Pictures for posts: taken in, and shown so that nothing in them can run."""

from __future__ import annotations

from datetime import timedelta

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from harken.accounts.attempts import attempt
from harken.channels.files import file_path
from harken.community.actions.changing import NotAllowed, NotUnderstood
from harken.community.actions.picturing import MOST_BYTES, keep_picture
from harken.community.models import Member, Picture, Post
from harken.community.permissions import may_moderate, posts_visible_to
from harken.community.texts import PICTURES_AT
from harken.web.access import for_members, for_readers
from harken.web.desk.files import NOTHING_RUNS

from .acts import reader_of, status_of, writer_of

MOST = 60  # pictures an hour by one member


@for_members
@require_http_methods(["GET", "POST"])
def add_picture(request: HttpRequest) -> HttpResponse:
    """Take a picture in; the answer holds the line to put into the text (JSON for scripts)."""
    is_script = "application/json" in request.headers.get("Accept", "")
    page: dict[str, str] = {"place": "files"}
    status = 200
    if request.method == "POST":
        try:
            page["line"] = _taken_in(request)
        except (NotAllowed, NotUnderstood) as why:
            page["problem"], status = _(str(why)), status_of(why)
    if is_script:
        return JsonResponse({key: page[key] for key in ("line", "problem") if key in page}, status=status)
    return render(request, "portal/picture.html", page, status=status)


def _taken_in(request: HttpRequest) -> str:
    given = request.FILES.get("picture")
    if not isinstance(given, UploadedFile):
        raise NotUnderstood("picture", "Choose a picture first.")
    if (given.size or 0) > MOST_BYTES:
        raise NotUnderstood("picture", "Pictures of up to 5 MB, please.")
    by = writer_of(request)
    if not attempt("picture by", str(by.pk), most=MOST, within=timedelta(hours=1)):
        raise NotAllowed("That were many pictures in an hour. Come back in a while.")
    kept = keep_picture(given.read(), by=by)
    name = (given.name or "").rpartition(".")[0].replace("[", "(").replace("]", ")")[:80]
    return f"![{name}]({PICTURES_AT}{kept.stored_as})"


@for_readers
@require_safe
def picture(request: HttpRequest, picture_name: str) -> HttpResponseBase:
    """One picture. Who knows its address may see it; the address is in the post and cannot be guessed. When all of its
    owner's posts with it are taken away, or hidden from this reader, it is too."""
    found = Picture.objects.filter(stored_as=picture_name).first()
    if found is None:
        raise Http404
    if not _may_see(reader_of(request), found):
        raise Http404
    try:
        content = file_path(found.stored_as).open("rb")
    except (FileNotFoundError, ValueError):
        raise Http404 from None
    answer = FileResponse(content, content_type=found.content_type)
    answer["Content-Disposition"] = "inline"
    answer["Content-Security-Policy"] = NOTHING_RUNS
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    return answer


def _may_see(reader: Member | None, picture: Picture) -> bool:
    if may_moderate(reader) or (reader is not None and reader.pk == picture.member_id):
        return True
    posts = Post.objects.filter(author=picture.member_id, html__contains=picture.stored_as)
    found = list(posts.values_list("pk", flat=True))
    return not found or posts_visible_to(reader).filter(pk__in=found).exists()
