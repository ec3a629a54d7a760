"""Files for posts: taken in, and given out so that nothing in them can run."""

from __future__ import annotations

from datetime import timedelta

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from harken.accounts.attempts import attempt
from harken.channels.files import PICTURES, file_path
from harken.community.actions.changing import NotAllowed, NotUnderstood
from harken.community.actions.filing import MOST_BYTES, keep_file, line_of
from harken.community.models import File, Member, Post
from harken.community.permissions import may_moderate, posts_visible_to
from harken.web.access import for_members, for_readers
from harken.web.desk.files import NOTHING_RUNS

from .acts import reader_of, status_of, writer_of

MOST = 60  # files an hour by one member


@for_members
@require_http_methods(["GET", "POST"])
def add_file(request: HttpRequest) -> HttpResponse:
    """Take a file in; the answer holds the line to put into the text (JSON for scripts)."""
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
    return render(request, "portal/file.html", page, status=status)


def _taken_in(request: HttpRequest) -> str:
    given = request.FILES.get("file")
    if not isinstance(given, UploadedFile):
        raise NotUnderstood("file", "Choose a file first.")
    if (given.size or 0) > MOST_BYTES:
        raise NotUnderstood("file", "Files of up to 10 MB, please.")
    by = writer_of(request)
    if not attempt("file by", str(by.pk), most=MOST, within=timedelta(hours=1)):
        raise NotAllowed("That were many files in an hour. Come back in a while.")
    return line_of(keep_file(given.read(), name=given.name or "", by=by))


@for_readers
@require_safe
def file(request: HttpRequest, file_name: str) -> HttpResponseBase:
    """One file: a picture shown, anything else saved under its own name. Who knows its address may have it; the address is
    in the post and cannot be guessed. When all of its owner's posts with it are taken away, or hidden from this reader, it
    is too."""
    found = File.objects.filter(stored_as=file_name).first()
    if found is None:
        raise Http404
    if not _may_see(reader_of(request), found):
        raise Http404
    try:
        content = file_path(found.stored_as).open("rb")
    except (FileNotFoundError, ValueError):
        raise Http404 from None
    is_picture = found.content_type in PICTURES
    kind = found.content_type if found.content_type != "text/plain" else "text/plain; charset=utf-8"
    answer = FileResponse(content, content_type=kind)
    if is_picture:
        answer["Content-Disposition"] = "inline"
    else:
        answer["Content-Disposition"] = content_disposition_header(True, found.name) or "attachment"
    answer["Content-Security-Policy"] = NOTHING_RUNS
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    return answer


def _may_see(reader: Member | None, file: File) -> bool:
    if may_moderate(reader) or (reader is not None and reader.pk == file.member_id):
        return True
    posts = Post.objects.filter(author=file.member_id, html__contains=file.stored_as)
    found = list(posts.values_list("pk", flat=True))
    return not found or posts_visible_to(reader).filter(pk__in=found).exists()
