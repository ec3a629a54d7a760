"""The brands that this company speaks under."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from harken.accounts.actions import keep_brand
from harken.accounts.models import Brand
from harken.web.access import for_admins
from harken.web.desk.surroundings import forget_surroundings

from .frame import ZoneField, setup_page, wide


@for_admins
@require_safe
def brands(request: HttpRequest) -> HttpResponse:
    """Every brand."""
    page = {"title": _("Brands"), "brands": Brand.objects.order_by("name")}
    return setup_page(request, "setup/brands.html", "brands", page)


class BrandForm(forms.ModelForm):
    """A name the company speaks under."""

    name = wide(forms.CharField(label=gettext_lazy("Name"), max_length=120), "w3")
    zone = wide(
        ZoneField(
            help_text=gettext_lazy("In which its days begin and end: “answered the same day” counts by it.")
        ),
        "w3",
    )
    signature = wide(
        forms.CharField(
            label=gettext_lazy("Signature"), required=False, max_length=200,
            help_text=gettext_lazy("Stands under mails of this brand."),
        ),
        "w6",
    )  # fmt: skip

    class Meta:
        model = Brand
        fields = ["name", "zone", "signature"]


@for_admins
@require_http_methods(["GET", "POST"])
def brand_edit(request: HttpRequest, brand_id: int | None = None) -> HttpResponse:
    """Add or change a brand."""
    brand = Brand.objects.filter(pk=brand_id).first() if brand_id else Brand()
    if brand is None:
        raise Http404
    form = BrandForm(request.POST if request.method == "POST" else None, instance=brand)
    if request.method == "POST" and form.is_valid():
        keep_brand(brand)
        forget_surroundings()
        messages.success(request, _("Saved."))
        return HttpResponseRedirect("/setup/brands/")
    title = brand.name if brand.pk else _("Add a brand")
    page = {"title": title, "form": form, "back": "/setup/brands/"}
    return setup_page(request, "setup/edit.html", "brands", page, status=422 if form.errors else 200)
