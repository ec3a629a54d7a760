"""Brands by name, made where they lack."""

from __future__ import annotations

from django.utils.text import slugify

from .models import Brand


def brand_named(name: str) -> Brand:
    """The brand of this name, made where it lacks."""
    found = Brand.objects.filter(name=name[:120]).first()
    if found is not None:
        return found
    base = slugify(name)[:50] or "brand"
    slug, number = base, 2
    while Brand.objects.filter(slug=slug).exists():
        slug, number = f"{base}-{number}", number + 1
    return Brand.objects.create(name=name[:120], slug=slug)
